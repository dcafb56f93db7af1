import path from 'node:path';
import { equalBytes, hexEncode, quote } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { readSmallFile } from '../evidence/index.ts';
import { verifyConsistency } from '../merkle/index.ts';
import { type Checkpoint, type Extension, MAX_EXTENSION_BYTES, parseExtension } from './c2sp/index.ts';
import { type CheckLogOptions, requireTrusted } from './check-log.ts';
import {
  type CheckedCheckpoint,
  checkedCheckpoint,
  type LogCheckReport,
  resultOf,
  verdictOf,
} from './log-check-report.ts';
import { type ReadCheckpoint, readCheckpoint, readCheckpoints } from './read-checkpoints.ts';

export interface CheckExtensionOptions extends Pick<CheckLogOptions, 'since' | 'trusted'> {
  /** As `checkLog` writes it. */
  readonly proof: string;
}

/**
 * The same question as `checkLog`, without the log: whether the newer checkpoint in a proof is of a log that begins with the
 * records of an older one, which the checker holds. What else he holds of that log must not contradict it, and must not be of
 * more records.
 *
 * @throws StemmaError TRUST_ROOT_MISSING without a key; CHECKPOINT_INVALID for a malformed proof, or where nobody who is trusted
 *   signed what is in it; TOO_LARGE; file errors
 */
export async function checkExtension({ proof, since, trusted }: CheckExtensionOptions): Promise<LogCheckReport> {
  requireTrusted(trusted);
  const extension = parseExtension(await readSmallFile(proof, { maxBytes: MAX_EXTENSION_BYTES, followLink: true }));
  const newer = await readCheckpoint(extension.note, 1, trusted);
  if (newer.kind === 'malformed') throw new StemmaError('CHECKPOINT_INVALID', newer.message);
  const older = await readCheckpoints(since, trusted);
  const { origin, size, root } = newer.checkpoint;
  const contradicts = contradictions(newer);
  const checkpoints = older.map((one) => checkedCheckpoint(one, judge(one, newer, extension, contradicts)));
  const log = { name: path.basename(proof), records: Number(size), root: hexEncode(root) };
  const result = resultOf(checkpoints);
  return { log, result, verdict: verdictOf(result, log, checkpoints), origin, checkpoints };
}

type Judged = readonly [CheckedCheckpoint['outcome'], string];
type Contradicts = (checkpoint: Checkpoint) => boolean;

/** Whether another root was seen for the same number of records: one signer, two logs. Each of one origin, and signed. */
function contradictions({ checkpoint: { size, root } }: { readonly checkpoint: Checkpoint }): Contradicts {
  const roots = new Map([[size, root]]);
  return (checkpoint) => {
    const seen = roots.get(checkpoint.size);
    if (seen === undefined) roots.set(checkpoint.size, checkpoint.root);
    return seen !== undefined && !equalBytes(seen, checkpoint.root);
  };
}

function judge(
  older: ReadCheckpoint,
  newer: Exclude<ReadCheckpoint, { kind: 'malformed' }>,
  extension: Extension,
  contradicts: Contradicts,
): Judged {
  if (newer.kind === 'untrusted') return ['missing', 'no trusted key signed the newer checkpoint, in the proof'];
  if (newer.kind === 'bad') return ['fail', 'the signature in the proof is not that of the trusted key which it names'];
  if (older.kind === 'malformed') return ['error', older.message];
  const { origin, size } = older.checkpoint;
  if (older.kind === 'untrusted') return ['missing', `no trusted key signed this checkpoint of ${quote(origin)}`];
  if (origin !== newer.checkpoint.origin) return ['skip', `it is of another log, ${quote(origin)}`];
  if (older.kind === 'bad') return ['fail', 'its signature is not that of the trusted key which it names'];
  if (size === 0n) return ['missing', 'it covers no record, and so says nothing'];
  if (contradicts(older.checkpoint)) return ['fail', `two roots were signed for ${size} records of this log`];
  const { size: end } = newer.checkpoint;
  if (size > end)
    return ['unknown', `it covers ${size} records, and the proof ends at ${end}: it says nothing of the rest`];
  if (size !== extension.oldSize) {
    return size === end
      ? ['pass', `it is of the ${size} records of the newer checkpoint, and has the same root`]
      : ['skip', `it covers ${size} records, and the proof is from ${extension.oldSize} to ${end}`];
  }
  return isPrefix(older.checkpoint, newer.checkpoint, extension)
    ? ['pass', `the first ${size} of ${newer.checkpoint.size} records are those that were signed`]
    : ['fail', `the first ${size} of ${newer.checkpoint.size} records are not shown to be those that were signed`];
}

function isPrefix(older: Checkpoint, newer: Checkpoint, { proof }: Extension): boolean {
  return verifyConsistency(sha256, {
    size1: older.size,
    size2: newer.size,
    root1: older.root,
    root2: newer.root,
    proof,
  });
}
