/** Kubo's own fixtures for the profile unixfs-v1-2025: test/cli/cid_profiles_test.go of v0.43.0. */
import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatCid } from '../../../../src/core/ipfs/index.ts';
import { buildFolder } from '../../../../src/core/ipfs/unixfs/folder.ts';
import { cidOf, keystream, rootOfFile, rootOfLeaves, sha256 } from '../support.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz01234567890-_';

/** The names of Kubo's directories at the threshold: 4,765 of 11 characters and a longer one. */
function namesOf(lastLength: number): string[] {
  const key = sha256(Buffer.from('hamt-unixfs-v1-2025'));
  const cipher = createCipheriv('chacha20', key, Buffer.alloc(16));
  const names = Array.from({ length: 4766 }, (_, i) =>
    Array.from(
      cipher.update(Buffer.alloc(i === 4765 ? lastLength : 11)),
      (byte) => ALPHABET[byte % ALPHABET.length],
    ).join(''),
  );
  return names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

describe('the vectors of Kubo', () => {
  it('hello world', () => {
    expect(formatCid(cidOf(rootOfFile(Buffer.from('hello world'))))).toBe(
      'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
    );
  });

  it.each([
    ['a chunk', 1048576, 'bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta'],
    ['a chunk and a byte', 1048577, 'bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64'],
  ])('%s', (_, size, cid) => {
    expect(formatCid(cidOf(rootOfLeaves(size, keystream('chunk-v1-seed', size))))).toBe(cid);
  });

  it.each([
    ['at the threshold', 21, 4766, 'bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4'],
    ['a byte over it', 22, 256, 'bafybeiegvuterwurhdtkikfhbxcldohmxp566vpjdofhzmnhv6o4freidu'],
  ])('a directory %s', (_, lastLength, links, cid) => {
    const root = rootOfFile(Buffer.from('x'));
    const folder = buildFolder({ paths: namesOf(lastLength), rootOf: () => root }, sha256);
    expect([formatCid(cidOf(folder)), folder.children.length]).toEqual([cid, links]);
  });
});
