import { StemmaError } from '../core/errors/index.ts';
import type { Dag, Disclosure, PinTarget } from '../core/ipfs/index.ts';
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
 * Lets the user see what becomes public, and asks whether it may, unless all targets hold it already or keep it to this machine.
 *
 * @param show prints the list
 * @throws StemmaError USAGE where nobody can be asked; INTERRUPTED for a no
 */
export async function agreeTo(
  { dag, disclosure, targets }: { dag: Dag; disclosure: Disclosure; targets: readonly PinTarget[] },
  consent: Consent,
  { show, signal }: { readonly show: (disclosure: Disclosure) => void; readonly signal: AbortSignal },
): Promise<void> {
  if (!(await becomesPublic(dag, targets, signal))) return;
  show(disclosure);
  if (consent.yes) return;
  requireConsent(consent);
  if (!(await confirm('This becomes public and cannot be taken back. Pin it?', signal))) {
    throw new StemmaError('INTERRUPTED', 'nothing was pinned');
  }
}

async function becomesPublic(dag: Dag, targets: readonly PinTarget[], signal: AbortSignal): Promise<boolean> {
  for (const target of targets) {
    if (!target.isPublic) continue;
    try {
      const holders = await target.holders(dag.root, signal);
      if (!holders.some(({ state }) => state === 'pinned')) return true;
      // A pin that is listed and lacks blocks is sent again, so a word of the target alone stands in for no consent.
      const held = await target.size?.(dag.root, signal);
      if (held !== undefined && (held.blocks !== dag.blockCount || held.bytes !== dag.blockBytes)) return true;
    } catch {
      // Whether it is there is not known, so it may become public; the pin itself says what is wrong.
      return true;
    }
  }
  return false;
}
