import { z } from 'zod';
import { compareUtf8, pathProblem } from '../../bytes/index.ts';
import { pathListProblem } from '../paths.ts';
import { EVIDENCE_LEVELS } from './link.ts';
import { once } from './once.ts';
import { pathList } from './path-list-schema.ts';
import { digestSet, evidenceUri, name, time, uri } from './recorded-schema.ts';
import { isLicenseExpression } from './spdx.ts';

const hex32 = once(() => z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'));
const count = once(() => z.int().nonnegative());
const hash = once(() => z.literal('sha256').describe('the content digest in the leaves'));

/** Design §3: outside a DigestSet a root never stands without its hash and tree size. */
const tree = once(() =>
  z.strictObject({ hash: hash(), size: count().describe('number of leaves'), root: hex32() }).readonly(),
);

const recordTree = once(() =>
  z
    .strictObject({
      path: z
        .string()
        .refine((path) => path === '' || pathProblem(path) === undefined, 'expected a canonical path')
        .describe('empty in a single-file dataset'),
      hash: hash(),
      size: count().describe('number of records'),
      root: hex32(),
    })
    .readonly(),
);

/** Strictly, in the order of UTF-8 bytes. */
const ascending = (keys: readonly string[]): boolean =>
  keys.every((key, index) => {
    const previous = keys[index - 1];
    return previous === undefined || compareUtf8(previous, key) < 0;
  });

/** What a licence or a source is, once each, in the order given. */
const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** The kinds of policy files that are looked for (docs/formats/dataset.md). */
export const SIGNAL_FILES = ['ai.txt', 'robots.txt', 'tdmrep.json'] as const;
/** The members of records, and columns, that are looked for, in lower case and with `-`. */
export const SIGNAL_FIELDS = [
  'content-signal',
  'content-usage',
  'noai',
  'noimageai',
  'tdm-reservation',
  'x-robots-tag',
] as const;

const signal = once(() =>
  z
    .union([
      z.strictObject({ signal: z.enum(SIGNAL_FILES), files: z.int().min(1) }),
      z.strictObject({ signal: z.enum(SIGNAL_FIELDS), value: z.string().max(64), records: z.int().min(1) }),
    ])
    .readonly(),
);

const link = once(() =>
  z
    .strictObject({
      name: name().optional(),
      uri: uri().optional(),
      digest: digestSet(),
      annotations: z
        .strictObject({
          role: z.literal('dataset'),
          relation: z.literal('derived-dataset'),
          evidence: z.enum(EVIDENCE_LEVELS),
          ignored: pathList(pathListProblem).optional(),
          attestations: evidenceUri().optional(),
        })
        .readonly(),
    })
    .readonly(),
);

/**
 * The predicate `https://w3id.org/stemma/dataset/v1` as it stands in JSON (docs/formats/dataset.md). Unknown members are refused;
 * relations between members and with the subject are checked by `checkDataset`.
 */
export const datasetPredicateSchema = once(() =>
  z
    .strictObject({
      kind: z.enum(['file', 'folder']),
      files: z.int().min(1),
      bytes: count().optional().describe('sum of the file sizes; absent when salted'),
      records: count().optional().describe('records of all record files; absent where no file was cut into records'),
      recordFiles: count().optional().describe('files that were cut into records; only when salted'),
      fileTree: tree().optional().describe('absent when salted'),
      saltedTree: tree().optional().describe('in place of every plain digest'),
      recordTrees: z
        .array(recordTree())
        .readonly()
        .refine((list) => ascending(list.map(({ path }) => path)), 'expected record trees sorted by path and unique')
        .optional()
        .describe('one for each record file; absent where no file was cut into records'),
      licenses: z
        .array(z.string().max(1024).refine(isLicenseExpression, 'expected an SPDX licence expression'))
        .min(1)
        .readonly()
        .refine(distinct, 'expected each licence once')
        .optional()
        .describe('SPDX licence expressions, as the signer says'),
      sources: z
        .array(uri())
        .min(1)
        .readonly()
        .refine(distinct, 'expected each source once')
        .optional()
        .describe('where the data comes from, as the signer says'),
      optOut: z
        .strictObject({
          observedAt: time().optional().describe('when the signals were observed, as the signer says'),
          signals: z
            .array(signal())
            .readonly()
            .refine(
              (list) => ascending(list.map((entry) => `${entry.signal}\0${'value' in entry ? entry.value : ''}`)),
              'expected signals sorted and unique',
            )
            .describe('reservations found in the files of the dataset'),
        })
        .readonly(),
      derivedFrom: z
        .array(link())
        .min(1)
        .max(10_000)
        .readonly()
        .optional()
        .describe('datasets that this one was made from'),
      ignored: pathList(pathListProblem)
        .optional()
        .describe('canonical paths, each with its subtree; absent means none'),
    })
    .readonly(),
);

export type DatasetPredicateJson = z.infer<ReturnType<typeof datasetPredicateSchema>>;
export type OptOutSignal = z.infer<ReturnType<typeof signal>>;
export type RecordTreeRoot = z.infer<ReturnType<typeof recordTree>>;
