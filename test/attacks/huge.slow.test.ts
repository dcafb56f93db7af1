import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { runStemma } from '../support/cli.ts';
import { keyFile, TRAINER } from './support/keys.ts';
import { prepare, Scene } from './support/scene.ts';

const HOUR = 3_600_000;

/** Runs a command, which must succeed, and tells how much memory it had in use at most, in MiB. */
async function peakOf(scene: Scene, args: readonly string[]): Promise<number> {
  const report = scene.beside('peak.txt', '');
  const hook = scene.beside(
    'peak.mjs',
    `import { writeFileSync } from 'node:fs';
     process.on('exit', () => writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`,
  );
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` };
  const { exitCode, stderr } = await runStemma([...args, '--quiet'], { env });
  expect(exitCode, stderr).toBe(0);
  return Number(readFileSync(report, 'utf8')) / 1024;
}

it(
  'row 62: a million tiny files are digested and attested in half a GiB of memory, and verified in little more',
  async () => {
    const scene = new Scene(await prepare());
    const model = path.join(scene.dir, 'tiny');
    for (let folder = 0; folder < 1000; folder++) {
      mkdirSync(path.join(model, `d${folder}`), { recursive: true });
      for (let file = 0; file < 1000; file++) writeFileSync(path.join(model, `d${folder}/f${file}`), '');
    }
    for (const [limit, ...args] of [
      [512, 'digest', model],
      [512, 'attest', model, '--key', keyFile('p256.key'), '--no-model-sig', '--no-source'],
      [640, 'verify', model, '--key', TRAINER],
      [640, 'verify', model, '--key', TRAINER, '--fast'],
    ] as const) {
      expect(await peakOf(scene, args), args.join(' ')).toBeLessThan(limit);
    }
    scene.end();
  },
  HOUR,
);

it(
  'row 62: two OMS signatures of 100,000 files are held against the folder in half a GiB of memory',
  async () => {
    const scene = new Scene(await prepare());
    const model = path.join(scene.dir, 'listed');
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(path.join(model, `layer-${folder}`), { recursive: true });
      for (let file = 0; file < 1000; file++)
        writeFileSync(path.join(model, `layer-${folder}/part-${file}.bin`), `${file}`);
    }
    const evidence = ['p256', 'p384'].map((key) => ({
      key: keyFile(`${key}.key`),
      file: path.join(scene.dir, `${key}.sig`),
    }));
    for (const { key, file } of evidence) {
      const { exitCode, stderr } = await runStemma(['sign', model, '--key', key, '--signature', file, '--quiet']);
      expect(exitCode, stderr).toBe(0);
    }

    const attestations = evidence.flatMap(({ file }) => ['--attestations', file]);
    expect(await peakOf(scene, ['verify', model, '--integrity-only', ...attestations])).toBeLessThan(512);
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
