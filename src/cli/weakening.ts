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
  'opaque',
  'sample',
  'time',
];

export function isWeakening(flag: string): boolean {
  return WEAKENING_FLAGS.includes(flag) || flag.startsWith('ignore') || flag.startsWith('no-');
}
