import type { Evaluation, EvaluationLog, ProvenRecord } from '../attestation/index.ts';
import { concatBytes, decodeHex, quote } from '../bytes/index.ts';
import { LOG_TREE, sha256 } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { leafHash, verifyInclusion } from '../merkle/index.ts';
import { RECORD_TAG } from '../records/index.ts';
import { isReading, readMetric } from '../trainlog/index.ts';

/**
 * Why the metrics of an evaluation are not those of the record that it carries, or undefined: the record must stand in the log
 * tree, whose size and root are in the same signed statement, and hold each metric. Hostile input: whatever breaks is a reason.
 */
export function recordProblem({ metrics }: Evaluation, log: EvaluationLog): string | undefined {
  const { record, header, format } = log;
  for (const each of header === undefined ? [record] : [record, header]) {
    if (!isIncluded(each, log))
      return `record ${each.index + 1} does not stand in the log ${quote(log.name)} that it names`;
  }
  try {
    for (const { name, value } of metrics) {
      const reading = readMetric({ format, record: record.bytes, header: header?.bytes }, name);
      if (!isReading(value, reading))
        return `${quote(name, 80)} is ${reading.value} in record ${record.index + 1} of ${quote(log.name)}, not ${value}`;
    }
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return `record ${record.index + 1} of ${quote(log.name)}: ${error.message}`;
  }
  return undefined;
}

function isIncluded({ index, bytes, path }: ProvenRecord, { size, digest }: EvaluationLog): boolean {
  return verifyInclusion(sha256, {
    index: BigInt(index),
    size: BigInt(size),
    leafHash: leafHash(sha256, concatBytes(RECORD_TAG, bytes)),
    proof: path,
    root: decodeHex(digest[LOG_TREE] ?? ''),
  });
}
