import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { attest } from '../core/verify/attest-support.ts';
import { KEYS, safetensors, writeFiles } from '../core/verify/support.ts';
import type { JsonDocument } from '../support/cli.ts';

const FILES = { 'config.json': '{}\n', 'model.safetensors': safetensors({ first: [1, 2], second: [3, 4] }) };
const CHANGED = { 'model.safetensors': safetensors({ first: [1, 2], second: [3, 5] }) };

/** Whose signature is on the models. */
export const KEY = path.join(KEYS, 'p256.pub');

/** Makes a folder, which the caller removes, with two attested models: `good`, and `bad`, one of whose tensors changed after. */
export async function attestedModels(): Promise<string> {
  const dir = mkdtempSync(path.join(tmpdir(), 'stemma-verify-command-'));
  for (const name of ['good', 'bad']) {
    writeFiles(path.join(dir, name), FILES);
    await attest(path.join(dir, name), { name: 'tiny' });
  }
  writeFiles(path.join(dir, 'bad'), CHANGED);
  return dir;
}

interface JsonReport {
  readonly result: string;
  readonly verdict: string;
  readonly time: string | null;
  readonly environment: readonly string[];
  readonly notCovered: readonly object[];
}
export const reportOf = (document: JsonDocument): JsonReport => JSON.parse(JSON.stringify(document.result));
