import { formatCid } from '../cid.ts';
import type { Dag } from '../dag.ts';
import type { Holder } from './target.ts';

/** What is compared with what was computed here, in this order. */
export type PinCheckId = 'pin.root' | 'pin.listed' | 'pin.size' | 'pin.content';

export interface PinCheck {
  readonly id: PinCheckId;
  /** `fail` contradicts what was said or computed; `missing` is not there; `error` could not be asked; `skip` was not. */
  readonly outcome: 'pass' | 'fail' | 'missing' | 'skip' | 'error';
  readonly message: string;
  readonly hint?: string;
}

export interface TargetReport {
  /** As the user named it. */
  readonly target: string;
  readonly checks: readonly PinCheck[];
  readonly holders: readonly Holder[];
}

export interface PinReport {
  readonly result: 'pass' | 'fail' | 'incomplete' | 'unavailable';
  readonly cid: string;
  /** Unknown where only a CID was named. */
  readonly blocks?: number;
  readonly bytes?: number;
  /** How many different holders have it, over all targets, and how many are needed. */
  readonly held: number;
  readonly required: number;
  readonly targets: readonly TargetReport[];
}

/**
 * The verdict, from the checks and the holders alone. A contradiction anywhere is a failure. Holders of a target with a failed check
 * count for nothing. Where enough are left, a target that could not be asked changes nothing, unless `all` have to be done.
 */
export function pinReport(
  root: Parameters<typeof formatCid>[0],
  dag: Dag | undefined,
  targets: readonly TargetReport[],
  { required, all }: { readonly required: number; readonly all: boolean },
): PinReport {
  const outcomes = targets.flatMap(({ checks }) => checks.map(({ outcome }) => outcome));
  const sound = targets.filter(({ checks }) =>
    checks.every(({ outcome }) => outcome !== 'fail' && outcome !== 'error'),
  );
  const holding = sound.flatMap(({ holders }) => holders.filter(({ state }) => state === 'pinned'));
  const held = new Set(holding.map(({ peer }) => peer)).size;
  const isShort = held < required || (all && outcomes.includes('missing'));
  const isUnasked = outcomes.includes('error') && (all || isShort);
  return {
    result: outcomes.includes('fail') ? 'fail' : isUnasked ? 'unavailable' : isShort ? 'incomplete' : 'pass',
    cid: formatCid(root),
    ...(dag === undefined ? {} : { blocks: dag.blockCount, bytes: dag.blockBytes }),
    held,
    required,
    targets,
  };
}
