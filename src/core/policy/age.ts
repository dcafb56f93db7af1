import {
  APPROVAL_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
  type Statement,
  VSA_PREDICATE_TYPE,
} from '../attestation/index.ts';
import type { JsonValue } from '../bytes/index.ts';
import { parsePath, type ValuePath, valuesAt } from './path.ts';
import type { Requirement } from './schema-requirement.ts';
import { parseDuration, parseInstant } from './time.ts';

/** Where a statement of each type says itself when it was made. */
const CLAIMED: Readonly<Record<string, readonly string[]>> = {
  [PROVENANCE_PREDICATE_TYPE]: ['runDetails.metadata.finishedOn', 'runDetails.metadata.startedOn'],
  [VSA_PREDICATE_TYPE]: ['timeVerified'],
  [APPROVAL_PREDICATE_TYPE]: ['approvedOn'],
};

function claimedTime({ predicateType, predicate }: Statement): Date | undefined {
  const paths = Object.hasOwn(CLAIMED, predicateType) ? (CLAIMED[predicateType] ?? []) : [];
  for (const path of paths) {
    const [value]: readonly (JsonValue | undefined)[] = valuesAt(predicate, parsePath(path) as ValuePath).values;
    const time = parseInstant(value);
    if (time !== undefined) return time;
  }
  return undefined;
}

export interface AgeProblem {
  readonly outcome: 'missing' | 'unknown';
  readonly message: string;
}

/**
 * Whether a statement is young enough at the time of verifying. A trusted time is one that a transparency log has signed; what the signer
 * states himself counts only where the requirement says so; without either the age is not known.
 *
 * @param trusted when a log saw the signature
 */
export function ageProblem(
  { maxAge, time }: Pick<Requirement, 'maxAge' | 'time'>,
  statement: Statement,
  trusted: Date | undefined,
  at: Date,
): AgeProblem | undefined {
  if (maxAge === undefined) return undefined;
  const claimed = claimedTime(statement);
  const made = trusted ?? (time === 'claimed' ? claimed : undefined);
  if (made === undefined) {
    const message =
      claimed === undefined
        ? 'nothing says when it was made'
        : 'only its signer says when it was made, and time: claimed is not set';
    return { outcome: 'unknown', message };
  }
  if (made > at) return { outcome: 'unknown', message: `was made at ${made.toISOString()}, later than now` };
  if (at.getTime() - made.getTime() <= (parseDuration(maxAge) ?? 0)) return undefined;
  return { outcome: 'missing', message: `expired: made at ${made.toISOString()}, more than ${maxAge} ago` };
}
