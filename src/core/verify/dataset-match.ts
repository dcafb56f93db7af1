import type { DatasetPredicate, RecordTreeRoot } from '../attestation/index.ts';
import { compareUtf8 } from '../bytes/index.ts';
import { type DatasetTrees, digestDataset, digestSalted, type SaltedTrees } from '../dataset/index.ts';
import { type FileSet, fileSet, type ModelListing } from '../model/index.ts';
import { type MatchResult, matchDigests } from './checks/match.ts';
import type { VerifyDatasetOptions } from './dataset-options.ts';
import type { DatasetStatement } from './dataset-statements.ts';
import { refused, settled } from './questions.ts';
import type { FileChange } from './report.ts';
import { orIfUnavailable } from './unavailable.ts';

type Trees = DatasetTrees | SaltedTrees;

/** Compares dataset statements with the bytes; those that ask the same of them share one reading. */
export class DatasetMatcher {
  readonly #listing: ModelListing;
  readonly #options: VerifyDatasetOptions;
  readonly #known = new Map<string, Promise<Trees>>();

  constructor(listing: ModelListing, options: VerifyDatasetOptions) {
    this.#listing = listing;
    this.#options = options;
  }

  /** What comes of one statement. Only one by a trusted signer is worth reading every byte. */
  match(entry: DatasetStatement): Promise<MatchResult> {
    return orIfUnavailable(this.#match(entry), ({ message }) => settled('unavailable', message));
  }

  async #match({ statement, dataset }: DatasetStatement): Promise<MatchResult> {
    const { kind } = this.#listing;
    if (dataset.kind !== kind) return settled('different', `is about a ${dataset.kind}, not a ${kind}`);
    const set = fileSet(this.#listing, { ignored: dataset.ignored });
    const answer = refused(set);
    if (answer !== undefined) return answer;
    if (set.files.length === 0) return settled('different', 'no file is left of what it is about');
    if (dataset.saltedTree !== undefined && this.#options.secret === undefined)
      return settled('unknown', 'is salted: without its secret nothing can be recomputed');
    const trees = await this.#trees(dataset, set);
    const found = matchDigests(statement.statement.subject[0]?.digest ?? {}, trees.digests, kind);
    const base = { ...found, changes: [], observed: trees.digests, covered: new Set<string>() };
    if (found.outcome !== 'match') {
      const changes = 'recordTrees' in trees ? changedRecordFiles(dataset.recordTrees, trees.recordTrees) : [];
      const secret = dataset.saltedTree === undefined ? '' : ': other bytes, or another secret';
      return { ...base, message: `${found.message}${secret}`, changes };
    }
    const wrong = contradiction(dataset, trees);
    if (wrong !== undefined) return { ...base, outcome: 'contradicts', mixed: true, message: wrong };
    return { ...base, covered: new Set(set.files.map(({ path }) => path)) };
  }

  #trees({ ignored, saltedTree, recordTrees, recordFiles }: DatasetPredicate, set: FileSet): Promise<Trees> {
    const { signal, onProgress, onWarning, jobs, secret } = this.#options;
    const work = { signal, onProgress, onWarning, jobs };
    const records = recordTrees !== undefined;
    const cutSingle = (recordTrees?.length ?? recordFiles) === 1;
    const key = JSON.stringify([ignored, saltedTree !== undefined, records, cutSingle]);
    const found =
      this.#known.get(key) ??
      (saltedTree !== undefined && secret !== undefined
        ? digestSalted(set, { ...work, secret, cutSingle })
        : digestDataset(set, { ...work, records, cutSingle }));
    this.#known.set(key, found);
    return found;
  }
}

/** What the predicate says beside the roots of its subject must be true of the same bytes. */
function contradiction(dataset: DatasetPredicate, trees: Trees): string | undefined {
  const wrong = (what: string, said: number | undefined, found: number): string | undefined =>
    said === found ? undefined : `says ${said ?? 'nothing of'} ${what}; there are ${found}`;
  if ('saltedTree' in trees) {
    return (
      wrong('files', dataset.files, trees.files) ??
      wrong('records', dataset.records, trees.records) ??
      wrong('files of records', dataset.recordFiles, trees.recordFiles)
    );
  }
  const [change] = changedRecordFiles(dataset.recordTrees, trees.recordTrees);
  return (
    wrong('files', dataset.files, trees.files) ??
    wrong('bytes', dataset.bytes, trees.bytes) ??
    (change === undefined ? undefined : 'the record trees are not those of the same bytes')
  );
}

/** Which record files differ: all that can be named, since a dataset has no manifest. */
function changedRecordFiles(
  said: readonly RecordTreeRoot[] = [],
  found: readonly RecordTreeRoot[] = [],
): readonly FileChange[] {
  const before = new Map(said.map((tree) => [tree.path, tree]));
  const after = new Map(found.map((tree) => [tree.path, tree]));
  return [...new Set([...before.keys(), ...after.keys()])].toSorted(compareUtf8).flatMap((path): FileChange[] => {
    const [a, b] = [before.get(path), after.get(path)];
    if (a === undefined) return [{ path, change: 'added' }];
    if (b === undefined) return [{ path, change: 'missing', expected: a.root }];
    return a.root === b.root && a.size === b.size ? [] : [{ path, change: 'changed', expected: a.root, found: b.root }];
  });
}
