import type { PredictionSpec } from '../evaluation/index.ts';
import type { Signer } from '../keys/index.ts';
import type { SegmentHash } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { Reference } from './reference.ts';

/** A metric as it is said; without a value it is read from the record of a log. */
export interface StatedMetric {
  readonly name: string;
  readonly value: number | undefined;
}

/** Where the numbers of an evaluation come from. */
export type MetricSource =
  | { readonly kind: 'stated'; readonly metrics: readonly StatedMetric[] }
  /** `record` is counted from 1. */
  | {
      readonly kind: 'log';
      readonly metrics: readonly StatedMetric[];
      readonly file: string;
      readonly record: number;
    }
  | { readonly kind: 'predictions'; readonly file: string; readonly spec: PredictionSpec };

export interface EvaluateOptions extends AbortOptions, ProgressOptions {
  readonly model: string;
  readonly signer: Signer;
  /** `subject[0].name`; default the model's base name. */
  readonly name?: string;
  readonly source: MetricSource;
  /** What was evaluated on; needed unless the metrics are computed from predictions. */
  readonly dataset: Reference | undefined;
  /** What ran the evaluation: files, or digest sets. */
  readonly harness: readonly Reference[];
  /** Paths in the model to leave out, as the user wrote them. */
  readonly ignore: readonly string[];
  /** Containers to take as one region, as the user wrote them. */
  readonly opaque: readonly string[];
  readonly allowSymlinks: boolean;
  readonly segmentHash: SegmentHash;
  readonly jobs?: number;
  readonly outputDir?: string;
}
