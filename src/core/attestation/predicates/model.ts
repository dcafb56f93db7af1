import { type JsonValue, parseJson } from '../../bytes/index.ts';
import { type DigestSet, FILE_TREE, SEGMENT_TREE_BLAKE3, SEGMENT_TREE_SHA256 } from '../../digest/pure.ts';
import { type StemmaError } from '../../errors/index.ts';
import { MAX_BUNDLE_BYTES } from '../bundle.ts';
import { isJsonObject, malformed } from '../json-fields.ts';
import { buildStatement, type Statement, type Subject } from '../statement.ts';
import { INTERPRETED } from './interpreted.ts';
import { fitsModelPredicate } from './model-fits.ts';
import { type ModelPredicateJson, modelPredicateSchema } from './model-schema.ts';
import { MODEL_PREDICATE_TYPE } from './types.ts';
import { schemaError } from './zod-errors.ts';

/** What a signer says the model is. Lists are empty where the JSON leaves them out. */
export interface ModelPredicate extends Omit<ModelPredicateJson, 'ignored' | 'opaque' | 'allowSymlinks'> {
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly allowSymlinks: boolean;
}

export interface ModelStatementInput {
  /** `subject[0].name`: `--name`, or the model's base name. */
  readonly name: string;
  /** The model's DigestSet (design §3). */
  readonly digest: DigestSet;
  readonly predicate: ModelPredicate;
}

const bad = (pointer: string, why: string): StemmaError => malformed('PREDICATE_INVALID', pointer, why);

/**
 * Reads a `model/v1` statement (docs/formats/model-statement.md). The predicate is re-read from the payload with integers only:
 * `1.0` and unknown members are malformed. A subject whose digests are not the predicate's roots contradicts itself and is
 * malformed too.
 *
 * @throws StemmaError PREDICATE_INVALID or JSON_INVALID
 */
export function parseModelPredicate(statement: Statement): ModelPredicate {
  if (statement.predicateType !== MODEL_PREDICATE_TYPE)
    throw bad('/predicateType', `expected ${MODEL_PREDICATE_TYPE}, found another`);
  const json = parseJson(statement.payload, {
    maxBytes: MAX_BUNDLE_BYTES,
    what: 'model statement',
    integersOnly: true,
  });
  return checkModel(statement.subject, isJsonObject(json) ? json['predicate'] : undefined);
}

/**
 * The payload of a `model/v1` statement: compact JSON in the member order of docs/formats/model-statement.md, equal bytes for
 * equal inputs, checked by the rules of `parseModelPredicate`.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID
 */
export function buildModelStatement({ name, digest, predicate: p }: ModelStatementInput): Uint8Array {
  const json = {
    kind: p.kind,
    digests: p.digests,
    files: p.files,
    bytes: p.bytes,
    formats: p.formats,
    fileTree: treeJson(p.fileTree),
    ...(p.segmentTree === undefined ? {} : { segmentTree: treeJson(p.segmentTree) }),
    tensorSets: p.tensorSets.map(({ path, format, hash, size, parameters, root }) => ({
      path,
      format,
      hash,
      size,
      parameters,
      root,
    })),
    ...(p.manifest === undefined ? {} : { manifest: { sha256: p.manifest.sha256 } }),
    ...(p.ignored.length === 0 ? {} : { ignored: p.ignored }),
    ...(p.opaque.length === 0 ? {} : { opaque: p.opaque }),
    ...(p.allowSymlinks ? { allowSymlinks: true } : {}),
  };
  const subject: Subject = { name, digest };
  checkModel([subject], json);
  return buildStatement(subject, MODEL_PREDICATE_TYPE, json);
}

const treeJson = <H extends string>({
  hash,
  size,
  root,
}: {
  hash: H;
  size: number;
  root: string;
}): { hash: H; size: number; root: string } => ({
  hash,
  size,
  root,
});

function checkModel(subjects: readonly Subject[], json: JsonValue | undefined): ModelPredicate {
  const p = readMembers(json);
  const [subject] = subjects;
  if (subject === undefined || subjects.length !== 1)
    throw bad('/subject', `expected one subject, found ${subjects.length}`);
  if (subject.name === undefined || subject.name === '')
    throw bad('/subject/0/name', 'expected the name of the model, found none');
  checkTrees(p);
  checkDigests(subject.digest, p);
  const { ignored = [], opaque = [], allowSymlinks = false, ...rest } = p;
  return { ...rest, ignored, opaque, allowSymlinks };
}

function readMembers(json: unknown): ModelPredicateJson {
  if (fitsModelPredicate(json)) return json;
  const parsed = modelPredicateSchema().safeParse(json, INTERPRETED);
  if (!parsed.success) throw schemaError(parsed.error, 'PREDICATE_INVALID', '/predicate');
  return parsed.data;
}

function checkTrees(p: ModelPredicateJson): void {
  if (p.fileTree.size !== p.files)
    throw bad('/predicate/fileTree/size', `expected ${p.files}, the number of files, found ${p.fileTree.size}`);
  if (p.kind === 'file') checkSingleFile(p);
  else if (p.opaque?.includes('') === true)
    throw bad('/predicate/opaque', 'the empty path stands for a single file, found in a folder');
  const segments = p.segmentTree;
  if (segments !== undefined && segments.size < p.files) {
    throw bad(
      '/predicate/segmentTree/size',
      `expected at least one segment for each of ${p.files} files, found ${segments.size}`,
    );
  }
  if (p.digests === 'precomputed' && (segments !== undefined || p.tensorSets.length > 0)) {
    throw bad(
      '/predicate/digests',
      'precomputed digests prove no segment and no tensor root, yet the statement carries one',
    );
  }
  p.tensorSets.forEach((set, index) => {
    const at = `/predicate/tensorSets/${index}`;
    if (segments?.hash !== set.hash) throw bad(`${at}/hash`, 'expected the hash of the segment tree, found another');
    if (!p.formats.includes(set.format)) throw bad(`${at}/format`, `${set.format} is not among the formats`);
    if ((p.kind === 'file') !== (set.path === ''))
      throw bad(`${at}/path`, 'the path is empty in a single-file model and nowhere else');
  });
}

function checkSingleFile(p: ModelPredicateJson): void {
  if (p.files !== 1) throw bad('/predicate/files', `expected 1 in a single-file model, found ${p.files}`);
  if (p.ignored !== undefined) throw bad('/predicate/ignored', 'a single-file model has nothing to ignore');
  if (p.opaque !== undefined && p.opaque[0] !== '')
    throw bad('/predicate/opaque', 'the path of a single-file model is empty');
}

/** Every key of ours in the subject must be backed by a root of the predicate, and the other way round. */
function checkDigests(digest: DigestSet, p: ModelPredicateJson): void {
  const roots = new Map([[FILE_TREE, p.fileTree.root]]);
  if (p.segmentTree !== undefined) {
    roots.set(p.segmentTree.hash === 'blake3' ? SEGMENT_TREE_BLAKE3 : SEGMENT_TREE_SHA256, p.segmentTree.root);
  }
  for (const [key, root] of roots) {
    if (digest[key] !== root)
      throw bad(`/subject/0/digest/${key}`, "expected the predicate's root, found another or none");
  }
  if (digest['sha256'] === undefined) throw bad('/subject/0/digest/sha256', 'expected sha256, found none');
  for (const key of Object.keys(digest)) {
    if (key.startsWith('stemma') && !roots.has(key))
      throw bad(`/subject/0/digest/${key}`, 'the predicate has no such tree');
  }
}
