import type { ListedCheckpoint, LogRoot, Provenance } from '../../attestation/index.ts';
import { equalBytes, hexEncode, quote } from '../../bytes/index.ts';
import { LOG_TREE } from '../../digest/pure.ts';
import type { LogPrefixes, ReadCheckpoint } from '../../log/index.ts';
import type { Check, EvidenceRef } from '../report.ts';
import { type Findings, together } from './findings.ts';
import { checkpointFacts } from './provenance-facts.ts';

/** A run as its trusted provenance tells of it. */
export interface CheckpointedRun {
  readonly provenance: Pick<Provenance, 'checkpoints' | 'logs'>;
  readonly ref: EvidenceRef;
}

type Malformed = Extract<ReadCheckpoint, { readonly kind: 'malformed' }>;
type Readable = Exclude<ReadCheckpoint, Malformed>;
type Finding = Pick<Check, 'outcome' | 'errorClass' | 'message' | 'hint'>;

/**
 * The checkpoints of one file against the lists in trusted provenance: for each run of which the file has some, whether they are
 * the first ones that were made, in their order, and whether the logs that were signed in the end begin with their records.
 *
 * @param logs those that the caller gave, as they are now, with their roots at the sizes of the checkpoints
 */
export function checkpointChecks(
  name: string,
  notes: readonly ReadCheckpoint[],
  runs: readonly CheckpointedRun[],
  logs: readonly LogPrefixes[],
): Findings {
  const base = { id: 'content.checkpoints', step: 'content', title: `checkpoints in ${name}`, required: true } as const;
  const malformed = notes.find((note) => note.kind === 'malformed');
  const findings = runs.flatMap(({ provenance, ref }): Findings[] => {
    const origins = new Set(provenance.checkpoints.map(({ origin }) => origin));
    const mine = notes.filter(
      (note): note is Readable => note.kind !== 'malformed' && origins.has(note.checkpoint.origin),
    );
    if (mine.length === 0) return [];
    const { held, ...found } = judge(provenance, mine, logs);
    const isSpoilt = malformed !== undefined && found.outcome !== 'fail';
    const check = { ...base, ...(isSpoilt ? unreadable(malformed) : found), evidence: ref };
    const isWhole = check.outcome === 'pass' && held === provenance.checkpoints.length;
    return [{ checks: [check], recomputed: isWhole ? checkpointFacts(provenance.checkpoints) : [] }];
  });
  if (findings.length > 0) return together(findings);
  if (malformed !== undefined) return { checks: [{ ...base, ...unreadable(malformed) }], recomputed: [] };
  const message =
    runs.length === 0
      ? 'no trusted provenance of these bytes lists a checkpoint'
      : 'none of them is of the run that made these bytes';
  return { checks: [{ ...base, outcome: 'missing', message }], recomputed: [] };
}

const unreadable = ({ number, message }: Malformed): Finding => ({
  outcome: 'error',
  errorClass: 'malformed',
  message: `checkpoint ${number}: ${message}`,
});

/** @param notes those under an origin that the provenance lists, in the order of the file; at least one */
function judge(
  provenance: CheckpointedRun['provenance'],
  notes: readonly Readable[],
  logs: readonly LogPrefixes[],
): Finding & { readonly held?: number } {
  const { checkpoints: listed } = provenance;
  const positions = new Map(listed.map(({ sha256 }, position) => [sha256, position]));
  const signedLogs = new Map(provenance.logs.map((log) => [log.name, log]));
  const held = new Set<number>();
  const comparedLogs = new Set<string>();
  let last = -1;
  let stranger: Readable | undefined;
  for (const note of notes) {
    const position = positions.get(note.sha256);
    const entry = position === undefined ? undefined : listed[position];
    if (note.kind === 'bad') return failed(note, 'its signature is not that of the trusted key which it names');
    if (position === undefined || entry === undefined) {
      if (note.kind === 'signed')
        return failed(note, 'it is signed, and the provenance does not list it: two histories');
      stranger ??= note;
      continue;
    }
    if (held.has(position)) continue;
    if (position < last) return failed(note, 'it stands after one that was made later');
    held.add(position);
    last = position;
    const signed = signedLogs.get(entry.log);
    const problem = disagreement(note, entry) ?? (signed === undefined ? undefined : otherThanSigned(note, signed));
    if (problem !== undefined) return failed(note, problem);
    const log = signed === undefined ? undefined : logs.find((one) => isLog(one, signed));
    if (log === undefined) continue;
    if (!isBeginning(note, log))
      return failed(note, `${quote(log.name)} does not begin with the records that it covers`);
    comparedLogs.add(log.name);
  }
  if (stranger !== undefined) return missing(stranger, 'no trusted key signed it, and the provenance does not list it');
  const gap = listed.find((_, position) => position < last && !held.has(position));
  return gap === undefined ? { ...passed(held.size, listed.length, comparedLogs), held: held.size } : dropped(gap);
}

function disagreement({ checkpoint: { origin, size } }: Readable, entry: ListedCheckpoint): string | undefined {
  if (origin === entry.origin && size === BigInt(entry.size)) return undefined;
  return `the provenance lists it as one of ${quote(entry.origin)} over ${entry.size} records`;
}

/** What the checkpoint alone shows of the log as it was signed in the end. */
function otherThanSigned({ checkpoint }: Readable, log: LogRoot): string | undefined {
  const size = Number(checkpoint.size);
  if (size > log.size) return `it covers more records than the ${log.size} of the log in the provenance`;
  const root = log.digest[LOG_TREE];
  if (size < log.size || log.truncated || root === undefined || root === hexEncode(checkpoint.root)) return undefined;
  return `its ${log.size} records are not those of the log in the provenance`;
}

const isLog = ({ records, root }: LogPrefixes, { size, digest }: LogRoot): boolean =>
  records === size && digest[LOG_TREE] === hexEncode(root);

function isBeginning({ checkpoint: { size, root } }: Readable, { roots }: LogPrefixes): boolean {
  const found = roots.get(Number(size));
  return found !== undefined && equalBytes(found, root);
}

const failed = ({ number, checkpoint: { origin, size } }: Readable, why: string): Finding => ({
  outcome: 'fail',
  message: `checkpoint ${number}, of ${quote(origin)} over ${size} records: ${why}`,
});

const missing = ({ number, checkpoint: { origin } }: Readable, why: string): Finding => ({
  outcome: 'missing',
  message: `checkpoint ${number}, of ${quote(origin)}: ${why}`,
});

const dropped = ({ log, size }: ListedCheckpoint): Finding => ({
  outcome: 'missing',
  message: `the one of ${quote(log)} over ${size} records was made before others that are here, and is not`,
  hint: 'give the whole file that the run appended to; log-check compares single checkpoints with a log',
});

function passed(held: number, listed: number, compared: ReadonlySet<string>): Finding {
  const which =
    held === listed ? `the ${listed} that the provenance lists` : `the first ${held} of the ${listed} listed`;
  const logs = [...compared].map((log) => quote(log));
  return {
    outcome: 'pass',
    message: logs.length === 0 ? which : `${which}, and beginnings of ${logs.join(', ')}`,
  };
}
