import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flipped, flipsAtRandom, flipsOfEveryByte } from './support/flips.ts';
import { MutableModel } from './support/model.ts';
import { attempt, verdictOf } from './support/survey.ts';

const BESIDE = 300;

describe('one bit of every byte of the manifest and of the trusted key', () => {
  let model: MutableModel;

  beforeEach(async () => {
    model = new MutableModel();
    await model.attest();
  });

  afterEach(() => model.end());

  it('the manifest, where it is required: it is then another one', async () => {
    const manifest = model.read('model.manifest.jsonl');
    model.remove('model.sig');
    const codes = new Set<number>();

    for (const flip of flipsOfEveryByte(0, manifest.length, 5)) {
      model.write('model.manifest.jsonl', flipped(manifest, flip));
      codes.add((await attempt(() => model.verify({ mode: 'fast', require: ['manifest'] }))).exit);
    }

    expect([...codes]).toEqual([3]);
  });

  it('the manifest beside the other evidence: its check no longer passes', async () => {
    const manifest = model.read('model.manifest.jsonl');
    const before = verdictOf(await model.verify());
    const checks = new Set<string>();

    for (const flip of flipsAtRandom(0, manifest.length, BESIDE, 6)) {
      model.write('model.manifest.jsonl', flipped(manifest, flip));
      const { exit, passed } = await attempt(() => model.verify());
      expect(exit).toBe(0);
      checks.add(
        [...before.passed]
          .filter((check) => !passed.has(check))
          .map((check) => check.split(' ')[0])
          .join(),
      );
    }

    expect([...checks]).toEqual(['content.manifest']);
  });

  it('the key: another key or none', async () => {
    const passed: number[] = [];

    for (const flip of flipsOfEveryByte(0, model.key.length, 7)) {
      const { exit } = await attempt(() => model.verify({}, flipped(model.key, flip)));
      if (exit === 0) passed.push(flip.offset);
    }

    expect(passed).toEqual([]);
  });
});
