import type { EvaluationInput } from '../attestation/index.ts';
import type { DigestSet } from '../digest/index.ts';
import type { Slicing } from '../evaluation/index.ts';
import type { PublicKey } from '../keys/index.ts';
import type { ModelTrees } from '../model/index.ts';
import type { EvidenceWritten } from './write-evidence.ts';

export interface EvaluateResult {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly files: number;
  readonly bytes: number;
  readonly digests: DigestSet;
  /** What the numbers rest on: a word of the signer, a record of a log, or the predictions. */
  readonly source: 'stated' | 'log' | 'predictions';
  readonly metrics: readonly { readonly name: string; readonly average?: 'binary' | 'macro'; readonly value: number }[];
  readonly dataset?: { readonly name?: string; readonly digests: DigestSet };
  /** `record` is counted from 1. */
  readonly log?: { readonly name: string; readonly record: number; readonly records: number };
  readonly predictions?: { readonly name: string; readonly rows: number; readonly slices: readonly Slicing[] };
  readonly signer: { readonly type: string; readonly fingerprint: string };
  /** Base names of the files that were written; empty where both statements were there already. */
  readonly written: readonly string[];
  readonly appended: number;
}

/** What `evaluate` did, without anything absolute, secret or of this machine. */
export function evaluateResult(
  { name, metrics, dataset, log, predictions }: EvaluationInput,
  { kind, files, bytes, digests }: ModelTrees,
  { key, written }: { readonly key: PublicKey; readonly written: EvidenceWritten },
): EvaluateResult {
  const { type, fingerprint } = key;
  return {
    name,
    kind,
    files,
    bytes,
    digests,
    source: log !== undefined ? 'log' : predictions !== undefined ? 'predictions' : 'stated',
    metrics,
    ...(dataset === undefined
      ? {}
      : { dataset: { ...(dataset.name === undefined ? {} : { name: dataset.name }), digests: dataset.digest } }),
    ...(log === undefined ? {} : { log: { name: log.name, record: log.record.index + 1, records: log.size } }),
    ...(predictions === undefined
      ? {}
      : {
          predictions: { name: predictions.name, rows: predictions.result.rows, slices: predictions.result.slices },
        }),
    signer: { type, fingerprint },
    written: written.files,
    appended: written.appended,
  };
}
