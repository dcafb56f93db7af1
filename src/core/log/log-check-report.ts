import { hexEncode } from '../bytes/index.ts';
import type { ReadCheckpoint } from './read-checkpoints.ts';

/** What came of one checkpoint. Only `pass` counts as passing, and none that is `unknown` may stand beside it. */
export type CheckpointOutcome = 'pass' | 'fail' | 'missing' | 'unknown' | 'skip' | 'error';

/** One checkpoint of the file, and what the log says to it. Texts are untrusted: renderers escape them. */
export interface CheckedCheckpoint {
  /** In the file, from 1. */
  readonly number: number;
  /** Lower-case hex SHA-256 of the signed note, as the provenance of the run lists it. */
  readonly sha256: string;
  /**
   * `pass`: the log begins with the records that were signed; `missing`: no trusted key signed it; `unknown`: signed,
   * and beyond the end of the proof; `skip`: of another log, or not at an end of the proof; `error`: malformed.
   */
  readonly outcome: CheckpointOutcome;
  readonly message: string;
  /** Absent where the checkpoint is malformed. */
  readonly origin?: string;
  /** How many records it covers. */
  readonly size?: number;
  /** Lower-case hex. */
  readonly root?: string;
  /** The trusted key: fingerprint, and what the caller calls it. */
  readonly signer?: { readonly fingerprint: string; readonly trustedAs: string };
}

/** A log as it is now, or as a newer checkpoint says that it was. */
export interface ComparedLog {
  /** Of the file that was read. */
  readonly name: string;
  /** Of the log; absent where a proof stands for it. */
  readonly bytes?: number;
  readonly records: number;
  /** Over all of them; lower-case hex. */
  readonly root: string;
}

/** The answer of `log-check`. */
export interface LogCheckReport {
  /** What the checkpoints were compared with. */
  readonly log: ComparedLog;
  readonly result: 'pass' | 'fail' | 'malformed' | 'incomplete';
  readonly verdict: string;
  /** Of which log the checkpoints that were compared say that they are. */
  readonly origin?: string;
  /** In the order of the file. */
  readonly checkpoints: readonly CheckedCheckpoint[];
  /** Where a proof was asked for, and the log only appended to: from which size to which, and the name of the file. */
  readonly proof?: { readonly from: number; readonly to: number; readonly file: string };
}

/** @param judged what came of it, and in which words */
export function checkedCheckpoint(
  one: ReadCheckpoint,
  [outcome, message]: readonly [CheckpointOutcome, string],
): CheckedCheckpoint {
  const { number, sha256 } = one;
  if (one.kind === 'malformed') return { number, sha256, outcome, message };
  const { origin, size, root } = one.checkpoint;
  const signer =
    one.signer === undefined
      ? {}
      : { signer: { fingerprint: one.signer.key.fingerprint, trustedAs: one.signer.label } };
  return { number, sha256, outcome, message, origin, size: Number(size), root: hexEncode(root), ...signer };
}

/** Design §5: a contradiction comes first, then what is malformed, then what is missing; nothing compared is no pass. */
export function resultOf(checkpoints: readonly CheckedCheckpoint[]): LogCheckReport['result'] {
  const has = (outcome: CheckpointOutcome): boolean => checkpoints.some((checked) => checked.outcome === outcome);
  if (has('fail')) return 'fail';
  if (has('error')) return 'malformed';
  if (has('unknown')) return 'incomplete';
  return has('pass') ? 'pass' : 'incomplete';
}

/** One sentence: what holds, or the first reason why not. */
export function verdictOf(
  result: LogCheckReport['result'],
  log: ComparedLog,
  checkpoints: readonly CheckedCheckpoint[],
): string {
  if (result === 'pass') {
    const passed = checkpoints.filter(({ outcome }) => outcome === 'pass');
    const newest = Math.max(...passed.map(({ size }) => size ?? 0));
    const by = passed.length === 1 ? 'a checkpoint' : `${passed.length} checkpoints`;
    const first = `${newest} ${newest === 1 ? 'record' : 'records'}`;
    return log.bytes === undefined
      ? `only appended to: a log of ${log.records} records begins with the ${first} of ${by}`
      : `only appended to: the log begins with the ${first} of ${by}, and has ${log.records} now`;
  }
  const wanted = { fail: ['fail'], malformed: ['error'], incomplete: ['unknown', 'missing'] }[result];
  const [reason = checkpoints[0]] = wanted.flatMap((one) => checkpoints.filter(({ outcome }) => outcome === one));
  const prefix = result === 'fail' ? 'not only appended to' : 'not decided';
  return `${prefix}: ${reason === undefined ? 'there is no checkpoint' : `checkpoint ${reason.number}: ${reason.message}`}`;
}
