import { z } from 'zod';
import { isRecordable, MAX_GROUPS, MAX_SLICE_COLUMNS, METRIC_NAMES } from '../../evaluation/index.ts';
import { opaqueProblem, pathListProblem } from '../paths.ts';
import { EVIDENCE_LEVELS } from './link.ts';
import { once } from './once.ts';
import { pathList } from './path-list-schema.ts';
import { digestSet, name, uri } from './recorded-schema.ts';

/** Far above what a harness prints, far below what makes a statement unreadable. */
const MAX_METRICS = 1000;
/** A path in a tree of 2^64 leaves. */
const MAX_PATH = 64;
/** Base64 of 64 KiB. */
const MAX_RECORD = 87_384;

const hex32 = once(() => z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'));
const position = once(() => z.int().nonnegative());
const tree = once(() =>
  z
    .strictObject({ hash: z.literal('sha256'), size: position().describe('number of records'), root: hex32() })
    .readonly()
    .describe('the log tree (docs/formats/trees.md)'),
);
const value = once(() => z.number().refine(isRecordable, 'expected a finite number, as a whole number at most 2^53-1'));
const text = once(() => z.string().min(1).max(1024));

/** Annotations that say under which ignores and opaque files a DigestSet was made. */
export const subjectAnnotations = once(() =>
  z.strictObject({
    ignored: pathList(pathListProblem).optional(),
    opaque: pathList(opaqueProblem).optional(),
  }),
);

const described = once(() => ({ name: name().optional(), uri: uri().optional(), digest: digestSet() }));
const dataset = once(() =>
  z
    .strictObject({
      ...described(),
      annotations: z.strictObject({
        role: z.literal('dataset'),
        relation: z.literal('evaluated-on'),
        evidence: z.enum(EVIDENCE_LEVELS),
        ignored: pathList(pathListProblem).optional(),
      }),
    })
    .describe('what was evaluated on: a resource descriptor, whose digest set is the link'),
);

const record = once(() =>
  z
    .strictObject({
      index: position().describe('position in the log, from 0'),
      data: z.base64().max(MAX_RECORD).describe('the bytes of the record'),
      path: z.array(hex32()).max(MAX_PATH).describe('RFC 9162 inclusion path, lowest first'),
    })
    .describe('one record with the proof that it stands in the log tree'),
);

const log = once(() =>
  z.strictObject({
    name: name(),
    digest: digestSet(),
    format: z.enum(['jsonl', 'csv', 'tsv', 'tensorboard']),
    tree: tree(),
    record: record().describe('which every metric was read from'),
    header: record().optional().describe('record 0, which names the columns; with csv and tsv only'),
  }),
);

const computed = once(() =>
  z.strictObject({
    name: z.enum(METRIC_NAMES),
    average: z.enum(['binary', 'macro']).optional(),
    value: value().nullable().describe('null where it is not defined'),
  }),
);

const slicing = once(() =>
  z.strictObject({
    column: text(),
    groups: z
      .array(
        z.strictObject({
          value: z.union([z.string().max(1024), z.int(), z.boolean()]),
          rows: z.int().min(1),
          small: z.literal(true).optional().describe('of fewer than 30 rows'),
          metrics: z.array(computed()),
        }),
      )
      .min(1)
      .max(MAX_GROUPS),
    gaps: z.array(computed()).describe('largest less smallest value over the groups that have one'),
  }),
);

const predictions = once(() =>
  z.strictObject({
    name: name(),
    digest: digestSet(),
    format: z.enum(['jsonl', 'csv', 'tsv']),
    tree: tree(),
    rows: z.int().min(1),
    columns: z.strictObject({ label: text(), prediction: text().optional(), score: text().optional() }),
    positive: z.string().max(1024).optional().describe('the positive class; absent: means over all classes'),
    slices: z.array(slicing()).min(1).max(MAX_SLICE_COLUMNS).optional(),
  }),
);

/**
 * The predicate `https://w3id.org/stemma/evaluation/v1` as it stands in JSON (docs/formats/evaluation.md). Unknown members are
 * refused; relations between members are checked by `checkEvaluation`.
 */
export const evaluationPredicateSchema = once(() =>
  z.strictObject({
    dataset: dataset().optional(),
    harness: z.array(z.strictObject(described())).min(1).max(100).optional().describe('what ran the evaluation'),
    metrics: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(256),
          average: z.enum(['binary', 'macro']).optional(),
          value: value(),
        }),
      )
      .min(1)
      .max(MAX_METRICS),
    log: log().optional(),
    predictions: predictions().optional(),
  }),
);

export type EvaluationJson = z.infer<ReturnType<typeof evaluationPredicateSchema>>;
