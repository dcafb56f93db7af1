import { lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Material } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { type DigestSet, SEGMENT_TREE_SHA256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { findLockfiles } from '../run/index.ts';
import { DEFAULT_SETTINGS } from './claims.ts';
import { describeFile, type Materials, readMaterials } from './materials.ts';
import { digestParent } from './parent-digests.ts';
import type { Reference } from './reference.ts';
import type { RunOptions } from './run-options.ts';
import { refuseSalted } from './salted-guard.ts';

/** Something that was digested before the command, and is to be so again after it. */
export interface Watched {
  readonly list: 'links' | 'inputs' | 'environment' | 'config';
  readonly index: number;
  /** Absolute. */
  readonly file: string;
  readonly before: DigestSet;
  readonly again: () => Promise<DigestSet>;
  /** Where a change is the user's wish, or of what he did not name: it makes the evidence weaker, and the run no failure. */
  readonly mayChange: boolean;
}

export interface RunInputs {
  /** As they were before the command; the logs come later. */
  readonly materials: Materials;
  readonly watched: readonly Watched[];
}

/**
 * Digests everything that the command may read, before it does.
 *
 * @param roots absolute paths of the outputs: a repository inside one of them is not asked
 * @throws StemmaError USAGE for a mutable path that is no input; as `refuseSalted`, `readMaterials` and `digestParent`
 */
export async function readRunInputs(roots: readonly string[], options: RunOptions): Promise<RunInputs> {
  const mutable = mutablePaths(options);
  const parents = [...options.bases.map(({ reference }) => reference), ...options.datasets];
  for (const file of [...parents.flatMap((parent) => pathOf(parent) ?? []), ...options.inputs]) refuseLinkToFile(file);
  for (const file of [...options.inputs, ...options.logs]) await refuseSalted(file, options);
  const named = await readMaterials(roots, { ...options, logs: [] });
  const inputs: Material[] = [];
  for (const input of options.inputs) {
    const file = path.resolve(input);
    const digest = await digestParent('dataset', file, DEFAULT_SETTINGS, options);
    inputs.push({ name: path.basename(file), uri: undefined, digest, evidence: 'declared' });
  }
  const given = new Set(options.environments.flatMap((reference) => pathOf(reference) ?? []));
  const lockfiles = findLockfiles(path.resolve('.')).filter((file) => !given.has(file));
  const found: Material[] = [];
  for (const file of lockfiles) found.push({ ...(await describeFile(file, options)), evidence: 'declared' });
  const materials = { ...named, inputs, environment: [...named.environment, ...found] };

  const watched: Watched[] = [];
  const watch = (entry: Omit<Watched, 'mayChange'>): void => {
    watched.push({ ...entry, mayChange: mutable.has(entry.file) || lockfiles.includes(entry.file) });
  };
  for (const [index, link] of materials.links.entries()) {
    const file = pathOf(parents[index]);
    if (file === undefined) continue;
    const { role, digest: before, ignored, opaque } = link;
    const segmentHash = before[SEGMENT_TREE_SHA256] === undefined ? 'blake3' : 'sha256';
    const again = () => digestParent(role, file, { ignored, opaque, segmentHash }, options);
    watch({ list: 'links', index, file, before, again });
  }
  for (const [index, { digest: before }] of inputs.entries()) {
    const file = path.resolve(options.inputs[index] ?? '');
    watch({
      list: 'inputs',
      index,
      file,
      before,
      again: () => digestParent('dataset', file, DEFAULT_SETTINGS, options),
    });
  }
  const plain = (list: 'environment' | 'config', files: readonly (string | undefined)[]): void => {
    for (const [index, file] of files.entries()) {
      const before = materials[list][index]?.digest;
      if (file === undefined || before === undefined) continue;
      watch({ list, index, file, before, again: async () => (await describeFile(file, options)).digest });
    }
  };
  plain('environment', [...options.environments.map(pathOf), ...lockfiles]);
  plain(
    'config',
    options.configs.map((file) => path.resolve(file)),
  );
  return { materials, watched };
}

/** As within a folder: a link to a file is none of the bytes. A folder may be reached by one. */
function refuseLinkToFile(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return;
  throw new StemmaError('SYMLINK_REFUSED', `the input ${quote(path.basename(file))} is a symbolic link`, {
    hint: 'name the file or folder that it leads to',
  });
}

function mutablePaths({ mutable, inputs, bases, datasets, configs, environments }: RunOptions): ReadonlySet<string> {
  const references = [...bases.map(({ reference }) => reference), ...datasets, ...environments];
  const known = new Set([
    ...references.flatMap((reference) => pathOf(reference) ?? []),
    ...[...inputs, ...configs].map((file) => path.resolve(file)),
  ]);
  for (const file of mutable) {
    if (known.has(path.resolve(file))) continue;
    throw new StemmaError('USAGE', `${quote(path.basename(file))} is to be mutable but is no input`, {
      hint: 'name it with --base, --dataset, --input, --config or --environment as well',
    });
  }
  return new Set(mutable.map((file) => path.resolve(file)));
}

const pathOf = (reference: Reference | undefined): string | undefined =>
  reference?.kind === 'path' ? path.resolve(reference.path) : undefined;
