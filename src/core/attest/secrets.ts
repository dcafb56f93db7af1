import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

/** Shapes of credentials that are known to be credentials whatever their name. */
const SECRET_VALUES: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/,
  /\bglpat-[A-Za-z0-9_-]{16,}/,
  /\bhf_[A-Za-z0-9]{20,}/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\./,
  /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]+@/i,
];
const SECRET_NAME = /(?:^|[._-])(?:password|passwd|passphrase|secret|token|credentials?|api[_-]?key|private[_-]?key)$/i;

/**
 * Refuses a parameter that is, or is named like, a secret: what `attest` records is public for good.
 *
 * @throws StemmaError USAGE, without the value
 */
export function refuseSecret(name: string, value: string): void {
  if (!SECRET_NAME.test(name) && !SECRET_VALUES.some((pattern) => pattern.test(value))) return;
  throw new StemmaError('USAGE', `parameter ${quote(name, 80)} looks like a secret, and an attestation is public`, {
    hint: 'leave it out, or record a name for it instead of its value',
  });
}
