import { chmodSync, cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { tempDir } from '../core/model/support.ts';
import { attest } from '../core/verify/attest-support.ts';
import { safetensors, writeFiles } from '../core/verify/support.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** A file of the repository that others copy or include. */
export const readYaml = (file: string): unknown => parse(readFileSync(path.join(ROOT, file), 'utf8'));

/**
 * A folder with keys, a model that is attested, one that was changed after, and one that nobody signed.
 *
 * @param dir an empty folder of the caller; otherwise one that is removed after the test
 */
export async function workplace(dir = tempDir()): Promise<string> {
  for (const name of ['p256.key', 'p256.pub', 'p384.key', 'p384.pub']) {
    cpSync(path.join(ROOT, 'fixtures/keys', name), path.join(dir, name));
    chmodSync(path.join(dir, name), 0o600);
  }
  for (const name of ['good', 'bad', 'unsigned'])
    writeFiles(path.join(dir, name), { 'config.json': '{}\n', 'model.safetensors': safetensors({ w: [1, 2] }) });
  for (const name of ['good', 'bad']) await attest(path.join(dir, name), { name: 'tiny' });
  writeFiles(path.join(dir, 'bad'), { 'model.safetensors': safetensors({ w: [1, 3] }) });
  return dir;
}
