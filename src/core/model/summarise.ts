import { comparePathComponents } from '../bytes/index.ts';
import { type DigestSet, LazyList } from '../digest/index.ts';
import { type DigestModelOptions, digestModel } from './digest-model.ts';
import { type InspectOptions, inspectModel, type ModelInspection } from './inspect.ts';
import { locateModel, type NamedPaths } from './locate.ts';
import type { Finding } from './plan/plan-types.ts';
import { fileDigests, type ModelTrees } from './trees/model-trees.ts';
import { type FileDigest, omsRootOf } from './trees/trees.ts';

export interface ModelSummary extends ModelTrees {
  readonly name: string;
  readonly digests: DigestSet;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  /** The OMS root in the order of Python's model_signing, where that differs from ours in code points. */
  readonly pythonSha256?: string;
}

/**
 * Digests a model for `stemma digest`.
 *
 * @throws StemmaError as `locateModel` and `digestModel`
 */
export async function summariseModel(
  given: string,
  options: Omit<DigestModelOptions, 'ignored' | 'opaque'> & NamedPaths,
): Promise<ModelSummary> {
  const { root, kind, ignored, opaque } = await locateModel(given, options);
  const { trees, findings, listing, plan, files } = await digestModel(root, { ...options, ignored, opaque });
  const python = kind === 'folder' ? pythonRootOf(fileDigests(plan, files)) : undefined;
  return {
    name: listing.name,
    ...trees,
    findings,
    warnings: listing.warnings,
    ...(python === undefined || python === trees.digests['sha256'] ? {} : { pythonSha256: python }),
  };
}

/** Undefined where the order is the same. */
function pythonRootOf(files: LazyList<FileDigest>): string | undefined {
  let last: string | undefined;
  let same = true;
  for (const { path } of files) {
    if (last !== undefined && comparePathComponents(last, path) > 0) same = false;
    last = path;
  }
  if (same) return undefined;
  const paths = files.map(({ path }) => path);
  const order = Uint32Array.from(paths.keys());
  order.sort((a, b) => comparePathComponents(paths[a] as string, paths[b] as string));
  return omsRootOf(new LazyList(order.length, (i) => files.at(order[i] as number) as FileDigest));
}

/**
 * Inspects a model for `stemma inspect`.
 *
 * @throws StemmaError as `locateModel` and `inspectModel`
 */
export async function inspectNamed(
  given: string,
  options: Omit<InspectOptions, 'ignored' | 'opaque'> & NamedPaths,
): Promise<ModelInspection> {
  const { root, ignored, opaque } = await locateModel(given, options);
  return inspectModel(root, { ...options, ignored, opaque });
}
