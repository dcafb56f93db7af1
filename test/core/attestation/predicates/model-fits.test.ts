import { describe, expect, it } from 'vitest';
import { fitsModelPredicate } from '../../../../src/core/attestation/predicates/model-fits.ts';
import { modelPredicateSchema } from '../../../../src/core/attestation/predicates/model-schema.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const HEX = 'ab'.repeat(32);
const set = (path: string): Json => ({ path, format: 'gguf', hash: 'sha256', size: 4, parameters: 0, root: HEX });

const WHOLE: Json = {
  kind: 'folder',
  digests: 'observed',
  files: 3,
  bytes: 0,
  formats: ['gguf', 'safetensors'],
  fileTree: { hash: 'sha256', size: 3, root: HEX },
  segmentTree: { hash: 'blake3', size: 7, root: HEX },
  tensorSets: [set(''), set('a.gguf'), set('b/c.safetensors')],
  manifest: { sha256: HEX },
  ignored: ['logs', 'tmp/x'],
  opaque: ['odd.gguf'],
  allowSymlinks: true,
};

/** What may be put in the place of any value: the neighbours of what is right, and what is wrong everywhere. */
const STRANGERS: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  '',
  'sha256',
  'blake3',
  'gguf',
  'file',
  'precomputed',
  'a',
  '../a',
  '/a',
  'a*',
  'CON',
  HEX,
  HEX.toUpperCase(),
  `${HEX}\n`,
  HEX.slice(1),
  [],
  [''],
  ['a', 'a'],
  ['b', 'a'],
  ['safetensors', 'gguf'],
  ['gguf', 'gguf'],
  ['gguf', 'pickle'],
  [null],
  [[]],
  [set('b'), set('a')],
  [set('a'), set('a')],
  [set('a'), null],
  {},
  { sha256: HEX, more: 1 },
  { hash: 'blake3', size: 1, root: HEX },
  { hash: 'sha256', size: 1, root: HEX },
];

const accepts = (value: Json): boolean => modelPredicateSchema().safeParse(value).success;

/** Every value that differs from this one in one place: replaced by a stranger, left out, doubled, or with a member more. */
function* neighbours(value: Json): Generator<Json> {
  yield* STRANGERS;
  if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) {
      yield value.toSpliced(i, 1);
      yield value.toSpliced(i, 0, element);
      for (const other of neighbours(element)) yield value.with(i, other);
    }
    yield value.toReversed();
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const { [key]: _, ...rest } = value;
      yield rest;
      yield { ...rest, [`${key}s`]: member };
      for (const other of neighbours(member)) yield { ...value, [key]: other };
    }
    yield { ...value, more: 1 };
    yield { ...value, constructor: null };
  }
}

describe('a model predicate is recognised without zod', () => {
  it('when it has every member, and when it has the required ones', () => {
    const { segmentTree: _s, manifest: _m, ignored: _i, opaque: _o, allowSymlinks: _a, ...least } = WHOLE;
    expect([fitsModelPredicate(WHOLE), fitsModelPredicate(least)]).toEqual([true, true]);
    expect([accepts(WHOLE), accepts(least)]).toEqual([true, true]);
  });

  it('exactly where the schema accepts it, in every value that differs in one place', () => {
    const different: Json[] = [];
    const seen = { accepted: 0, refused: 0 };
    for (const value of neighbours(WHOLE)) {
      const accepted = accepts(value);
      seen[accepted ? 'accepted' : 'refused']++;
      if (fitsModelPredicate(value) !== accepted) different.push(value);
    }
    expect(different).toEqual([]);
    expect(seen.accepted).toBeGreaterThan(50);
    expect(seen.refused).toBeGreaterThan(1500);
  });

  it('not where a member is inherited, or a list is none', () => {
    const inherited: unknown = Object.create(WHOLE, {});
    expect(fitsModelPredicate(inherited)).toBe(false);
    expect(fitsModelPredicate({ ...WHOLE, formats: { length: 0 } })).toBe(false);
    expect(fitsModelPredicate(undefined)).toBe(false);
  });
});
