import type { LogRoot } from '../../attestation/index.ts';
import { compareDigestSets } from '../../digest/pure.ts';
import type { LogDigest } from '../../trainlog/index.ts';
import type { Check, EvidenceRef } from '../report.ts';

export interface LoggedRoot {
  readonly log: LogRoot;
  readonly ref: EvidenceRef;
}

/** A log against the roots that trusted provenance lists: equal to one of them, or named like one and different, or unknown. */
export function logCheck(found: LogDigest, roots: readonly LoggedRoot[]): Check {
  const base = { id: 'content.log', step: 'content', title: `training log ${found.name}`, required: true } as const;
  const equal = roots.find(({ log }) => isSame(found, log));
  if (equal !== undefined) {
    return {
      ...base,
      outcome: 'pass',
      message: `${found.size} records, ${found.bytes} bytes: root and SHA-256 equal`,
      evidence: equal.ref,
    };
  }
  const partial = roots.find(({ log }) => compareDigestSets(found.digests, log.digest, true).equal.length > 0);
  const named = partial ?? roots.find(({ log }) => log.name === found.name);
  if (named !== undefined) {
    const { log } = named;
    const counts = log.size === found.size ? '' : `: it lists ${log.size} records, the file has ${found.size}`;
    return {
      ...base,
      outcome: 'fail',
      message: `differs from the log that the provenance lists${counts}`,
      evidence: named.ref,
    };
  }
  const message =
    roots.length === 0
      ? 'no trusted provenance about these bytes lists a log'
      : `none of the ${roots.length} logs in the provenance is this one`;
  return { ...base, outcome: 'missing', message, hint: 'attest the model with --log to commit to its training logs' };
}

function isSame(found: LogDigest, log: LogRoot): boolean {
  const { unequal, equal } = compareDigestSets(found.digests, log.digest, true);
  return (
    equal.length > 0 &&
    unequal.length === 0 &&
    log.size === found.size &&
    log.records === found.kind &&
    log.truncated === found.truncated
  );
}
