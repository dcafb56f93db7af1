import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { readChunks } from '../evidence/index.ts';
import { describeModel, type ModelDescription } from './describe.ts';
import { diffModels, type ModelDifference } from './diff.ts';
import { type DigestModelOptions, digestModel } from './digest-model.ts';
import { locateModel, type NamedPaths } from './locate.ts';
import { describeManifest } from './manifest-read.ts';
import type { SegmentHash } from './trees.ts';

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
  const descriptions = await Promise.all(
    [before, after].map(async (path) => (isManifest(path) ? readDescription(path, options) : undefined)),
  );
  const segmentHash =
    options.segmentHash ?? descriptions.find((described) => described !== undefined)?.segmentHash ?? 'blake3';
  const describe = async (path: string): Promise<ModelDescription> => {
    const { root, ignored, opaque } = await locateModel(path, options);
    return describeModel(await digestModel(root, { ...options, ignored, opaque, segmentHash, phase: 'hashing model' }));
  };
  const [a, b] = descriptions;
  return diffModels(a ?? (await describe(before)), b ?? (await describe(after)));
}

async function readDescription(path: string, options: CompareOptions): Promise<ModelDescription> {
  if (options.ignore.length > 0 || options.opaque.length > 0) {
    throw new StemmaError('USAGE', `--ignore and --opaque need the files of a model; ${quote(path)} is a manifest`);
  }
  return (await describeManifest(readChunks(path, { followLink: true }), options)).description;
}
