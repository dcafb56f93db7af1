import { existsSync } from 'node:fs';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { BaseReference } from './reference.ts';

/** Parts per million, as a link has it: an integer, so that everybody reads the same number. */
const WHOLE = 1_000_000;
const HINT = 'as in --base merged-from=REF,share=0.6: more than 0 and at most 1, or 60%, with at most six decimals';

/**
 * `REF,share=0.6` of `--base`. A path that is there is a path, whatever is in its name.
 *
 * @throws StemmaError USAGE for a share that is none
 */
export function splitShare(text: string): { readonly reference: string; readonly share: number | undefined } {
  const at = text.lastIndexOf(',share=');
  if (at < 0 || existsSync(text)) return { reference: text, share: undefined };
  return { reference: text.slice(0, at), share: parseShare(text.slice(at + ',share='.length)) };
}

/** By its digits, since a product of binary fractions is not the number that was written. */
function parseShare(text: string): number {
  const [, whole, tenths = ''] = /^(\d)(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  const [, percent, parts = ''] = /^(\d{1,3})(?:\.(\d{1,4}))?%$/.exec(text) ?? [];
  const share =
    whole === undefined ? Number(`${percent}${parts.padEnd(4, '0')}`) : Number(`${whole}${tenths.padEnd(6, '0')}`);
  if (share > 0 && share <= WHOLE) return share;
  throw new StemmaError('USAGE', `expected a share of a merge, found ${quote(text, 40)}`, { hint: HINT });
}

/**
 * Refuses shares that cannot all be true, and those that would leave open what was meant.
 *
 * @throws StemmaError USAGE
 */
export function requireShares(bases: readonly BaseReference[], parameters: Readonly<Record<string, string>>): void {
  const shared = bases.filter(({ share }) => share !== undefined);
  if (shared.length === 0) return;
  const other = shared.find(({ relation }) => relation !== 'merged-from');
  if (other !== undefined)
    throw new StemmaError('USAGE', `a share is that of a merge, found one with ${other.relation}`, { hint: HINT });
  const total = shared.reduce((sum, { share = 0 }) => sum + share, 0);
  if (total > WHOLE)
    throw new StemmaError('USAGE', `expected shares whose sum is at most 1, found a sum of ${total / WHOLE}`, {
      hint: HINT,
    });
  if (Object.hasOwn(parameters, 'weights'))
    throw new StemmaError('USAGE', 'the weights of a merge are said twice: by shares, and by --param weights', {
      hint: 'leave out the one or the other: which of them was meant nobody could tell',
    });
}
