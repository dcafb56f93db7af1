import { string } from '@oclif/core/flags';
import { repeatable } from './flags.ts';
import { warnIfExposed } from './keys.ts';
import { readNamedFile } from './named-file.ts';

/** Comments included. */
const MAX_IDENTITY_BYTES = 64 * 1024;

/** `--decrypt-with FILE`: the text of a key is never an argument. */
export function decryptWithFlag(helpGroup?: string) {
  return string({
    summary: 'file with your age key, for what is encrypted',
    helpValue: 'FILE',
    ...(helpGroup === undefined ? {} : { helpGroup }),
  });
}

/**
 * The age identities in the file of `--decrypt-with`; undefined where it was not given.
 *
 * @throws StemmaError KEY_INVALID; as `readNamedFile`
 */
export async function loadIdentities(file: string | undefined, warn: (message: string) => void) {
  if (file === undefined) return undefined;
  const { parseIdentities } = await import('../core/ipfs/index.ts');
  const bytes = await readNamedFile(file, 'age key file', MAX_IDENTITY_BYTES);
  await warnIfExposed(file, warn);
  return parseIdentities(bytes);
}

/** `--encrypt-to age1…`, repeatable. */
export function encryptToFlag(helpGroup?: string) {
  return repeatable({
    summary: 'age recipient who alone will be able to read it',
    helpValue: 'RECIPIENT',
    ...(helpGroup === undefined ? {} : { helpGroup }),
  });
}

/**
 * The recipients of `--encrypt-to`; undefined where nobody was named.
 *
 * @throws StemmaError USAGE
 */
export async function readRecipients(values: readonly string[] | undefined) {
  if (values === undefined || values.length === 0) return undefined;
  const { parseRecipients } = await import('../core/ipfs/index.ts');
  return parseRecipients(values);
}
