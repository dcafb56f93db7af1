import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../core/bytes/index.ts';
import { isStemmaError, StemmaError } from '../core/errors/index.ts';
import { readSmallFile } from '../core/evidence/index.ts';
import { MAX_POLICY_BYTES, type PolicyFormat, readPolicyEnvelope } from '../core/policy/index.ts';

/**
 * How a policy is written, by the name of its file: the payload type of its signature says so, and nobody should have to guess.
 *
 * @throws StemmaError USAGE
 */
export function policyFormatOfFile(file: string): PolicyFormat {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.json') return 'json';
  if (extension === '.yaml' || extension === '.yml') return 'yaml';
  throw new StemmaError('USAGE', `expected a policy named .yaml, .yml or .json, found ${quote(path.basename(file))}`);
}

/**
 * A signed policy never takes the place of the policy itself, and of another file only with `force`.
 *
 * @throws StemmaError USAGE, WOULD_OVERWRITE
 */
export async function requirePlaceForPolicy(file: string, output: string, force: boolean): Promise<void> {
  const found = await lstat(output).catch(() => undefined);
  if (path.resolve(file) === path.resolve(output) || (await isSameFile(file, output)))
    throw new StemmaError('USAGE', 'the signed policy would be written over the policy', {
      hint: 'choose another name, such as release.policy.signed.json',
    });
  if (force || found === undefined || !found.isFile() || found.size === 0) return;
  if (await isSignedPolicy(output)) return;
  throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(output))} exists already, and is no signed policy`, {
    hint: 'choose another name; --force replaces the file',
  });
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((file) => stat(file, { bigint: true }).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.isFile() && a.dev === b.dev && a.ino === b.ino;
}

async function isSignedPolicy(file: string): Promise<boolean> {
  try {
    return readPolicyEnvelope(await readSmallFile(file, { maxBytes: 3 * MAX_POLICY_BYTES })) !== undefined;
  } catch (error) {
    if (isStemmaError(error)) return false;
    throw error;
  }
}
