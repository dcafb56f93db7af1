import { base64Encode, hexEncode } from '../../bytes/index.ts';
import { type DigestSet, LOG_TREE, parseDigestSet } from '../../digest/pure.ts';
import { buildStatement, type Subject } from '../statement.ts';
import type { EvaluatedDataset, Evaluation, EvaluationLog, EvaluationPredictions, ProvenRecord } from './evaluation.ts';
import { checkEvaluation } from './evaluation-check.ts';
import { type EvaluationJson, evaluationPredicateSchema, subjectAnnotations } from './evaluation-schema.ts';
import { INTERPRETED } from './interpreted.ts';
import type { Described } from './link.ts';
import { EVALUATION_PREDICATE_TYPE } from './types.ts';
import { schemaError } from './zod-errors.ts';

export interface EvaluationInput extends Evaluation {
  /** Of the evaluated model. */
  readonly name: string;
  /** The evaluated model's own DigestSet. */
  readonly digest: DigestSet;
}

/**
 * The payload of an `evaluation/v1` statement (docs/formats/evaluation.md): compact JSON in the order of the page, equal bytes for
 * equal inputs, checked by the rules of `parseEvaluation`.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID
 */
export function buildEvaluationStatement(input: EvaluationInput): Uint8Array {
  const { dataset, harness, metrics, log, predictions } = input;
  const json: EvaluationJson = {
    ...(dataset === undefined ? {} : { dataset: datasetJson(dataset) }),
    ...(harness.length === 0 ? {} : { harness: harness.map(described) }),
    metrics: metrics.map((metric) => ({ ...metric })),
    ...(log === undefined ? {} : { log: logJson(log) }),
    ...(predictions === undefined ? {} : { predictions: predictionsJson(predictions) }),
  };
  const checked = evaluationPredicateSchema().safeParse(json, INTERPRETED);
  if (!checked.success) throw schemaError(checked.error, 'PREDICATE_INVALID', '/predicate');
  checkEvaluation(json);
  return buildStatement(evaluatedSubject(input), EVALUATION_PREDICATE_TYPE, json);
}

/**
 * The evaluated model as the subject of a statement, with what its digests leave out in the annotations (design §3).
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function evaluatedSubject({
  name,
  digest,
  ignored,
  opaque,
}: Pick<EvaluationInput, 'name' | 'digest' | 'ignored' | 'opaque'>): Subject {
  const lists = { ...(ignored.length === 0 ? {} : { ignored }), ...(opaque.length === 0 ? {} : { opaque }) };
  const checked = subjectAnnotations().safeParse(lists, INTERPRETED);
  if (!checked.success) throw schemaError(checked.error, 'PREDICATE_INVALID', '/subject/0/annotations');
  return { name, digest, ...(Object.keys(lists).length === 0 ? {} : { annotations: lists }) };
}

/** A dataset as a resource descriptor. */
export function datasetJson({
  name,
  uri,
  digest,
  evidence,
  ignored,
}: EvaluatedDataset): NonNullable<EvaluationJson['dataset']> {
  return {
    ...described({ name, uri, digest }),
    annotations: {
      role: 'dataset',
      relation: 'evaluated-on',
      evidence,
      ...(ignored.length === 0 ? {} : { ignored }),
    },
  };
}

/** A resource descriptor, its DigestSet sorted by key. */
export function described({ name, uri, digest }: Described): { name?: string; uri?: string; digest: DigestSet } {
  return {
    ...(name === undefined ? {} : { name }),
    ...(uri === undefined ? {} : { uri }),
    digest: parseDigestSet(digest),
  };
}

const treeOf = ({ size, digest }: { readonly size: number; readonly digest: DigestSet }) =>
  ({ hash: 'sha256', size, root: digest[LOG_TREE] ?? '' }) as const;

function logJson(log: EvaluationLog): NonNullable<EvaluationJson['log']> {
  return {
    name: log.name,
    digest: parseDigestSet(log.digest),
    format: log.format,
    tree: treeOf(log),
    record: recordJson(log.record),
    ...(log.header === undefined ? {} : { header: recordJson(log.header) }),
  };
}

const recordJson = ({ index, bytes, path }: ProvenRecord): NonNullable<EvaluationJson['log']>['record'] => ({
  index,
  data: base64Encode(bytes),
  path: path.map(hexEncode),
});

function predictionsJson(predictions: EvaluationPredictions): NonNullable<EvaluationJson['predictions']> {
  const { columns, positive } = predictions.spec;
  const { rows, slices } = predictions.result;
  return {
    name: predictions.name,
    digest: parseDigestSet(predictions.digest),
    format: predictions.format,
    tree: treeOf(predictions),
    rows,
    columns: {
      label: columns.label,
      ...(columns.prediction === undefined ? {} : { prediction: columns.prediction }),
      ...(columns.score === undefined ? {} : { score: columns.score }),
    },
    ...(positive === undefined ? {} : { positive }),
    ...(slices.length === 0
      ? {}
      : {
          slices: slices.map(({ column, groups, gaps }) => ({
            column,
            groups: groups.map((group) => ({ ...group, metrics: group.metrics.map((metric) => ({ ...metric })) })),
            gaps: gaps.map((gap) => ({ ...gap })),
          })),
        }),
  };
}
