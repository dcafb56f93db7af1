import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkLog, type LogCheckReport, type TrustedSigner } from '../../../src/core/log/index.ts';
import { rootOfRecords } from '../records/support.ts';
import { noteOf, signerOf } from './support.ts';

export const trustedOf = async (...names: string[]): Promise<TrustedSigner[]> =>
  Promise.all(names.map(async (label) => ({ label, key: (await signerOf(label)).publicKey })));
export const TRUSTED = await trustedOf('ed25519');

export const LINES = Array.from({ length: 20 }, (_, i) => `{"step":${i}}\n`);
export const rootOf = (lines: readonly string[]): Uint8Array => rootOfRecords(lines.map((line) => Buffer.from(line)));
/** A checkpoint over the first `size` lines. */
export const at = (size: number, options: Parameters<typeof noteOf>[2] = {}): Promise<string> =>
  noteOf(size, rootOf(LINES.slice(0, size)), options);

export interface Given {
  readonly notes: string | Uint8Array;
  readonly log?: string | Uint8Array;
  readonly name?: string;
  readonly origin?: string;
  readonly trusted?: readonly TrustedSigner[];
}

export async function check({
  notes,
  log = LINES.join(''),
  name = 'train.jsonl',
  ...options
}: Given): Promise<LogCheckReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-log-check-'));
  const [file, since] = [path.join(folder, name), path.join(folder, 'run.checkpoints')];
  writeFileSync(file, log);
  writeFileSync(since, notes);
  return checkLog({ trusted: TRUSTED, ...options, log: file, since });
}

export const outcomes = ({ checkpoints }: LogCheckReport): string[] => checkpoints.map(({ outcome }) => outcome);
