import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { StreamedPath } from '../merkle/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { RecordCutter } from '../records/index.ts';
import { digestLog, type LogDigest, recordKindOf } from './log-digest.ts';
import { type LogFormat, logFormatOf } from './metric.ts';

/** The longest record that a metric is read from: it stands in the statement. */
const MAX_METRIC_RECORD = 65_536;

/** A record in its place in the log tree. */
export interface LoggedRecord {
  /** From 0. */
  readonly index: number;
  readonly bytes: Uint8Array;
  /** RFC 9162 inclusion path, lowest first. */
  readonly path: readonly Uint8Array[];
}

interface LogWithRecord {
  readonly log: LogDigest;
  readonly format: LogFormat;
  readonly record: LoggedRecord;
  /** The first record, which names the columns of CSV. */
  readonly header: LoggedRecord | undefined;
}

/**
 * Digests a log and takes one record out of it with its inclusion path, in one read and in memory that does not grow with the log.
 *
 * @param number of the record as people count it, from 1
 * @throws StemmaError USAGE where there is no such record, or it is the header; TOO_LARGE for one of more than 64 KiB; as `digestLog`
 */
export async function readLogRecord(
  file: string,
  number: number,
  options: AbortOptions & ProgressOptions,
): Promise<LogWithRecord> {
  const name = path.basename(file);
  const format = logFormatOf(name);
  const index = number - 1;
  const hasHeader = format === 'csv' || format === 'tsv';
  if (hasHeader && index === 0) throw new StemmaError('USAGE', `record 1 of ${quote(name)} is its header`);
  const positions = hasHeader ? [index, 0] : [index];
  const paths = positions.map((position) => new StreamedPath(sha256, position));
  const found = new Map<number, Uint8Array>();
  const cutter = new RecordCutter({
    kind: recordKindOf(name),
    maxBytes: MAX_METRIC_RECORD,
    wants: (position) => positions.includes(position),
    onRecord: (record, position) => void found.set(position, record),
  });
  const log = await digestLog(file, options, {
    onBytes: (chunk) => named(name, () => cutter.push(chunk)),
    onLeaf: (leaf) => {
      for (const each of paths) each.push(leaf);
    },
  });
  cutter.finish();
  const records = paths.map((each): LoggedRecord => {
    const bytes = found.get(each.index);
    if (bytes === undefined) throw absent(name, number, log);
    return { index: each.index, bytes, path: each.finish() };
  });
  return { log, format, record: records[0] as LoggedRecord, header: records[1] };
}

function absent(name: string, number: number, { size, truncated }: LogDigest): StemmaError {
  const why = truncated && number === size ? 'is cut off' : `does not exist: there are ${size}`;
  return new StemmaError('USAGE', `record ${number} of ${quote(name)} ${why}`, {
    hint: 'lines are counted from 1; in a TensorBoard file, its records',
  });
}

function named(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    throw new StemmaError(error.code, `${quote(name)}: ${error.message}`, { cause: error });
  }
}
