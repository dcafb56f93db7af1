import type { DigestSet } from '../../digest/pure.ts';
import type { Evaluated } from '../evaluated.ts';

/** A statement as it was compared with the bytes. */
export interface Candidate extends Evaluated {
  /** About an ancestor, whose evidence travels with the model: never stands for the model itself. */
  readonly isAncestor: boolean;
}

/** What was recomputed of the bytes for the statements that match them. */
export function observedDigests(candidates: readonly Candidate[]): DigestSet {
  const matching = candidates.filter(({ match }) => match.outcome === 'match');
  return Object.assign({}, ...matching.map(({ match }) => match.observed).toReversed());
}
