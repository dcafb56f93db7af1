import path from 'node:path';
import { compareUtf8, pathProblem, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { formatCid } from '../cid.ts';
import type { Dag } from '../dag.ts';
import { evidenceSources } from '../evidence-dag.ts';
import { listFile } from '../files-dag.ts';
import type { DagSource } from '../source.ts';
import { sourceDag } from '../source-dag.ts';
import { writeIndex } from './index-file.ts';
import { ANCESTORS_FOLDER, INDEX_NAME, MODEL_FOLDER, NAMED_FOLDERS, type NamedRole, STORE_FOLDER } from './layout.ts';

/** What goes into a pack. Locations are absolute paths. */
export interface PackContents {
  readonly name: string;
  readonly model: string;
  /** Parents with evidence of their own. */
  readonly ancestors: readonly string[];
  /** Out of a store: lines with their LF, and the locations of manifests. */
  readonly store?: { readonly lines: Uint8Array; readonly manifests: readonly string[] };
  readonly named: readonly { readonly role: NamedRole; readonly name: string; readonly location: string }[];
}

export interface BuiltPack {
  readonly dag: Dag;
  /** All but the index, by the UTF-8 bytes of their paths. */
  readonly paths: readonly string[];
}

/**
 * The DAG of an evidence pack (docs/formats/evidence-pack.md): equal contents give equal bytes.
 *
 * @throws StemmaError EVIDENCE_MISSING where neither the model nor a parent has any; USAGE for two files of one name and role; PATH_INVALID; as
 *   `evidenceDag` and `listFile`
 */
export async function packDag(contents: PackContents, options: AbortOptions = {}): Promise<BuiltPack> {
  const sources = new Map<string, DagSource>();
  const add = (at: string, content: DagSource['content']): void => {
    const problem = pathProblem(at);
    if (problem !== undefined) throw new StemmaError('PATH_INVALID', `${quote(at)} ${problem}`);
    if (sources.has(at)) {
      throw new StemmaError('USAGE', `two files would be ${quote(at)} in the pack`, { hint: 'rename one of them' });
    }
    sources.set(at, { path: at, content });
  };
  for (const file of await evidenceSources(contents.model, options)) add(`${MODEL_FOLDER}/${file.path}`, file.content);
  for (const root of contents.ancestors) {
    const files = await evidenceSources(root, options);
    if (files.length === 0) continue;
    const { root: cid } = await sourceDag('folder', files, { ...options, phase: 'hashing evidence' });
    const folder = `${ANCESTORS_FOLDER}/${formatCid(cid)}`;
    // Two parents with one and the same evidence, or one that was named twice.
    if (files.some((file) => sources.has(`${folder}/${file.path}`))) continue;
    for (const file of files) add(`${folder}/${file.path}`, file.content);
  }
  const { store } = contents;
  if (store !== undefined && store.lines.length > 0) add(`${STORE_FOLDER}/store.attestations.jsonl`, store.lines);
  for (const location of store?.manifests ?? []) {
    // An object is called by its SHA-256.
    const [digest] = path.basename(location).split('.');
    add(`${STORE_FOLDER}/${digest}.manifest.jsonl`, await listFile(location, 'manifest'));
  }
  if (sources.size === 0) {
    throw new StemmaError('EVIDENCE_MISSING', `nothing was found that is evidence about ${quote(contents.name)}`, {
      hint: 'attest it first, or name a store with --store',
    });
  }
  for (const { role, name, location } of contents.named)
    add(`${NAMED_FOLDERS[role]}/${name}`, await listFile(location, name));
  const paths = [...sources.keys()].toSorted(compareUtf8);
  add(INDEX_NAME, writeIndex(contents.name, paths));
  const sorted = [...sources.values()].toSorted((a, b) => compareUtf8(a.path, b.path));
  return { dag: await sourceDag('folder', sorted, { ...options, phase: 'hashing evidence' }), paths };
}
