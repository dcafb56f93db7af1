import { StemmaError } from '../core/errors/index.ts';
import { canAsk, confirm } from './confirm.ts';

export interface Consent {
  readonly yes: boolean;
  readonly isJson: boolean;
}

/**
 * Whoever cannot be asked says beforehand that what he attests may be public.
 *
 * @throws StemmaError USAGE
 */
export function requireConsent({ yes, isJson }: Consent): void {
  if (yes || canAsk(isJson)) return;
  throw new StemmaError('USAGE', 'pinning makes this public, and nobody is there to be asked', {
    hint: '--dry-run shows what it is; --yes agrees to it',
  });
}

/**
 * Lets the user see what becomes public, and asks once whether it may.
 *
 * @param show prints the list
 * @returns what is called before anything is sent to others; it throws USAGE where nobody can be asked, INTERRUPTED for a no
 */
export function askOnce(
  consent: Consent,
  { show, signal }: { readonly show: () => void; readonly signal: AbortSignal },
): () => Promise<void> {
  let asked: Promise<void> | undefined;
  return () => (asked ??= ask(consent, show, signal));
}

async function ask(consent: Consent, show: () => void, signal: AbortSignal): Promise<void> {
  show();
  if (consent.yes) return;
  requireConsent(consent);
  if (!(await confirm('This becomes public and cannot be taken back. Pin it?', signal))) {
    throw new StemmaError('INTERRUPTED', 'nothing was sent');
  }
}
