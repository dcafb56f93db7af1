import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect } from 'vitest';
import { type AttestResult } from '../../../src/core/attest/index.ts';
import type { ErrorCode } from '../../../src/core/errors/index.ts';
import { expectCode, tempDir, tensorsNamed, writeFiles } from '../model/support.ts';
import { ATTESTATIONS } from './dataset-support.ts';
import { attest, linesOf, type Overrides } from './support.ts';

export const LOG = '{"step":1,"loss":2.5}\n{"step":2,"loss":1.5}\n';
export const SIDE = /\.(?:sig|jsonl)$/;

export let dir: string;
export const at = (...parts: readonly string[]): string => path.join(dir, ...parts);

beforeEach(() => {
  dir = writeFiles(tempDir(), {
    'model/model.safetensors': tensorsNamed('w'),
    'model/config.json': '{}',
    'train.jsonl': LOG,
  });
});

export function attestSalted(
  log = 'train.jsonl',
  secret = 'train.secret',
  overrides: Overrides = {},
): Promise<AttestResult> {
  return attest(at('model'), { saltedLogs: [{ file: at(log), secret: at(secret) }], ...overrides });
}

/** Everything that was written with the model, its payloads decoded. */
export function published(): string {
  const files = readdirSync(at('model')).filter((name) => SIDE.test(name));
  const lines = files.flatMap((name) => linesOf(at('model', name)));
  const payloads = lines.map((line) => {
    const payload: unknown = /"payload":"([^"]*)"/.exec(line)?.[1];
    return typeof payload === 'string' ? Buffer.from(payload, 'base64').toString() : '';
  });
  return [...lines, ...payloads].join('\n');
}

/** Refused, and neither a statement nor a secret was left behind. */
export async function refused(work: Promise<unknown>, code: ErrorCode, secret = 'train.secret'): Promise<void> {
  await expectCode(work, code);
  expect([existsSync(at('model', ATTESTATIONS)), existsSync(at(secret))]).toEqual([false, false]);
}
