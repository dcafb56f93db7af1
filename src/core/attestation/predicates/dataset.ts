import { type JsonValue, parseJson } from '../../bytes/index.ts';
import { type DigestSet, FILE_TREE, parseDigestSet, SALTED_TREE } from '../../digest/pure.ts';
import type { StemmaError } from '../../errors/index.ts';
import { MAX_BUNDLE_BYTES } from '../bundle.ts';
import { isJsonObject, malformed } from '../json-fields.ts';
import { buildStatement, type Statement, type Subject } from '../statement.ts';
import { type DatasetPredicateJson, datasetPredicateSchema } from './dataset-schema.ts';
import { INTERPRETED } from './interpreted.ts';
import type { Link } from './link.ts';
import { DATASET_PREDICATE_TYPE } from './types.ts';
import { schemaError } from './zod-errors.ts';

/** A dataset that another one was made from. */
export type DatasetLink = Extract<Link, { readonly role: 'dataset' }>;

/** What a signer says a dataset is. Lists are empty where the JSON leaves them out. */
export interface DatasetPredicate
  extends Omit<DatasetPredicateJson, 'licenses' | 'sources' | 'derivedFrom' | 'ignored'> {
  readonly licenses: readonly string[];
  readonly sources: readonly string[];
  readonly derivedFrom: readonly DatasetLink[];
  readonly ignored: readonly string[];
}

export interface DatasetStatementInput {
  /** `subject[0].name`: `--name`, or the dataset's base name. */
  readonly name: string;
  /** The dataset's DigestSet (design §3). */
  readonly digest: DigestSet;
  readonly predicate: DatasetPredicate;
}

const bad = (pointer: string, why: string): StemmaError => malformed('PREDICATE_INVALID', pointer, why);

/**
 * Reads a `dataset/v1` statement (docs/formats/dataset.md). The predicate is re-read from the payload with integers only; a
 * subject whose digests are not the predicate's roots, and a salted dataset that tells a plain digest or a size, are malformed.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID or JSON_INVALID
 */
export function parseDatasetPredicate(statement: Statement): DatasetPredicate {
  if (statement.predicateType !== DATASET_PREDICATE_TYPE)
    throw bad('/predicateType', `expected ${DATASET_PREDICATE_TYPE}, found another`);
  const json = parseJson(statement.payload, {
    maxBytes: MAX_BUNDLE_BYTES,
    what: 'dataset statement',
    integersOnly: true,
  });
  return checkDataset(statement.subject, isJsonObject(json) ? json['predicate'] : undefined);
}

/**
 * The payload of a `dataset/v1` statement: compact JSON in the member order of docs/formats/dataset.md, equal bytes for equal
 * inputs, checked by the rules of `parseDatasetPredicate`.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID
 */
export function buildDatasetStatement({ name, digest, predicate: p }: DatasetStatementInput): Uint8Array {
  const { signals, observedAt } = p.optOut;
  const json = {
    kind: p.kind,
    files: p.files,
    bytes: p.bytes,
    records: p.records,
    recordFiles: p.recordFiles,
    fileTree: p.fileTree && rootJson(p.fileTree),
    saltedTree: p.saltedTree && rootJson(p.saltedTree),
    recordTrees: p.recordTrees?.map(({ path, ...tree }) => ({ path, ...rootJson(tree) })),
    licenses: p.licenses.length === 0 ? undefined : p.licenses,
    sources: p.sources.length === 0 ? undefined : p.sources,
    optOut: { ...(observedAt === undefined ? {} : { observedAt }), signals },
    derivedFrom: p.derivedFrom.length === 0 ? undefined : p.derivedFrom.map(linkJson),
    ignored: p.ignored.length === 0 ? undefined : p.ignored,
  };
  const present = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
  const subject: Subject = { name, digest };
  checkDataset([subject], present as JsonValue);
  return buildStatement(subject, DATASET_PREDICATE_TYPE, present);
}

type Root = NonNullable<DatasetPredicateJson['fileTree']>;

const rootJson = ({ hash, size, root }: Root): Root => ({ hash, size, root });

function linkJson({ name, uri, digest, role, relation, evidence, ignored, attestations }: DatasetLink): object {
  return {
    ...(name === undefined ? {} : { name }),
    ...(uri === undefined ? {} : { uri }),
    digest: parseDigestSet(digest),
    annotations: {
      role,
      relation,
      evidence,
      ...(ignored.length === 0 ? {} : { ignored }),
      ...(attestations === undefined ? {} : { attestations }),
    },
  };
}

function checkDataset(subjects: readonly Subject[], json: JsonValue | undefined): DatasetPredicate {
  const parsed = datasetPredicateSchema().safeParse(json, INTERPRETED);
  if (!parsed.success) throw schemaError(parsed.error, 'PREDICATE_INVALID', '/predicate');
  const [subject] = subjects;
  if (subject === undefined || subjects.length !== 1)
    throw bad('/subject', `expected one subject, found ${subjects.length}`);
  if (subject.name === undefined || subject.name === '')
    throw bad('/subject/0/name', 'expected the name of the dataset, found none');
  const p = parsed.data;
  if (p.kind === 'file' && p.files !== 1)
    throw bad('/predicate/files', `expected 1 in a single-file dataset, found ${p.files}`);
  if (p.kind === 'file' && p.ignored !== undefined)
    throw bad('/predicate/ignored', 'a single-file dataset has nothing to ignore');
  if (p.saltedTree === undefined) checkPlain(subject.digest, p);
  else checkSalted(subject.digest, p, p.saltedTree);
  const { licenses = [], sources = [], ignored = [], ...rest } = p;
  return { ...rest, licenses, sources, ignored, derivedFrom: readLinks(p) };
}

function checkPlain(digest: DigestSet, p: DatasetPredicateJson): void {
  const { fileTree, recordTrees } = p;
  if (fileTree === undefined) throw bad('/predicate/fileTree', 'expected a file tree or a salted tree, found neither');
  if (p.bytes === undefined) throw bad('/predicate/bytes', 'expected the number of bytes, found none');
  if (p.recordFiles !== undefined) throw bad('/predicate/recordFiles', 'is told by recordTrees unless salted');
  if (fileTree.size !== p.files)
    throw bad('/predicate/fileTree/size', `expected ${p.files}, the number of files, found ${fileTree.size}`);
  const records = recordTrees?.reduce((sum, { size }) => sum + size, 0);
  if (p.records !== records)
    throw bad(
      '/predicate/records',
      `expected ${records ?? 'none'}, the sum over the record trees, found ${p.records ?? 'none'}`,
    );
  if (recordTrees?.some(({ path }) => (path === '') !== (p.kind === 'file')) === true)
    throw bad('/predicate/recordTrees', 'the path is empty in a single-file dataset and nowhere else');
  if ((recordTrees?.length ?? 0) > p.files)
    throw bad('/predicate/recordTrees', `expected at most ${p.files}, the number of files`);
  if (digest[FILE_TREE] !== fileTree.root)
    throw bad(`/subject/0/digest/${FILE_TREE}`, "expected the predicate's root, found another or none");
  if (digest['sha256'] === undefined) throw bad('/subject/0/digest/sha256', 'expected sha256, found none');
  refuseOthers(digest, FILE_TREE);
}

/** Design §3: a salted dataset publishes no plain digest and no byte size; either would let its records be guessed. */
function checkSalted(digest: DigestSet, p: DatasetPredicateJson, { size, root }: Root): void {
  for (const member of ['bytes', 'fileTree', 'recordTrees'] as const) {
    if (p[member] !== undefined) throw bad(`/predicate/${member}`, 'a salted dataset does not tell it');
  }
  const { records, recordFiles } = p;
  if (records === undefined) throw bad('/predicate/records', 'expected the number of records, found none');
  if (recordFiles === undefined || recordFiles > p.files)
    throw bad(
      '/predicate/recordFiles',
      `expected at most ${p.files}, the number of files, found ${recordFiles ?? 'none'}`,
    );
  if (size !== p.files)
    throw bad('/predicate/saltedTree/size', `expected ${p.files}, the number of files, found ${size}`);
  if (digest[SALTED_TREE] !== root)
    throw bad(`/subject/0/digest/${SALTED_TREE}`, "expected the predicate's root, found another or none");
  for (const key of Object.keys(digest)) {
    if (key !== SALTED_TREE) throw bad(`/subject/0/digest/${key}`, `expected ${SALTED_TREE} alone`);
  }
}

function refuseOthers(digest: DigestSet, known: string): void {
  for (const key of Object.keys(digest)) {
    if (key.startsWith('stemma') && key !== known)
      throw bad(`/subject/0/digest/${key}`, 'no root of the predicate has this key');
  }
}

function readLinks({ derivedFrom = [] }: DatasetPredicateJson): readonly DatasetLink[] {
  return derivedFrom.map(({ name, uri, digest, annotations: { ignored = [], attestations, ...edge } }, index) => ({
    ...edge,
    name,
    uri,
    digest: parseDigestSet(digest, `/predicate/derivedFrom/${index}/digest`),
    ignored,
    opaque: [],
    share: undefined,
    ...(attestations === undefined ? {} : { attestations }),
  }));
}
