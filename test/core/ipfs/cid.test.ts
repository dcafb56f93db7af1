import { base32upper } from 'multiformats/bases/base32';
import { base58btc } from 'multiformats/bases/base58';
import { base64 } from 'multiformats/bases/base64';
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { describe, expect, it } from 'vitest';
import { dagPbCid, decodeCid, formatCid, parseCid, rawCid } from '../../../src/core/ipfs/index.ts';
import { sha256 } from './support.ts';

const HELLO = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e';
const EMPTY_FOLDER = 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354';
const EMPTY_FOLDER_V0 = 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn';
const digest = sha256(Buffer.from('hello world'));
const invalid = expect.objectContaining({ code: 'CID_INVALID' });

describe('CIDs', () => {
  it('are written as every other tool writes them', () => {
    expect(formatCid(rawCid(digest))).toBe(HELLO);
    expect(formatCid(dagPbCid(sha256(Buffer.from([0x0a, 2, 8, 1]))))).toBe(EMPTY_FOLDER);
  });

  it.each([HELLO, EMPTY_FOLDER, EMPTY_FOLDER_V0, rawCid(digest).toString(base58btc)])('are read: %s', (text) => {
    const cid = parseCid(text);
    expect(cid.multihash.digest).toHaveLength(32);
    expect(parseCid(formatCid(cid)).equals(cid)).toBe(true);
    expect(decodeCid(cid.bytes).equals(cid)).toBe(true);
  });

  it('know version 0 and version 1 of one block apart, by their text alone', () => {
    const [old, now] = [parseCid(EMPTY_FOLDER_V0), parseCid(EMPTY_FOLDER)];
    expect([formatCid(old), formatCid(now)]).toEqual([EMPTY_FOLDER_V0, EMPTY_FOLDER]);
    expect(old.multihash.digest).toEqual(now.multihash.digest);
  });

  it.each([
    ['nothing', ''],
    ['an empty base32', 'b'],
    ['something else', 'hello'],
    ['a URI', `ipfs://${HELLO}`],
    ['a path', `${HELLO}/config.json`],
    ['a space at the end', `${HELLO} `],
    ['a capital letter', `${HELLO.slice(0, -1)}E`],
    ['a letter less', HELLO.slice(0, -1)],
    ['a letter more', `${HELLO}a`],
    ['bits beyond the last byte', `${HELLO.slice(0, -1)}f`],
    ['base32 in capitals', rawCid(digest).toString(base32upper)],
    ['base64', rawCid(digest).toString(base64)],
    ['version 0 with a prefix', `z${EMPTY_FOLDER_V0}`],
    ['a megabyte', `b${'a'.repeat(1_000_000)}`],
    ['an identity CID', CID.createV1(0x55, Digest.create(0, digest)).toString()],
    ['an empty identity CID', CID.createV1(0x55, Digest.create(0, new Uint8Array(0))).toString()],
    ['SHA-1', CID.createV1(0x55, Digest.create(0x11, digest.subarray(0, 20))).toString()],
    ['BLAKE3', CID.createV1(0x55, Digest.create(0x1e, digest)).toString()],
    ['half a SHA-256', CID.createV1(0x55, Digest.create(0x12, digest.subarray(0, 16))).toString()],
    ['DAG-CBOR', CID.createV1(0x71, Digest.create(0x12, digest)).toString()],
  ])('refuse %s', (_, text) => {
    expect(() => parseCid(text)).toThrow(invalid);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a byte less', rawCid(digest).bytes.subarray(0, 35)],
    ['a byte more', Uint8Array.of(...rawCid(digest).bytes, 0)],
    ['version 2', Uint8Array.of(2, ...rawCid(digest).bytes.subarray(1))],
    ['an identity multihash', Uint8Array.of(1, 0x55, 0, 32, ...digest)],
    ['a number in a longer form', Uint8Array.of(1, 0xd5, 0, 0x12, 32, ...digest)],
    ['an endless number', Uint8Array.of(1, ...new Uint8Array(40).fill(0xff))],
  ])('refuse bytes: %s', (_, bytes) => {
    expect(() => decodeCid(bytes)).toThrow(invalid);
  });
});
