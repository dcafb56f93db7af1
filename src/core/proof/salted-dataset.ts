import path from 'node:path';
import { parseDatasetPredicate } from '../attestation/index.ts';
import { hexEncode, joinBytes, quote } from '../bytes/index.ts';
import { digestSalted, listDataset, type SaltedFile } from '../dataset/index.ts';
import { sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { relativeTo } from '../evidence/index.ts';
import { leafHash, MerkleLayers } from '../merkle/index.ts';
import { locateModel } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { saltedFileLeaf } from '../records/index.ts';
import type { ListedTree } from './committed-tree.ts';
import type { EvidenceLine } from './evidence-trees.ts';

/** A file of a salted dataset, whose root needs the whole dataset and its secret. */
export interface SaltedDatasetOptions extends AbortOptions, ProgressOptions {
  readonly file: string;
  readonly dataset: string;
  /** Of the dataset, 32 bytes. */
  readonly secret: Uint8Array;
  readonly attestations: string;
}

/** Ways of leaving out files that one attestations file can ask for: each reads the dataset anew. */
const MAX_READINGS = 8;

/**
 * Where the file stands in the dataset, and the record tree of it to which a statement commits. A file that is not cut is one
 * record.
 *
 * @throws StemmaError USAGE for a file that is not in the dataset; NOT_COMMITTED; EVIDENCE_MISSING; as `digestSalted`
 */
export async function saltedFileOf(
  options: SaltedDatasetOptions,
  evidence: readonly EvidenceLine[],
): Promise<{ readonly path: string; readonly isCut: boolean; readonly listed: ListedTree }> {
  const { root: folder, kind } = await locateModel(options.dataset, { ignore: [], opaque: [] });
  const file = path.resolve(options.file);
  const within = kind === 'file' ? (file === folder ? '' : undefined) : relativeTo(folder, file);
  const name = quote(path.basename(file));
  if (within === undefined)
    throw new StemmaError('USAGE', `${name} is not in the dataset ${quote(path.basename(folder))}`);
  const source = quote(path.basename(options.attestations));
  const candidates = evidence.filter(({ trees }) => trees.some(({ reference }) => reference.kind === 'salted-file'));
  if (candidates.length === 0)
    throw new StemmaError('EVIDENCE_MISSING', `no statement in ${source} commits to a salted dataset`);
  for (const line of candidates.slice(0, MAX_READINGS)) {
    const { ignored, saltedTree, recordFiles } = parseDatasetPredicate(line.statement);
    const { set } = await listDataset(folder, { ignored, signal: options.signal });
    const files: SaltedFile[] = [];
    const { saltedTree: found } = await digestSalted(set, {
      ...options,
      cutSingle: recordFiles === 1,
      onFile: (each) => files.push(each),
    });
    if (found.root !== saltedTree?.root) continue;
    const index = files.findIndex((each) => each.path === within);
    const own = files[index];
    if (own === undefined)
      throw new StemmaError('USAGE', `${name} is not covered by the statement: it is ignored there`);
    const layers = new MerkleLayers(
      sha256,
      joinBytes(files.map((each) => leafHash(sha256, saltedFileLeaf(each.path, each.records, each.root)))),
    );
    const tree = { file: within, records: own.records, root: hexEncode(own.root), index };
    const siblings = layers.inclusionProof(index).map(hexEncode);
    const reference = { kind: 'salted-record', tree: { ...tree, path: siblings } } as const;
    const signed = { reference, name: within, size: own.records, root: tree.root, records: 'lf' } as const;
    return { path: within, isCut: own.isCut, listed: { line, tree: signed } };
  }
  throw new StemmaError(
    'NOT_COMMITTED',
    `the dataset is not the one that ${source} commits to, or the secret another`,
    {
      hint: 'stemma dataset verify compares it with its statement',
    },
  );
}
