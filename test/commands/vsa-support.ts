import { chmodSync, cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseBundle, parseStatement, parseVsa, type VerificationSummary } from '../../src/core/attestation/index.ts';
import { KEYS } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { attest } from '../core/verify/attest-support.ts';
import { safetensors, writeFiles } from '../core/verify/support.ts';

export const FILES = { 'config.json': '{}\n', 'model.safetensors': safetensors({ first: [1, 2] }) };

/** A folder with `model`, signed by p256, and keys for a gate. */
export async function gatedModel(): Promise<string> {
  const dir = tempDir();
  for (const name of ['p256.pub', 'p384.key', 'p384.pub', 'p256-encrypted.key']) {
    cpSync(path.join(KEYS, name), path.join(dir, name));
    chmodSync(path.join(dir, name), 0o600);
  }
  writeFiles(path.join(dir, 'model'), FILES);
  await attest(path.join(dir, 'model'), { name: 'tiny' });
  return dir;
}

interface Summary extends VerificationSummary {
  readonly digest: Readonly<Record<string, string>> | undefined;
}

/** The one line of `out.jsonl`. */
export function summaryIn(dir: string): Summary {
  const [line = '', end, ...more] = readFileSync(path.join(dir, 'out.jsonl'), 'utf8').split('\n');
  if (end !== '' || more.length > 0) throw new Error('expected one line');
  const statement = parseStatement(parseBundle(line, 'the summary').envelope);
  return { ...parseVsa(statement), digest: statement.subject[0]?.digest };
}
