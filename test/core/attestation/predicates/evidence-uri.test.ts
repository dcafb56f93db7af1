import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildProvenanceStatement, type Link, parseProvenance } from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { codeOf, pointerOf, statementOf, withMember } from '../support.ts';
import { BASE, INPUT } from './provenance-inputs.ts';

// Kubo's own vector of a folder (reference: test/cli/cid_profiles_test.go).
const FOLDER = 'bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4';
const RAW = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e';

const built = (attestations: string): unknown => {
  const link: Link = { ...BASE, attestations };
  return JSON.parse(decodeUtf8(buildProvenanceStatement({ ...INPUT, links: [link] })));
};
const POINTER = '/predicate/buildDefinition/resolvedDependencies/0/annotations/attestations';
const reading = (value: unknown) => () =>
  parseProvenance(statementOf(withMember(built(`ipfs://${FOLDER}`), POINTER.slice(1).split('/').map(asIndex), value)));
const asIndex = (part: string): string | number => (/^\d+$/.test(part) ? Number(part) : part);

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** CIDv1 of a dag-pb block in base32, spelled out by hand. */
function folderCid(digest: Uint8Array): string {
  const bits = [...Uint8Array.of(0x01, 0x70, 0x12, 0x20), ...digest].map((byte) => byte.toString(2).padStart(8, '0'));
  const padded = `${bits.join('')}00`;
  const groups = padded.match(/.{5}/g) ?? [];
  return `b${groups.map((group) => ALPHABET[Number.parseInt(group, 2)]).join('')}`;
}

describe('where the evidence about a parent is', () => {
  it('is read as it was written', () => {
    expect(reading(`ipfs://${FOLDER}`)().links[0]?.attestations).toBe(`ipfs://${FOLDER}`);
  });

  it('is absent where nothing was said', () => {
    expect(
      parseProvenance(statementOf(withMember(built(`ipfs://${FOLDER}`), ['predicate', 'x'], 1))).links,
    ).toHaveLength(1);
    expect(Object.hasOwn(reading(undefined)().links[0] ?? {}, 'attestations')).toBe(false);
  });

  it('may have any digest', () => {
    for (let i = 0; i < 500; i++) {
      const digest = createHash('sha256').update(String(i)).digest();
      const uri = `ipfs://${folderCid(digest)}`;
      expect(reading(uri)().links[0]?.attestations).toBe(uri);
    }
    for (const byte of [0x00, 0xff]) {
      const uri = `ipfs://${folderCid(new Uint8Array(32).fill(byte))}`;
      expect(reading(uri)().links[0]?.attestations).toBe(uri);
    }
  });

  const WRONG: readonly (readonly [string, unknown])[] = [
    ['a CID without a scheme', FOLDER],
    ['another scheme', `https://${FOLDER}.ipfs.dweb.link`],
    ['the scheme in capitals', `IPFS://${FOLDER}`],
    ['a path below the folder', `ipfs://${FOLDER}/model.sig`],
    ['a query', `ipfs://${FOLDER}?format=car`],
    ['a raw block', `ipfs://${RAW}`],
    ['a CID of version 0', 'ipfs://QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn'],
    ['a CID in capitals', `ipfs://${FOLDER.toUpperCase()}`],
    ['a CID cut short', `ipfs://${FOLDER.slice(0, -1)}`],
    ['a CID with something behind it', `ipfs://${FOLDER}a`],
    ['a character outside base32', `ipfs://${FOLDER.slice(0, -2)}14`],
    ['bits beyond the digest', `ipfs://${FOLDER.slice(0, -1)}5`],
    ['another hash function', `ipfs://bafyb6i${FOLDER.slice(7)}`],
    ['a final newline', `ipfs://${FOLDER}\n`],
    ['an empty string', ''],
    ['a list', [`ipfs://${FOLDER}`]],
    ['a number', 1],
  ];

  it.each(WRONG)('refuses %s, whoever signed it', (_, value) => {
    expect(codeOf(reading(value))).toBe('PREDICATE_INVALID');
    expect(pointerOf(reading(value))).toBe(POINTER);
  });

  it.each(WRONG.filter(([, value]) => typeof value === 'string'))('does not write %s', (_, value) => {
    expect(codeOf(() => built(value as string))).toBe('PREDICATE_INVALID');
  });
});
