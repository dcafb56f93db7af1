import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import type { SaltedLogFile } from '../core/trainlog/index.ts';
import { repeatable } from './flags.ts';

/** `--salted-log LOG=SECRET`, repeatable. Both are files: a secret itself is never an argument. */
export function saltedLogFlag(summary: string, helpGroup: string) {
  return repeatable({ summary, helpValue: 'LOG=SECRET', helpGroup });
}

/**
 * Its values. The name of the log may hold `=`, that of the secret does not.
 *
 * @throws StemmaError USAGE
 */
export function parseSaltedLogs(values: readonly string[] | undefined): SaltedLogFile[] {
  return (values ?? []).map((text) => {
    const equals = text.lastIndexOf('=');
    const [file, secret] = [text.slice(0, Math.max(equals, 0)), text.slice(equals + 1)];
    if (file !== '' && secret !== '') return { file, secret };
    throw new StemmaError('USAGE', `expected --salted-log LOG=SECRET, two files, found ${quote(text, 80)}`, {
      hint: 'for example --salted-log train.jsonl=train.secret; attest makes the secret',
    });
  });
}
