import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import {
  type PredictionResult,
  PredictionScores,
  type PredictionSpec,
  type Row,
  type RowFormat,
  readFields,
  readHeader,
  readJsonRow,
  rowFormatOf,
} from '../evaluation/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { RecordCutter } from '../records/index.ts';
import { digestLog, type LogDigest } from './log-digest.ts';

/** The longest record of a prediction, in bytes. */
const MAX_PREDICTION = 1024 * 1024;

export interface EvaluatedPredictions {
  readonly file: LogDigest;
  readonly format: RowFormat;
  readonly result: PredictionResult;
}

/**
 * Digests a file of predictions into its record tree, and computes metrics over the same bytes in the same read. Memory grows with
 * the classes and slices; with the rows only for AUC (`RankedScores`).
 *
 * @param format default by the file's name
 * @throws StemmaError USAGE for metrics that the columns do not allow; PREDICTIONS_INVALID with the record's number; as `digestLog`
 */
export async function evaluatePredictions(
  file: string,
  spec: PredictionSpec,
  options: AbortOptions & ProgressOptions,
  format: RowFormat = rowFormatOf(path.basename(file)),
): Promise<EvaluatedPredictions> {
  const name = path.basename(file);
  if (name.includes('.tfevents.'))
    throw new StemmaError('USAGE', `expected predictions, found a TensorBoard file: ${quote(name)}`);
  const scores = new PredictionScores(spec);
  const readRow = rowReader(format);
  const cutter = new RecordCutter({
    kind: 'lf',
    maxBytes: MAX_PREDICTION,
    wants: () => true,
    onRecord: (record, index) => {
      try {
        const row = readRow(record);
        if (row !== undefined) scores.add(row);
      } catch (error) {
        throw inRecord(error, name, index);
      }
    },
  });
  try {
    const digest = await digestLog(file, options, { onBytes: (chunk) => cutter.push(chunk) });
    cutter.finish();
    return { file: digest, format, result: scores.finish() };
  } catch (error) {
    throw inFile(error, name);
  }
}

/** Reads record after record; undefined for the header. */
function rowReader(format: RowFormat): (record: Uint8Array) => Row | undefined {
  if (format === 'jsonl') return readJsonRow;
  let header: readonly string[] | undefined;
  return (record) => {
    if (header !== undefined) return readFields(record, header, format);
    header = readHeader(record, format);
    return undefined;
  };
}

function inRecord(error: unknown, name: string, index: number): unknown {
  if (!isStemmaError(error)) return error;
  const details = { path: name, record: index + 1 };
  return new StemmaError('PREDICTIONS_INVALID', `${quote(name)} record ${index + 1}: ${error.message}`, {
    cause: error,
    details,
  });
}

/** Of errors of the reading the message names the file already, as does that of one record. */
function inFile(error: unknown, name: string): unknown {
  if (!isStemmaError(error) || error.message.includes(quote(name))) return error;
  return new StemmaError(error.code, `${quote(name)}: ${error.message}`, { cause: error });
}
