import path from 'node:path';
import {
  DATASET_PREDICATE_TYPE,
  parseDatasetPredicate,
  parseModelPredicate,
  type Statement,
} from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { LazyList } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import {
  type FileDigest,
  fileDigests,
  fileSet,
  fileTreeRoot,
  hashPlan,
  locateModel,
  plainPlan,
  walkModel,
  walkProblemError,
} from '../model/index.ts';
import type { ListedTree } from './committed-tree.ts';
import { type EvidenceLine, readEvidence } from './evidence-trees.ts';
import { ownAttestations } from './own-attestations.ts';
import type { ProveModelOptions } from './prove-model.ts';

/** The files of a model or dataset whose bytes lead to the file tree of a statement. */
export interface CommittedFiles extends ListedTree {
  readonly kind: 'folder' | 'file';
  /** Base name; untrusted. */
  readonly name: string;
  /** In the order of the tree. */
  readonly files: LazyList<FileDigest>;
  /** The attestations file. */
  readonly attestations: string;
}

/** Different ways of reading that one attestations file can ask for: each reads every byte. */
const MAX_READINGS = 8;

/**
 * Reads a model or dataset and finds the statement to whose file tree its bytes lead, under the ignores of that statement.
 * Nothing of it is parsed.
 *
 * @throws StemmaError EVIDENCE_MISSING where no statement has a file tree; NOT_COMMITTED where the bytes are those of none; as
 *   `walkModel` and `hashPlan`
 */
export async function committedFiles(options: ProveModelOptions): Promise<CommittedFiles> {
  const { root, kind } = await locateModel(options.model, { ignore: [], opaque: [] });
  const name = path.basename(root);
  const attestations = options.attestations ?? (await ownAttestations(root, kind));
  const evidence = await readEvidence(attestations, (message) => options.onWarning?.(message));
  const candidates = evidence.flatMap(fileTreeOf);
  if (candidates.length === 0) throw noFileTree(evidence, attestations);
  const readings = new Map<string, LazyList<FileDigest>>();
  for (const { line, tree, set } of candidates) {
    if (set.kind !== kind) continue;
    const key = JSON.stringify([set.ignored, set.allowSymlinks]);
    const files =
      readings.get(key) ?? (readings.size < MAX_READINGS ? await digestFiles(root, set, options) : undefined);
    if (files === undefined) continue;
    readings.set(key, files);
    if (files.length === tree.size && fileTreeRoot(files).root === tree.root)
      return { kind, name, files, line, tree, attestations };
  }
  const lines = candidates.map(({ line }) => line.line).join(', ');
  throw new StemmaError(
    'NOT_COMMITTED',
    `${quote(name)} is not what ${quote(path.basename(attestations))} commits to (line ${lines})`,
    { hint: 'stemma verify names the files that differ, stemma dataset verify those of a dataset' },
  );
}

/** Which files a statement says that its file tree is over. */
interface SignedFileSet {
  readonly kind: 'folder' | 'file';
  readonly ignored: readonly string[];
  readonly allowSymlinks: boolean;
}

function fileTreeOf(line: EvidenceLine): (ListedTree & { readonly set: SignedFileSet })[] {
  const tree = line.trees.find(({ reference }) => reference.kind === 'file');
  return tree === undefined ? [] : [{ line, tree, set: fileSetIn(line.statement) }];
}

function fileSetIn(statement: Statement): SignedFileSet {
  if (statement.predicateType !== DATASET_PREDICATE_TYPE) return parseModelPredicate(statement);
  const { kind, ignored } = parseDatasetPredicate(statement);
  return { kind, ignored, allowSymlinks: false };
}

async function digestFiles(
  root: string,
  { ignored, allowSymlinks }: SignedFileSet,
  options: ProveModelOptions,
): Promise<LazyList<FileDigest>> {
  const set = fileSet(await walkModel(root, { allowSymlinks, signal: options.signal }), { ignored });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  const plan = plainPlan(set);
  const results = await hashPlan(plan, { ...options, phase: 'hashing files', whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  return fileDigests(plan, results);
}

function noFileTree(evidence: readonly EvidenceLine[], attestations: string): StemmaError {
  const isSalted = evidence.some(({ trees }) => trees.some(({ reference }) => reference.kind === 'salted-file'));
  return new StemmaError('EVIDENCE_MISSING', `no statement in ${quote(path.basename(attestations))} has a file tree`, {
    hint: isSalted
      ? 'a file of a salted dataset is shown by its records: stemma prove record FILE --dataset PATH --secret FILE'
      : 'stemma attest and stemma dataset attest write one; an OMS signature has no tree to prove from',
  });
}
