import { equalBytes, hexEncode, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { type CheckpointPair, ExtensionProver } from './extension-prover.ts';
import {
  type CheckedCheckpoint,
  checkedCheckpoint,
  type LogCheckReport,
  resultOf,
  verdictOf,
} from './log-check-report.ts';
import { type LogPrefixes, readPrefixes } from './prefixes.ts';
import { type ReadCheckpoint, readCheckpoints, type TrustedSigner } from './read-checkpoints.ts';

export interface CheckLogOptions extends AbortOptions, ProgressOptions {
  readonly log: string;
  /** File with checkpoints of this log, and of others. */
  readonly since: string;
  readonly trusted: readonly TrustedSigner[];
  /** Of which log they have to be: its origin, or the last part of that. Needed where the file has those of several logs. */
  readonly origin?: string;
  /** Where to write a proof that one of the checkpoints begins with another one; only if all pass. */
  readonly prove?: string;
  /** Between which two of them it is; the smallest and the greatest unless given. */
  readonly between?: CheckpointPair;
}

/**
 * Whether a log has only been appended to since its checkpoints were signed: whether its first records, as many as each covers,
 * still have the signed root. What it says of a log is data; errors mean that nothing was decided.
 *
 * @throws StemmaError TRUST_ROOT_MISSING without a key; USAGE where checkpoints of several logs leave open which is meant, or there
 *   are no two to prove something of; CHECKPOINT_INVALID, TOO_LARGE for the file of checkpoints; FILE_CHANGED, and other errors
 *   of files; INTERRUPTED; WRITE_FAILED, SYMLINK_REFUSED for the proof
 */
export async function checkLog(options: CheckLogOptions): Promise<LogCheckReport> {
  requireTrusted(options.trusted);
  const read = await readCheckpoints(options.since, options.trusted, options);
  const origin = originOf(read, options.origin);
  const signed = read.flatMap((one) =>
    one.kind === 'signed' && one.checkpoint.origin === origin ? { ...one, size: Number(one.checkpoint.size) } : [],
  );
  const prover = options.prove === undefined ? undefined : new ExtensionProver(signed, options.prove, options.between);
  const sizes = signed.map(({ size }) => size);
  const log = await readPrefixes(options.log, sizes, { ...options, onLeaf: (leaf) => prover?.push(leaf) });
  const checkpoints = compareAll(read, origin, log);
  const { name, bytes, records, root } = log;
  const summary = { name, bytes, records, root: hexEncode(root) };
  const result = resultOf(checkpoints);
  return {
    log: summary,
    result,
    verdict: verdictOf(result, summary, checkpoints),
    ...(origin === undefined ? {} : { origin }),
    checkpoints,
    ...(prover === undefined || result !== 'pass' ? {} : { proof: await prover.write() }),
  };
}

/** @throws StemmaError TRUST_ROOT_MISSING */
export function requireTrusted(trusted: readonly TrustedSigner[]): void {
  if (trusted.length > 0) return;
  throw new StemmaError('TRUST_ROOT_MISSING', 'a checkpoint needs someone to trust: no key was given', {
    hint: 'name the key of the run with --key PUB',
  });
}

/** The origin that is meant; undefined where nobody who is trusted signed any that could be. */
function originOf(read: readonly ReadCheckpoint[], wanted: string | undefined): string | undefined {
  const signed = read.flatMap((one) =>
    one.kind === 'malformed' || one.kind === 'untrusted' ? [] : one.checkpoint.origin,
  );
  const isMeant = (origin: string): boolean =>
    wanted === undefined || origin === wanted || origin.endsWith(`/${wanted}`);
  const [first, ...others] = new Set(signed.filter(isMeant));
  if (others.length === 0) return first;
  const list = [first, ...others].slice(0, 8).map((origin) => quote(origin ?? ''));
  throw new StemmaError('USAGE', `the checkpoints are of several logs: ${list.join(', ')}`, {
    hint: 'say which of them the log is with --origin: the origin, or its last part, such as 0 for the first --log of the run',
  });
}

/** Sizes in ascending order, so that what fails can be placed after what passed. */
function compareAll(
  read: readonly ReadCheckpoint[],
  origin: string | undefined,
  log: LogPrefixes,
): CheckedCheckpoint[] {
  const sizeOf = (one: ReadCheckpoint): bigint => (one.kind === 'malformed' ? 0n : one.checkpoint.size);
  const ascending = read.toSorted((a, b) => (sizeOf(a) < sizeOf(b) ? -1 : sizeOf(a) > sizeOf(b) ? 1 : 0));
  let intact = 0;
  const checked = ascending.map((one): CheckedCheckpoint => {
    const judged: Judged = one.kind === 'malformed' ? ['error', one.message] : compare(one, origin, log, intact);
    const described = checkedCheckpoint(one, judged);
    if (described.outcome === 'pass') intact = described.size ?? intact;
    return described;
  });
  return checked.toSorted((a, b) => a.number - b.number);
}

type Judged = readonly [CheckedCheckpoint['outcome'], string];

/** @param intact how many records are known to be as they were signed */
function compare(
  one: Exclude<ReadCheckpoint, { kind: 'malformed' }>,
  origin: string | undefined,
  log: LogPrefixes,
  intact: number,
): Judged {
  const { checkpoint } = one;
  const said = quote(checkpoint.origin);
  if (one.kind === 'untrusted') return ['missing', `no trusted key signed this checkpoint of ${said}`];
  if (checkpoint.origin !== origin) {
    // Where none is of the log that is meant, the file is evidence about another one (attack row 45).
    return origin === undefined ? ['fail', `it is of another log, ${said}`] : ['skip', `it is of another log, ${said}`];
  }
  if (one.kind === 'bad') return ['fail', 'its signature is not that of the trusted key which it names'];
  if (checkpoint.size === 0n) return ['missing', 'it covers no record, and so says nothing'];
  if (checkpoint.size > BigInt(log.records)) return ['fail', tooShort(checkpoint.size, log)];
  const root = log.roots.get(Number(checkpoint.size));
  if (root !== undefined && equalBytes(root, checkpoint.root)) {
    return ['pass', `the first ${checkpoint.size} records are those that were signed`];
  }
  const where = intact === 0 ? `the first ${checkpoint.size} records` : `records ${intact + 1} to ${checkpoint.size}`;
  return ['fail', `${where} are not those that were signed: changed, reordered, inserted or removed`];
}

function tooShort(size: bigint, { records, malformed }: LogPrefixes): string {
  return malformed === undefined
    ? `it covers ${size} records, and the log has ${records}: it was shortened`
    : `it covers ${size} records, and after ${records} the log has something else: ${malformed.message}`;
}
