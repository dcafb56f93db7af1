import { decodeBase64, decodeHex } from '../../bytes/index.ts';
import { type DigestSet, parseDigestSet } from '../../digest/pure.ts';
import type { Average, PredictionResult, PredictionSpec } from '../../evaluation/index.ts';
import { malformed } from '../json-fields.ts';
import type { Statement } from '../statement.ts';
import { checkEvaluation, specOf } from './evaluation-check.ts';
import { type EvaluationJson, evaluationPredicateSchema, subjectAnnotations } from './evaluation-schema.ts';
import { INTERPRETED } from './interpreted.ts';
import type { Described, Link } from './link.ts';
import { EVALUATION_PREDICATE_TYPE } from './types.ts';
import { schemaError } from './zod-errors.ts';

/** What was evaluated on. */
export type EvaluatedDataset = Extract<Link, { readonly role: 'dataset' }>;

/** A record of a log with the proof of its place in the log tree. */
export interface ProvenRecord {
  /** From 0. */
  readonly index: number;
  readonly bytes: Uint8Array;
  /** RFC 9162 inclusion path, lowest first. */
  readonly path: readonly Uint8Array[];
}

/** The root of a log tree, with what it is the root of. */
interface RecordedFile {
  /** Untrusted; for people. */
  readonly name: string;
  /** `sha256` of the file and `stemmaLogTreeV1`. */
  readonly digest: DigestSet;
  /** Number of records. */
  readonly size: number;
}

export interface EvaluationLog extends RecordedFile {
  readonly format: 'jsonl' | 'csv' | 'tsv' | 'tensorboard';
  readonly record: ProvenRecord;
  /** With `csv` and `tsv`. */
  readonly header: ProvenRecord | undefined;
}

export interface EvaluationPredictions extends RecordedFile {
  readonly format: 'jsonl' | 'csv' | 'tsv';
  readonly spec: PredictionSpec;
  readonly result: PredictionResult;
}

/** What a signer says how a model scored. With neither log nor predictions the metrics are only said. */
export interface Evaluation {
  /** Of the evaluated model, from the annotations of the subject. */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly dataset: EvaluatedDataset | undefined;
  readonly harness: readonly Described[];
  readonly metrics: readonly { readonly name: string; readonly average?: Average; readonly value: number }[];
  readonly log: EvaluationLog | undefined;
  readonly predictions: EvaluationPredictions | undefined;
}

/**
 * Reads an `evaluation/v1` statement (docs/formats/evaluation.md). Unknown members, and members that do not agree with each
 * other, are malformed.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID, ENCODING_INVALID
 */
export function parseEvaluation(statement: Statement): Evaluation {
  if (statement.predicateType !== EVALUATION_PREDICATE_TYPE)
    throw malformed('PREDICATE_INVALID', '/predicateType', `expected ${EVALUATION_PREDICATE_TYPE}, found another`);
  const [subject] = statement.subject;
  if (subject === undefined || statement.subject.length !== 1)
    throw malformed('PREDICATE_INVALID', '/subject', `expected one subject, found ${statement.subject.length}`);
  const parsed = evaluationPredicateSchema().safeParse(statement.predicate, INTERPRETED);
  if (!parsed.success) throw schemaError(parsed.error, 'PREDICATE_INVALID', '/predicate');
  const annotations = subjectAnnotations().safeParse(subject.annotations ?? {}, INTERPRETED);
  if (!annotations.success) throw schemaError(annotations.error, 'PREDICATE_INVALID', '/subject/0/annotations');
  checkEvaluation(parsed.data);
  const { dataset, harness = [], metrics, log, predictions } = parsed.data;
  return {
    ignored: annotations.data.ignored ?? [],
    opaque: annotations.data.opaque ?? [],
    dataset: dataset === undefined ? undefined : readDataset(dataset),
    harness: harness.map((each, index) => readDescribed(each, `/predicate/harness/${index}`)),
    metrics: metrics.map(withAverage),
    log: log === undefined ? undefined : readLog(log),
    predictions: predictions === undefined ? undefined : readPredictions(predictions, metrics),
  };
}

type Json<K extends keyof EvaluationJson> = NonNullable<EvaluationJson[K]>;

function readDataset(json: Json<'dataset'>): EvaluatedDataset {
  const { evidence, relation, ignored = [] } = json.annotations;
  const described = readDescribed(json, '/predicate/dataset');
  return { role: 'dataset', relation, ...described, evidence, ignored, opaque: [], share: undefined };
}

function readDescribed(
  {
    name,
    uri,
    digest,
  }: { readonly name?: string | undefined; readonly uri?: string | undefined; readonly digest: DigestSet },
  at: string,
): Described {
  return { name, uri, digest: parseDigestSet(digest, `${at}/digest`) };
}

function readLog({ name, digest, format, tree, record, header }: Json<'log'>): EvaluationLog {
  return {
    name,
    digest: parseDigestSet(digest, '/predicate/log/digest'),
    size: tree.size,
    format,
    record: readRecord(record),
    header: header === undefined ? undefined : readRecord(header),
  };
}

const readRecord = ({ index, data, path }: Json<'log'>['record']): ProvenRecord => ({
  index,
  bytes: decodeBase64(data),
  path: path.map(decodeHex),
});

function readPredictions(json: Json<'predictions'>, metrics: EvaluationJson['metrics']): EvaluationPredictions {
  const { name, digest, format, tree, rows, slices = [] } = json;
  const names = metrics.map((metric) => metric.name);
  const spec = specOf(json, names);
  const result: PredictionResult = {
    rows,
    metrics: spec.metrics.map((metric, index) => ({ ...withAverage(metrics[index] as Metric), name: metric })),
    slices: slices.map(({ column, groups, gaps }) => ({
      column,
      groups: groups.map(({ value, rows: count, small, metrics: own }) => ({
        value,
        rows: count,
        ...(small === undefined ? {} : { small }),
        metrics: own.map(withAverage),
      })),
      gaps: gaps.map(withAverage),
    })),
  };
  return {
    name,
    digest: parseDigestSet(digest, '/predicate/predictions/digest'),
    size: tree.size,
    format,
    spec,
    result,
  };
}

type Metric = EvaluationJson['metrics'][number];

/** An absent mean is absent, as in what is computed, and not undefined. */
function withAverage<N extends string, V>({
  name,
  average,
  value,
}: {
  readonly name: N;
  readonly average?: Average | undefined;
  readonly value: V;
}): { readonly name: N; readonly average?: Average; readonly value: V } {
  return { name, ...(average === undefined ? {} : { average }), value };
}
