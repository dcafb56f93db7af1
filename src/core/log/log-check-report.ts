/** What came of one checkpoint. Only `pass` counts as passing. */
export type CheckpointOutcome = 'pass' | 'fail' | 'missing' | 'skip' | 'error';

/** One checkpoint of the file, and what the log says to it. Texts are untrusted: renderers escape them. */
export interface CheckedCheckpoint {
  /** In the file, from 1. */
  readonly number: number;
  /** Lower-case hex SHA-256 of the signed note, as the provenance of the run lists it. */
  readonly sha256: string;
  /** `pass`: the log begins with the records that were signed; `missing`: no trusted key signed it; `error`: malformed. */
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

/** The answer of `log-check`. */
export interface LogCheckReport {
  /** What was read of the log now. */
  readonly log: {
    readonly name: string;
    readonly bytes: number;
    readonly records: number;
    /** Over all of them; lower-case hex. */
    readonly root: string;
  };
  readonly result: 'pass' | 'fail' | 'malformed' | 'incomplete';
  readonly verdict: string;
  /** Of which log the checkpoints that were compared say that they are. */
  readonly origin?: string;
  /** In the order of the file. */
  readonly checkpoints: readonly CheckedCheckpoint[];
}

/** Design §5: a contradiction comes first, then what is malformed, then what is missing; nothing compared is no pass. */
export function resultOf(checkpoints: readonly CheckedCheckpoint[]): LogCheckReport['result'] {
  const has = (outcome: CheckpointOutcome): boolean => checkpoints.some((checked) => checked.outcome === outcome);
  if (has('fail')) return 'fail';
  if (has('error')) return 'malformed';
  return has('pass') ? 'pass' : 'incomplete';
}

/** One sentence: what holds, or the first reason why not. */
export function verdictOf(
  result: LogCheckReport['result'],
  log: LogCheckReport['log'],
  checkpoints: readonly CheckedCheckpoint[],
): string {
  if (result === 'pass') {
    const passed = checkpoints.filter(({ outcome }) => outcome === 'pass');
    const newest = Math.max(...passed.map(({ size }) => size ?? 0));
    const by = passed.length === 1 ? 'a checkpoint' : `${passed.length} checkpoints`;
    return `only appended to: the log begins with the ${newest} records of ${by}, and has ${log.records} now`;
  }
  const wanted = { fail: 'fail', malformed: 'error', incomplete: 'missing' }[result];
  const reason = checkpoints.find(({ outcome }) => outcome === wanted) ?? checkpoints[0];
  const prefix = result === 'fail' ? 'not only appended to' : 'not decided';
  return `${prefix}: ${reason === undefined ? 'there is no checkpoint' : `checkpoint ${reason.number}: ${reason.message}`}`;
}
