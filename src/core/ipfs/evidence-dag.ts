import path from 'node:path';
import { compareUtf8 } from '../bytes/index.ts';
import { besideLocations, evidenceLocations } from '../evidence/index.ts';
import { SIDE_FILES, walkModel, walkProblemError } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import type { Dag } from './dag.ts';
import { listIfPresent } from './files-dag.ts';
import type { DagSource } from './source.ts';
import { sourceDag } from './source-dag.ts';

const SIDE_FILE_NAMES: readonly string[] = Object.values(SIDE_FILES);

/**
 * The DAG of a folder of a model's side files that exist: its root is the CID of the model's evidence. Those of a folder have
 * the names that they have in it (`model.sig` …), those of a single file the names that they have beside it. Undefined where
 * there is none.
 *
 * @param root absolute path of the model: a folder or a file
 * @throws StemmaError SYMLINK_REFUSED, MODEL_UNSUPPORTED, PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE, FILE_CHANGED, INTERRUPTED
 */
export async function evidenceDag(root: string, options: AbortOptions = {}): Promise<Dag | undefined> {
  const sources = await evidenceSources(root, options);
  return sources.length === 0 ? undefined : sourceDag('folder', sources, { ...options, phase: 'hashing evidence' });
}

/** The files of that folder, in its order; empty where there is none. @throws as `evidenceDag`, but for FILE_CHANGED */
export async function evidenceSources(root: string, options: AbortOptions = {}): Promise<readonly DagSource[]> {
  const listing = await walkModel(root, { ...options, allowSymlinks: false });
  const sources = new Map<string, DagSource>();
  if (listing.kind === 'folder') {
    const problem = listing.problems.find((entry) => SIDE_FILE_NAMES.includes(entry.path));
    if (problem !== undefined) throw walkProblemError(problem);
    for (const name of SIDE_FILE_NAMES) {
      // In a Hugging Face snapshot a side file is a link to a blob; the walk has resolved and checked it.
      const file = listing.files.named(name);
      if (file === undefined) continue;
      const { location, identity } = file;
      sources.set(name, { path: name, content: { path: name, location, followLink: false, identity } });
    }
    await addBeside(root, sources);
  } else {
    for (const location of Object.values(evidenceLocations(root, 'file'))) {
      await add(sources, path.basename(location), location);
    }
  }
  return [...sources.values()].toSorted((a, b) => compareUtf8(a.path, b.path));
}

/**
 * The side files that lie beside a folder (design §4), since a foreign `model.sig` in it does not ignore ours: as if they lay in
 * it, so that the folder's own name changes nothing. Where one lies in both places, the one beside is called `beside.…`.
 */
async function addBeside(root: string, sources: Map<string, DagSource>): Promise<void> {
  const { attestations, manifest } = besideLocations(root);
  for (const [location, name] of [
    [attestations, SIDE_FILES.attestations],
    [manifest, SIDE_FILES.manifest],
  ] as const) {
    await add(sources, sources.has(name) ? name.replace('model.', 'beside.') : name, location);
  }
}

async function add(sources: Map<string, DagSource>, name: string, location: string): Promise<void> {
  const content = await listIfPresent(location, name);
  if (content !== undefined) sources.set(name, { path: name, content });
}
