import { chmodSync, cpSync, mkdtempSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type AttestOptions, attestDataset, parseBaseReference } from '../../src/core/attest/index.ts';
import { DATASET_DEFAULTS } from '../../src/core/defaults.ts';
import type { Report } from '../../src/core/verify/index.ts';
import { KEYS } from '../core/attest/support.ts';
import { attest, sign } from '../core/verify/attest-support.ts';
import { readLines, writeLines } from '../core/verify/lineage-support.ts';
import { safetensors, signerOf, writeFiles } from '../core/verify/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';
import { DATASET, type Draft, EXPIRES, MODEL, PROVENANCE, requirement, writePolicy } from '../support/policies.ts';

const OMS = 'https://model_signing/signature/v1.0';
export const LINES = 'model/model.attestations.jsonl';

/** Who signs: `trainer` the model, `publisher` its base, what that was made from, and the data; `gate` what it verified. */
const NAMES = { trainer: 'p256', publisher: 'p384', gate: 'p521', stranger: 'secp256k1' } as const;

/** `model` ← `base` ← `grand` and `data`, each in a folder of that name of a new folder, which the caller removes, with the keys beside them. */
export async function makeDescent(base: Partial<AttestOptions> = {}): Promise<string> {
  const dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-descent-')));
  for (const [name, key] of Object.entries(NAMES)) {
    for (const end of ['key', 'pub']) cpSync(path.join(KEYS, `${key}.${end}`), path.join(dir, `${name}.${end}`));
    chmodSync(path.join(dir, `${name}.key`), 0o600);
  }
  const at = (name: string): string => path.join(dir, name);
  for (const [i, name] of ['grand', 'base', 'model'].entries())
    writeFiles(at(name), { 'config.json': `{"n":${i}}\n`, 'model.safetensors': safetensors({ first: [i, 2] }) });
  writeFiles(at('data'), { 'rows.jsonl': '{"x":1}\n' });
  await sign(at('data'), { key: NAMES.publisher });
  await attestDataset({
    ...DATASET_DEFAULTS,
    dataset: at('data'),
    signer: await signerOf(NAMES.publisher),
  });
  await attest(at('grand'), { key: NAMES.publisher });
  await attest(at('base'), {
    key: NAMES.publisher,
    bases: [parseBaseReference(at('grand'))],
    datasets: [{ kind: 'path', path: at('data') }],
    ...base,
  });
  await attest(at('model'), { key: NAMES.trainer, bases: [parseBaseReference(at('base'))] });
  return dir;
}

/** Leaves statements of one type about one artifact out of what came with the model. */
export function strip(dir: string, predicateType: string, name: string): void {
  stripFrom(dir, LINES, predicateType, name);
}

export function stripFrom(dir: string, lines: string, predicateType: string, name: string): void {
  const file = path.join(dir, lines);
  const all = readLines(file);
  const kept = all.filter((line) => line.predicateType !== predicateType || line.name !== name);
  if (kept.length === all.length) throw new Error(`no ${predicateType} of ${name}`);
  writeLines(file, kept);
}

/** The publisher is asked for every ancestor; `lineage` is added to that. */
export const descentPolicy = (lineage: Draft = {}, more: Draft = {}): Draft => ({
  version: 1,
  expires: EXPIRES,
  trust: { keys: Object.fromEntries(Object.keys(NAMES).map((name) => [name, { publicKey: `${name}.pub` }])) },
  requirements: [requirement('weights', MODEL, ['trainer']), requirement('trained', PROVENANCE, ['trainer'])],
  lineage: {
    ancestors: [
      { relations: ['finetuned-from'], requirements: [requirement('base', [MODEL, OMS], ['publisher'])] },
      { relations: ['trained-on'], requirements: [requirement('data', [DATASET, OMS], ['publisher'])] },
    ],
    ...lineage,
  },
  ...more,
});

export interface Decided extends Report {
  readonly exitCode: number;
}

/** `verify model --policy`, with the report. */
export async function decide(dir: string, policy: Draft, ...args: readonly string[]): Promise<Decided> {
  const { stdout, stderr } = await stemma(
    dir,
    'verify',
    'model',
    '--policy',
    writePolicy(dir, policy),
    '--json',
    ...args,
  );
  const { result, exitCode, error } = onlyDocument(stdout);
  if (result === undefined) throw new Error(`${JSON.stringify(error)} ${stderr}`);
  return { ...(result as unknown as Report), exitCode };
}

export const stemma = (dir: string, ...args: readonly string[]): Promise<CliResult> => runStemma(args, { cwd: dir });
