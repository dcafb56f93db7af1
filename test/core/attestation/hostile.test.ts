import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildModelStatement,
  buildOmsStatement,
  buildProvenanceStatement,
  parseBundle,
  parseModelPredicate,
  parseOms,
  parseProvenance,
  parseStatement,
  writeBundle,
} from '../../../src/core/attestation/index.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { isStemmaError } from '../../../src/core/errors/index.ts';
import { envelopeOf, type Place, sha256, sha256Hex, withMember } from './support.ts';

const RUNS = { numRuns: 300, seed: 20_260_101 };
const root = sha256Hex('root');
const digest = { sha256: root, stemmaFileTreeV1: root };

const PAYLOADS = {
  oms: buildOmsStatement(
    { subjectName: 'm', files: [{ path: 'a', sha256: sha256('a') }], ignorePaths: ['x'], allowSymlinks: false },
    sha256,
  ),
  model: buildModelStatement({
    name: 'm',
    digest,
    predicate: {
      kind: 'folder',
      digests: 'precomputed',
      files: 2,
      bytes: 9,
      formats: [],
      fileTree: { hash: 'sha256', size: 2, root },
      tensorSets: [],
      ignored: ['x'],
      opaque: [],
      allowSymlinks: false,
    },
  }),
  provenance: buildProvenanceStatement({
    name: 'm',
    digest,
    ignored: [],
    opaque: [],
    parameters: { a: 'b' },
    config: [],
    links: [
      {
        role: 'dataset',
        relation: 'trained-on',
        name: 'd',
        uri: undefined,
        digest,
        evidence: 'observed',
        ignored: [],
        opaque: [],
        share: 1,
      },
    ],
    sources: [],
    environment: [],
    logs: [{ name: 'l', digest, size: 1, records: 'lf', truncated: false }],
    builder: { id: 'x:y' },
  }),
};

const readers: readonly [keyof typeof PAYLOADS, (payload: Uint8Array) => unknown][] = [
  ['oms', (payload) => parseOms(parseStatement(envelopeOf(payload)), sha256)],
  ['model', (payload) => parseModelPredicate(parseStatement(envelopeOf(payload)))],
  ['provenance', (payload) => parseProvenance(parseStatement(envelopeOf(payload)))],
];

/** Nothing but a StemmaError of the class `malformed` may come out. */
function readsOrRefuses(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    expect(isStemmaError(error) ? error.errorClass : error).toBe('malformed');
  }
}

describe('whatever is read, nothing but a coded error comes out', () => {
  it('for random bytes and random JSON as a bundle', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(encodeUtf8)), (bytes) =>
        readsOrRefuses(() => parseBundle(bytes, 'b')),
      ),
      RUNS,
    );
  });

  it('for a bundle with one byte changed', () => {
    const text = encodeUtf8(writeBundle({ payload: PAYLOADS.model, signature: Uint8Array.of(1), hint: root }));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = text.slice();
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        readsOrRefuses(() => parseBundle(bytes, 'b'));
      }),
      RUNS,
    );
  });

  it.each(readers)('for a %s payload with one byte changed', (name, read) => {
    const payload = PAYLOADS[name];
    for (let at = 0; at < payload.length; at++) {
      const bytes = payload.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      readsOrRefuses(() => read(bytes));
    }
  });

  it.each(readers)('for a %s payload with any member replaced by any JSON', (name, read) => {
    const value: unknown = JSON.parse(decodeUtf8(PAYLOADS[name]));
    const places = placesOf(value);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, member) => {
        readsOrRefuses(() => read(encodeUtf8(JSON.stringify(withMember(value, place, member)))));
      }),
      RUNS,
    );
  });
});

function placesOf(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [place, ...entries.flatMap(([key, member]) => placesOf(member, [...place, key]))];
}
