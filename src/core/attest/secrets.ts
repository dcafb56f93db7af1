import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

/** Shapes of credentials that are known to be credentials whatever their name. */
const SECRET_VALUES: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20}/,
  /\bgithub_pat_[A-Za-z0-9_]{20}/,
  /\bglpat-[A-Za-z0-9_-]{16}/,
  /\bhf_[A-Za-z0-9]{20}/,
  /\bsk-[A-Za-z0-9_-]{20}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10}/,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/,
  /\beyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10}/,
];
/** Words that mean a secret however they are glued to others (`PGPASSWORD`), and words that do where they stand alone. */
const SECRET_NAME =
  /(?:passwords?|passwd|passphrases?|secrets?)$|(?:^|[._-])(?:pwd|(?:db|pg|ssh|user|key|store)?pass|token|(?:access|api|auth|bearer|github|gitlab|hf|hub|refresh|wandb)[_-]?tokens?|credentials?|auth|authorization|cookies?|(?:access|account|anthropic|api|auth|comet|encryption|hf|master|openai|private|secret|signing|wandb)[_-]?keys?(?:[_-]?id)?)$/;
/** Of a compiler, a filter, a training loop. */
const PASS_NAME =
  /(?:^|[._-])(?:all|backward|band|first|forward|high|low|multi|n|num|one|per|second|single|two)[_-]pass$/;
/** Longer text is data, which is recorded by its digest (`--config`). */
const MAX_VALUE = 65_536;
/** What every tokenizer has, and nobody has to hide. */
const TOKENIZER_NAME =
  /(?:^|[._-])(?:bos|eos|pad|unk|sep|cls|mask|start|stop|end|special|prefix|suffix|image|audio|video)[_-]token$/;

/** User info, query and fragment of a URI, and paths of this machine: never recorded (design §4). */
const URI_USER_INFO = /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#@\s]{1,512}@/i;
const URI_QUERY = /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^?#\s]{1,2048}[?#]\S/i;
const FILE_URI = /\bfile:\//i;
const ABSOLUTE_PATH =
  /^(?:~?\/|~[\w.-]*\/|\\\\|[A-Za-z]:[\\/])|(?:^|[\s=,;:'"])(?:\/(?:home|Users|root)\/|[A-Za-z]:\\)/;

/**
 * Refuses a parameter that is, or is named like, a secret, or that names a place on this machine: what `attest` records is
 * public for good.
 *
 * @throws StemmaError USAGE, without the value
 */
export function refuseSecret(name: string, value: string): void {
  if (value.length > MAX_VALUE) {
    throw new StemmaError('USAGE', `parameter ${quote(name, 80)} has more than ${MAX_VALUE} characters`, {
      hint: 'put it into a file, and record that by its digest with --config',
    });
  }
  const why = isSecretName(name) ? 'looks like a secret' : publicationProblem(value);
  if (why === undefined) return;
  throw new StemmaError('USAGE', `parameter ${quote(name, 80)} ${why}, and an attestation is public`, {
    hint: 'leave it out, or record a name for it instead of its value',
  });
}

/** Why a text must not be made public, or undefined. */
export function publicationProblem(text: string): string | undefined {
  if (isSecretValue(text)) return 'looks like a secret';
  if (URI_USER_INFO.test(text)) return 'holds a URI with user info';
  if (URI_QUERY.test(text)) return 'holds a URI with a query or fragment';
  if (FILE_URI.test(text)) return 'holds the URI of a file';
  return ABSOLUTE_PATH.test(text) ? 'holds an absolute path' : undefined;
}

/** Whether something of this name is a secret, whatever its value. */
export function isSecretName(name: string): boolean {
  // `hfToken` and `HFToken` are spelt like `hf_token` in other languages.
  const words = name.replaceAll(/([a-z0-9])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$&_').toLowerCase();
  return SECRET_NAME.test(words) && !TOKENIZER_NAME.test(words) && !PASS_NAME.test(words);
}

/** Whether a text holds something that is known to be a credential, whatever its name. */
export function isSecretValue(value: string): boolean {
  return SECRET_VALUES.some((pattern) => pattern.test(value));
}
