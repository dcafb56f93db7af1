import { chmodSync, cpSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { KEYS } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
const PARENTS = ['finetuned', 'finetuned-upright'] as const;
let dir: string;

beforeEach(() => {
  dir = tempDir();
  for (const name of [...PARENTS, 'merged']) {
    for (const file of ['model.safetensors', 'config.json'])
      cpSync(path.join(DIGITS, name, file), path.join(dir, name, file), { force: true });
  }
  for (const name of ['p256.key', 'p256.pub']) cpSync(path.join(KEYS, name), path.join(dir, name));
  chmodSync(path.join(dir, 'p256.key'), 0o600);
});

const attest = (bases: readonly string[], ...args: readonly string[]) =>
  runStemma(
    ['attest', 'merged', '--key', 'p256.key', '--no-source', ...bases.flatMap((base) => ['--base', base]), ...args],
    { cwd: dir },
  );
const merge = (...shares: readonly string[]): string[] =>
  PARENTS.map((parent, i) => `merged-from=${parent}${shares[i] ?? ''}`);
const verify = async (...args: readonly string[]): Promise<Report & { readonly exitCode: number }> => {
  const { stdout } = await runStemma(['verify', 'merged', '--key', 'p256.pub', '--json', ...args], { cwd: dir });
  const { result, exitCode } = onlyDocument(stdout);
  return { ...(result as unknown as Report), exitCode };
};
const recompute = () => verify('--recompute', ...PARENTS.flatMap((parent) => ['--parent', parent]));

it('a merge is computed again by the shares of its parents, which lineage shows', async () => {
  expect((await attest(merge(',share=0.6', ',share=40%'))).exitCode).toBe(0);
  const report = await recompute();

  expect(report.lineage.edges.map(({ relation, share }) => [relation, share])).toEqual([
    ['merged-from', 600_000],
    ['merged-from', 400_000],
  ]);
  expect([report.exitCode, report.rebuilt[0]?.outcome]).toEqual([0, 'exact']);
  const { stdout } = await runStemma(['lineage', 'merged', '--key', 'p256.pub'], { cwd: dir });
  expect(stdout).toMatch(/merged-from finetuned .* 60 %.*\n.*merged-from finetuned-upright .* 40 %/);
});

it.each<readonly [string, readonly string[], number, string]>([
  ['are those of another merge', merge(',share=0.5', ',share=0.5'), 1, 'different'],
  ['are turned round', merge(',share=0.4', ',share=0.6'), 1, 'different'],
  ['do not sum to 1', merge(',share=0.5', ',share=0.4'), 3, 'undecided'],
  ['are not said of all', merge(',share=0.6'), 3, 'undecided'],
])('a merge whose shares %s is not that of its parents', async (_, bases, exitCode, outcome) => {
  expect((await attest(bases)).exitCode).toBe(0);
  const report = await recompute();

  expect([report.exitCode, report.rebuilt[0]?.outcome]).toEqual([exitCode, outcome]);
});

it.each<readonly [string, readonly string[], readonly string[], RegExp]>([
  ['whose sum is more than 1', merge(',share=0.6', ',share=0.5'), [], /at most 1, found a sum of 1\.1/],
  ['beside weights', merge(',share=0.6', ',share=0.4'), ['--param', 'weights=0.6,0.4'], /said twice/],
  ['of a fine-tune', ['finetuned-from=finetuned,share=0.5'], [], /found one with finetuned-from/],
  ['without a relation', ['finetuned,share=0.5'], [], /found one with finetuned-from/],
  ['of nothing', merge(',share=0'), [], /expected a share of a merge, found "0"/],
])('shares %s are refused, and nothing is written', async (_, bases, args, message) => {
  const { exitCode, stderr } = await attest(bases, ...args);

  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect((await verify()).evidence).toEqual([]);
});
