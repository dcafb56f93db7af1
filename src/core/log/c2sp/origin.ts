import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, encodeUtf8, hexEncode } from '../../bytes/index.ts';
import { isKeyName } from './note.ts';

const RUN_TAG = encodeUtf8('stemma/run/v1\0');
const INVOCATION_BYTES = 16;
const PREFIX = 'stemma.run/';

/**
 * What stands for one run in the origins of its logs: 16 bytes in hex of `SHA-256("stemma/run/v1\0" · startedOn · DER SPKI)`, and
 * before it the CI system's id where there is one, with a `/`. The id alone would be that of every run of one job, or of a matrix:
 * two logs under one origin, which is what an equivocation looks like (docs/decisions/0012-origins-of-runs.md).
 *
 * @param startedOn as the provenance has it
 * @param spki of the key that signs
 */
export function runInvocation(ciId: string | undefined, startedOn: string, spki: Uint8Array): string {
  const digest = sha256(concatBytes(RUN_TAG, encodeUtf8(startedOn), spki));
  const run = hexEncode(digest.subarray(0, INVOCATION_BYTES));
  return ciId === undefined || ciId === '' ? run : `${escapeName(ciId)}/${run}`;
}

/**
 * Origin and key name of one log of a run.
 *
 * @param log `stdout`, `stderr`, or the position of `--log` from 0
 * @throws RangeError where that is no name for a key
 */
export function runOrigin(invocation: string, log: string): string {
  const origin = `${PREFIX}${invocation}/${log}`;
  if (log === '' || log.includes('/') || !isKeyName(origin)) throw new RangeError(`not the origin of a log: ${origin}`);
  return origin;
}

/** What the name of a key cannot hold becomes %XX, as in a URI. */
function escapeName(text: string): string {
  const escape = (char: string): string =>
    Array.from(encodeUtf8(char), (byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
  return Array.from(text, (char) => (isKeyName(char) ? char : escape(char))).join('');
}
