/**
 * Flags that weaken a verdict, or leave out or overwrite something: only the command line can set them, because an
 * environment variable is inherited unseen (design §5). Every `--ignore…` and `--no-…` flag belongs to them as well.
 */
export const WEAKENING_FLAGS: readonly string[] = [
  'accept-sample',
  'allow-symlinks',
  'fast',
  'force',
  'integrity-only',
  'mutable',
  'opaque',
  'sample',
  'time',
];

/** Flags that name whom to trust: an inherited variable must not add anyone to those on the command line (design §5). */
export const TRUST_FLAGS: readonly string[] = [
  'cert-chain',
  'identity',
  'identity-provider',
  'policy',
  'policy-key',
  'trusted-root',
];

/** Flags by which a person agrees to something, to reach the network for one: an inherited variable agrees to nothing. */
const CONSENT_FLAGS: readonly string[] = ['online', 'yes'];

/** Whether a flag has no `STEMMA_*` twin. `--key` names its variable itself: STEMMA_TRUSTED_KEYS stands in where no flag says whom to trust. */
export function isOnlyOnCommandLine(flag: string): boolean {
  return isWeakening(flag) || TRUST_FLAGS.includes(flag) || CONSENT_FLAGS.includes(flag);
}

export function isWeakening(flag: string): boolean {
  return WEAKENING_FLAGS.includes(flag) || flag.startsWith('ignore') || flag.startsWith('no-');
}
