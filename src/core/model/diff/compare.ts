import { quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import { readChunks } from '../../evidence/index.ts';
import { type DigestModelOptions, digestModel } from '../digest-model.ts';
import { locateModel, type NamedPaths } from '../locate.ts';
import { describeManifest } from '../manifest/manifest-read.ts';
import type { SegmentHash } from '../trees/trees.ts';
import { isIgnored, parseModelPaths } from '../walk/ignore.ts';
import { describeModel, type ModelDescription } from './describe.ts';
import { diffModels, type ModelDifference } from './diff.ts';

export interface CompareOptions extends Omit<DigestModelOptions, 'ignored' | 'opaque' | 'segmentHash'>, NamedPaths {
  /** Default: the hash of a manifest that is compared, else BLAKE3. */
  readonly segmentHash?: SegmentHash;
}

const isManifest = (path: string): boolean => path.endsWith('.manifest.jsonl');

/**
 * Compares two models, each a folder, a file or a manifest. A manifest is taken at its word: nothing here is authenticated.
 *
 * @throws StemmaError as `digestModel`; MANIFEST_INVALID; USAGE where two manifests were hashed differently
 */
export async function compareModels(before: string, after: string, options: CompareOptions): Promise<ModelDifference> {
  if (isManifest(before) && isManifest(after) && options.opaque.length > 0)
    throw new StemmaError('USAGE', '--opaque needs the files of a model, and both are manifests');
  // Manifests first: they are read fast, and the hash of one decides how the other model is hashed.
  const [a, b] = await Promise.all([readIfManifest(before, options), readIfManifest(after, options)]);
  const segmentHash = options.segmentHash ?? a?.segmentHash ?? b?.segmentHash ?? 'blake3';
  const describe = async (path: string): Promise<ModelDescription> => {
    const { root, ignored, opaque } = await locateModel(path, options);
    return describeModel(await digestModel(root, { ...options, ignored, opaque, segmentHash }));
  };
  return diffModels(a ?? (await describe(before)), b ?? (await describe(after)));
}

async function readIfManifest(path: string, options: CompareOptions): Promise<ModelDescription | undefined> {
  if (!isManifest(path)) return undefined;
  const { description } = await describeManifest(readChunks(path, { followLink: true }), options);
  const { kind } = description;
  return leaveOut(description, new Set(parseModelPaths(options.ignore, { root: path, kind, flag: '--ignore' })));
}

/** A description without the ignored paths. A tensor set goes whole or not at all: its root cannot be cut. */
function leaveOut(description: ModelDescription, ignored: ReadonlySet<string>): ModelDescription {
  const tensorSets = description.tensorSets.filter((set) => {
    const kept = [set.path, ...set.files].filter((path) => !isIgnored(path, ignored));
    if (kept.length > 0 && kept.length <= set.files.length)
      throw new StemmaError('USAGE', `--ignore needs the files of a model to leave out a part of ${quote(set.path)}`);
    return kept.length > 0;
  });
  return { ...description, files: description.files.filter(({ path }) => !isIgnored(path, ignored)), tensorSets };
}
