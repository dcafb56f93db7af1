import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runStemma } from '../support/cli.ts';
import { TRAINER } from './support/keys.ts';
import { prepare, Scene } from './support/scene.ts';

const HOUR = 3_600_000;

it(
  'row 62: a million tiny files',
  async () => {
    const scene = new Scene(await prepare());
    for (let folder = 0; folder < 1000; folder++) {
      mkdirSync(scene.in(`d${folder}`));
      for (let file = 0; file < 1000; file++) writeFileSync(scene.in(`d${folder}/f${file}`), '');
    }
    await scene.attestAnew({ modelSig: false });

    const { exitCode, stderr } = await runStemma(['verify', scene.model, '--key', TRAINER, '--fast', '--json'], {
      env: { NODE_OPTIONS: '--max-old-space-size=2048' },
    });

    expect([exitCode, stderr]).toEqual([0, '']);
    scene.end();
  },
  HOUR,
);

it(
  'row 62: a terabyte of nothing is not read where --max-bytes forbids it',
  async () => {
    const scene = new Scene(await prepare());
    scene.write('weights.bin', 'x');
    await scene.attestAnew();
    truncateSync(scene.in('weights.bin'), 1e12);

    const started = performance.now();
    const { exitCode } = await runStemma(['verify', scene.model, '--key', TRAINER, '--max-bytes', '1GiB']);

    expect(exitCode).toBe(3);
    expect(performance.now() - started).toBeLessThan(10_000);
    scene.end();
  },
  HOUR,
);
