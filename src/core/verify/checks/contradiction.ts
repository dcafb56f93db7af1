import type { Candidate } from './candidate.ts';
import type { ClassifiedStatement } from './classify.ts';

/** An identity statement says what the bytes of the model are (design §5). */
export const isIdentity = ({ content }: ClassifiedStatement): boolean =>
  content.kind === 'oms' || content.kind === 'model';

/**
 * Whether a statement speaks against the bytes. One in the model's own evidence, or given as its signature, is about this model;
 * one from elsewhere that agrees in nothing is about another, and so is a provenance of other bytes (design §5).
 */
export function contradictsBytes({ statement, match, isAncestor }: Candidate): boolean {
  if (isAncestor) return false;
  if (match.outcome === 'contradicts') return true;
  return match.outcome === 'different' && statement.origin !== 'attestations' && isIdentity(statement);
}
