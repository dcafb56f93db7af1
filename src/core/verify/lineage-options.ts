import type { JudgeAncestor, LineageRules } from '../lineage/index.ts';
import type { TrustEntry } from './trust.ts';

/** Generations that are followed where nothing else is said. */
export const DEFAULT_MAX_DEPTH = 32;

/** Whom a run trusts for ancestors: somebody else than for the model, and never for it. */
export interface AncestorOptions {
  readonly trust: readonly TrustEntry[];
  /** What an ancestor needs; an identity statement by anybody of `trust` where not given. */
  readonly judge?: JudgeAncestor;
  readonly rules?: LineageRules;
}
