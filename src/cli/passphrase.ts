import { decodeUtf8 } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { readNamedFile } from './named-file.ts';
import { promptHidden } from './prompt.ts';

const MAX_BYTES = 4096;

/** Where a passphrase may come from. */
export interface PassphraseSources {
  /** The value of `--passphrase-file`. */
  readonly file: string | undefined;
  /** False under `--json`: a machine is not asked. */
  readonly mayPrompt: boolean;
  /** Ends a prompt. */
  readonly signal: AbortSignal;
}

/**
 * Finds the passphrase: `--passphrase-file`, else STEMMA_PASSPHRASE, else a prompt on a terminal. It is never an argument,
 * because arguments are seen by every user of the machine.
 *
 * @param questions what to ask: one question, or two that must get the same answer
 * @returns undefined where there is no source and nobody to ask
 * @throws StemmaError PASSPHRASE_MISSING for two answers that differ; the errors of reading the file; INTERRUPTED
 */
export async function findPassphrase(
  { file, mayPrompt, signal }: PassphraseSources,
  questions: readonly string[],
): Promise<string | undefined> {
  if (file !== undefined) {
    const text = decodeUtf8(await readNamedFile(file, 'passphrase file', MAX_BYTES));
    // Editors and echo end a file with a line break that nobody means.
    return text.replace(/\r?\n$/, '');
  }
  const given = process.env['STEMMA_PASSPHRASE'] ?? '';
  if (given !== '') return given;
  if (!mayPrompt || !process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const [answer, ...repeated] = await promptHidden(questions, signal);
  if (repeated.some((again) => again !== answer)) {
    throw new StemmaError('PASSPHRASE_MISSING', 'the two passphrases differ');
  }
  return answer;
}

/**
 * The passphrase for a new key.
 *
 * @throws StemmaError PASSPHRASE_MISSING where there is no source or it is empty, and as above
 */
export async function newPassphrase(sources: PassphraseSources): Promise<string> {
  const passphrase = await findPassphrase(sources, ['passphrase for the new key: ', 'once more: ']);
  if (passphrase !== undefined && passphrase !== '') return passphrase;
  const found = passphrase === '' ? 'found an empty one' : 'and there is no terminal to ask on';
  throw new StemmaError('PASSPHRASE_MISSING', `expected a passphrase for the new key, ${found}`, {
    hint: 'give --passphrase-file FILE, set STEMMA_PASSPHRASE, or say --no-passphrase to leave the key unencrypted',
  });
}
