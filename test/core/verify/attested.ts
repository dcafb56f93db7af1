import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DigestSet } from '../../../src/core/digest/index.ts';
import { digestModel } from '../../../src/core/model/index.ts';
import { attest } from './attest-support.ts';
import { safetensors, writeFiles, writeModel } from './support.ts';

export const FILES = { 'config.json': '{}', 'model.safetensors': safetensors({ a: [1, 2], b: [3] }) };

/** A model of these files, attested by p256. */
export async function attested(): Promise<string> {
  const model = writeModel(FILES);
  await attest(model);
  return model;
}

/** The digests of these files. */
export const digests: DigestSet = await digestsOfFiles();

export const pick = (...keys: readonly string[]): DigestSet =>
  Object.fromEntries(keys.map((key) => [key, digests[key] ?? '']));

/** Outside any test, so nothing else removes the folder. */
async function digestsOfFiles(): Promise<DigestSet> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-verify-'));
  const { trees } = await digestModel(writeFiles(path.join(folder, 'model'), FILES), {
    ignored: [],
    opaque: [],
    allowSymlinks: false,
    segmentHash: 'blake3',
    phase: 'test',
  });
  rmSync(folder, { recursive: true });
  return trees.digests;
}
