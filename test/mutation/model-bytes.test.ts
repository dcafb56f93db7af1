import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Flip, flipped, flipsAtRandom, flipsOfEveryByte } from './support/flips.ts';
import { MutableModel } from './support/model.ts';
import { attempt } from './support/survey.ts';

const MODES = ['verify', 'fast', 'full'] as const;
const WEIGHTS = 'model.safetensors';

describe('one bit of the model', () => {
  const model = new MutableModel();
  let headerEnd = 0;

  beforeAll(async () => {
    await model.attest();
    headerEnd = 8 + Number(new DataView(model.read(WEIGHTS).buffer).getBigUint64(0, true));
  });

  afterAll(() => model.end());

  /** Exit codes other than 1 by offset: the three modes take turns, each seeing every third flip. */
  async function exceptions(name: string, flips: readonly Flip[]): Promise<string[]> {
    const bytes = model.read(name);
    const out: string[] = [];
    for (const [index, flip] of flips.entries()) {
      const mode = MODES[index % MODES.length] ?? 'verify';
      model.write(name, flipped(bytes, flip));
      const { exit } = await attempt(() => model.verify({ mode }));
      if (exit !== 1) out.push(`${mode} ${flip.offset}.${flip.bit}: ${exit}`);
    }
    model.write(name, bytes);
    return out;
  }

  it.each(['README.md', 'config.json'])('every byte of %s', async (name) => {
    expect(await exceptions(name, flipsOfEveryByte(0, model.read(name).length, 8))).toEqual([]);
  });

  it('every byte of the header of the weights', async () => {
    expect(headerEnd).toBeGreaterThan(100);
    expect(await exceptions(WEIGHTS, flipsOfEveryByte(0, headerEnd, 9))).toEqual([]);
  });

  it('two thousand places in the weights', async () => {
    expect(await exceptions(WEIGHTS, flipsAtRandom(headerEnd, model.read(WEIGHTS).length, 2000, 10))).toEqual([]);
  });

  it.each(['README.md', 'config.json', WEIGHTS])('a byte more and a byte less at the end of %s', async (name) => {
    const bytes = model.read(name);
    for (const mode of MODES) {
      for (const content of [Buffer.concat([bytes, Uint8Array.of(0)]), bytes.subarray(0, -1)]) {
        model.write(name, content);
        expect((await attempt(() => model.verify({ mode }))).exit).toBe(1);
      }
    }
    model.write(name, bytes);
  });
});
