import type { LogRoot } from '../../attestation/index.ts';
import { compareDigestSets, SALTED_TREE } from '../../digest/pure.ts';
import type { LogDigest } from '../../trainlog/index.ts';
import type { Check, EvidenceRef, Fact } from '../report.ts';
import { logFact } from './provenance-facts.ts';

/** A log as a trusted statement names it. */
export interface LoggedRoot {
  /** An evaluation says nothing of a last record that is cut off. */
  readonly log: Omit<LogRoot, 'truncated'> & { readonly truncated?: boolean };
  readonly ref: EvidenceRef;
  readonly by: 'provenance' | 'evaluation';
}

export interface LogFinding {
  readonly check: Check;
  /** What provenance says of the log, where it is that log. */
  readonly recomputed: readonly Fact[];
}

/**
 * A log against the roots that trusted provenance and evaluations list: equal to one of them, or named like one and different, or
 * unknown.
 */
export function logCheck(found: LogDigest, roots: readonly LoggedRoot[]): LogFinding {
  const base = { id: 'content.log', step: 'content', title: `training log ${found.name}`, required: true } as const;
  const equal = roots.find(({ log }) => isSame(found, log));
  if (equal !== undefined) {
    const message = `${found.size} records, ${found.bytes} bytes: ${isSalted(found) ? 'salted root' : 'root and SHA-256'} equal`;
    const check = { ...base, outcome: 'pass', message, evidence: equal.ref } as const;
    return { check, recomputed: equal.by === 'provenance' ? [logFact(equal.log)] : [] };
  }
  const partial = roots.find(({ log }) => compareDigestSets(found.digests, log.digest, true).equal.length > 0);
  const named =
    partial ??
    roots.find(({ log }) => log.name === found.name && isSalted({ digests: log.digest }) === isSalted(found));
  if (named !== undefined) {
    const { log, by } = named;
    const counts = log.size === found.size ? '' : `: it lists ${log.size} records, the file has ${found.size}`;
    const secret = isSalted(found) && counts === '' ? ': other bytes, or another secret' : '';
    const message = `differs from the log that the ${by} lists${counts}${secret}`;
    return unequal({ ...base, outcome: 'fail', message, evidence: named.ref });
  }
  const otherwise = roots.find(({ log }) => log.name === found.name);
  if (otherwise !== undefined) {
    const [message, hint] = isSalted(found)
      ? ['lists this log without a salt', 'give the log with --log alone']
      : ['lists this log salted', 'whoever has its secret gives both: --salted-log LOG=SECRET'];
    const said = `the ${otherwise.by} ${message}`;
    return unequal({ ...base, outcome: 'unknown', message: said, hint, evidence: otherwise.ref });
  }
  const message =
    roots.length === 0
      ? 'no trusted provenance or evaluation of these bytes lists a log'
      : `none of the ${roots.length} logs in the provenance and the evaluations is this one`;
  const hint = 'attest the model with --log to commit to its training logs';
  return unequal({ ...base, outcome: 'missing', message, hint });
}

const unequal = (check: Check): LogFinding => ({ check, recomputed: [] });

const isSalted = ({ digests }: Pick<LogDigest, 'digests'>): boolean => Object.hasOwn(digests, SALTED_TREE);

function isSame(found: LogDigest, { digest, size, records, truncated = found.truncated }: LoggedRoot['log']): boolean {
  const { unequal, equal } = compareDigestSets(found.digests, digest, true);
  return (
    equal.length > 0 &&
    unequal.length === 0 &&
    size === found.size &&
    records === found.kind &&
    truncated === found.truncated
  );
}
