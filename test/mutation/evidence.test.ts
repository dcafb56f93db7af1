import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Flip, flipsAtRandom, flipsOfEveryByte } from './support/flips.ts';
import { MutableModel } from './support/model.ts';
import { attempt, unnoticed, verdictOf } from './support/survey.ts';

/**
 * The bytes of a bundle that no signature covers and that decide nothing, by JSON pointer (`#`: the name of the member): the hint
 * orders the keys to try; without its name there is no hint; a bundle without log entries, or whose signature has no key id, is
 * read all the same (docs/formats/oms.md).
 */
const NOT_COVERED = [
  '/dsseEnvelope/signatures/0/keyid#',
  '/verificationMaterial/publicKey/hint',
  '/verificationMaterial/publicKey/hint#',
  '/verificationMaterial/tlogEntries#',
];
const REQUIRE_ALL = ['oms', 'model', 'provenance', 'manifest'];
const BESIDE = 500;

const everyByte = (bytes: Uint8Array, seed: number): Flip[] => flipsOfEveryByte(0, bytes.length, seed);
const joined = (lines: readonly (Uint8Array | string)[]): Uint8Array =>
  Buffer.concat(lines.flatMap((line) => [typeof line === 'string' ? Buffer.from(line) : line, Buffer.from('\n')]));

describe('one bit of every byte of the evidence', () => {
  let model: MutableModel;
  let lines: readonly string[];

  beforeEach(async () => {
    model = new MutableModel();
    await model.attest();
    lines = Buffer.from(model.read('model.attestations.jsonl')).toString('utf8').trimEnd().split('\n');
    expect(verdictOf(await model.verify({ require: REQUIRE_ALL })).exit).toBe(0);
  });

  afterEach(() => model.end());

  it('model.sig, all the evidence there is', async () => {
    const signature = model.read('model.sig');
    model.remove('model.attestations.jsonl', 'model.manifest.jsonl');

    const passed = await unnoticed(signature, everyByte(signature, 1), async (mutated) => {
      model.write('model.sig', mutated);
      return (await attempt(() => model.verify())).exit !== 0;
    });

    expect(passed).toEqual(NOT_COVERED);
  });

  it('the model statement, all the evidence there is', async () => {
    const line = Buffer.from(lines[0] ?? '');
    model.remove('model.sig', 'model.manifest.jsonl');

    const passed = await unnoticed(line, everyByte(line, 2), async (mutated) => {
      model.write('model.attestations.jsonl', mutated);
      return (await attempt(() => model.verify({ mode: 'fast' }))).exit !== 0;
    });

    expect(passed).toEqual(NOT_COVERED);
  });

  it('the provenance, where it is required', async () => {
    const line = Buffer.from(lines[1] ?? '');
    model.remove('model.sig', 'model.manifest.jsonl');

    const passed = await unnoticed(line, everyByte(line, 3), async (mutated) => {
      model.write('model.attestations.jsonl', joined([lines[0] ?? '', mutated]));
      return (await attempt(() => model.verify({ mode: 'fast', require: ['provenance'] }))).exit !== 0;
    });

    expect(passed).toEqual(NOT_COVERED);
  });

  it.each([
    ['model.sig', (all: readonly string[]) => all[2] ?? '', (mutated: Uint8Array) => model.write('model.sig', mutated)],
    [
      'the model statement',
      (all: readonly string[]) => all[0] ?? '',
      (mutated: Uint8Array) => model.write('model.attestations.jsonl', joined([mutated, lines[1] ?? ''])),
    ],
    [
      'the provenance',
      (all: readonly string[]) => all[1] ?? '',
      (mutated: Uint8Array) => model.write('model.attestations.jsonl', joined([lines[0] ?? '', mutated])),
    ],
  ])('%s beside the other evidence: something that passed no longer does', async (_what, pick, write) => {
    const signature = Buffer.from(model.read('model.sig')).toString('utf8');
    const artifact = Buffer.from(pick([...lines, signature]));
    const before = verdictOf(await model.verify());

    const passed = await unnoticed(artifact, flipsAtRandom(0, artifact.length, BESIDE, 4), async (mutated) => {
      write(mutated);
      const { passed: after } = await attempt(() => model.verify());
      return [...before.passed].some((check) => !after.has(check));
    });

    expect(passed.filter((place) => !NOT_COVERED.includes(place))).toEqual([]);
  });

  it('a line feed that joins two lines into one', async () => {
    model.remove('model.sig');
    model.write('model.attestations.jsonl', `${lines.join(' ')}\n`);

    expect((await attempt(() => model.verify())).exit).toBe(4);
  });
});
