import { compareUtf8 } from '../bytes/index.ts';
import type { ErrorCode, StemmaError } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import type { ContainerFormat } from './formats/index.ts';
import { configFindings } from './plan/config-findings.ts';
import { planModel } from './plan/plan.ts';
import type { Finding, ModelPlan, TensorSetPlan } from './plan/plan-types.ts';
import { formatsOf } from './trees/model-trees.ts';
import { fileSet } from './walk/file-set.ts';
import { modelEmpty, walkProblemError } from './walk/listing.ts';
import { walkModel } from './walk/walk.ts';

export interface DtypeSummary {
  readonly dtype: string;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

export interface TensorSetSummary {
  readonly path: string;
  readonly format: ContainerFormat;
  /** Paths of the files that hold its tensors. */
  readonly files: readonly string[];
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  /** Most bytes first. */
  readonly dtypes: readonly DtypeSummary[];
}

/** Something for which `attest` would refuse this model. */
export interface InspectedProblem {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

export interface ModelInspection {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly files: number;
  readonly bytes: number;
  readonly formats: readonly ContainerFormat[];
  /** By path. */
  readonly tensorSets: readonly TensorSetSummary[];
  /** By path, then kind. */
  readonly findings: readonly Finding[];
  readonly problems: readonly InspectedProblem[];
  readonly warnings: readonly string[];
}

export interface InspectOptions extends AbortOptions {
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly allowSymlinks: boolean;
}

/**
 * Says what a model is made of by its headers and names, without hashing a weight. A model that `attest` would refuse is
 * inspected all the same, the reasons listed.
 *
 * @throws StemmaError PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE for the path itself; INTERRUPTED
 */
export async function inspectModel(path: string, options: InspectOptions): Promise<ModelInspection> {
  const listing = await walkModel(path, options);
  const set = fileSet(listing, options);
  const plan = await planModel(set, options);
  const findings = [...plan.findings, ...configFindings(set.files)];
  return {
    name: listing.name,
    kind: listing.kind,
    files: set.files.length,
    bytes: set.files.bytes(),
    formats: formatsOf(plan),
    tensorSets: plan.tensorSets.map((tensorSet) => summarise(tensorSet, plan)),
    findings: findings.toSorted((a, b) => compareUtf8(a.path, b.path) || compareUtf8(a.kind, b.kind)),
    problems: [
      ...(set.files.length === 0 && set.problems.length === 0 ? [inspected('', modelEmpty(listing))] : []),
      ...set.problems.map((problem) => inspected(problem.path, walkProblemError(problem))),
      ...plan.problems.map((problem) => inspected(problem.path, problem.error)),
    ],
    warnings: listing.warnings,
  };
}

function summarise(set: TensorSetPlan, plan: ModelPlan): TensorSetSummary {
  const byDtype = new Map<string, { tensors: number; parameters: number; bytes: number }>();
  const total = { tensors: 0, parameters: 0, bytes: 0 };
  for (const { tensor } of set.tensors) {
    const sums = byDtype.get(tensor.dtype) ?? { tensors: 0, parameters: 0, bytes: 0 };
    byDtype.set(tensor.dtype, sums);
    for (const sum of [sums, total]) {
      sum.tensors++;
      sum.parameters += tensor.parameters;
      sum.bytes += tensor.length;
    }
  }
  const dtypes = [...byDtype].map(([dtype, sums]) => ({ dtype, ...sums }));
  return {
    path: set.path,
    format: set.format,
    files: set.files.map((file) => plan.files.at(file)?.file.path as string),
    ...total,
    dtypes: dtypes.toSorted((a, b) => b.bytes - a.bytes || compareUtf8(a.dtype, b.dtype)),
  };
}

function inspected(path: string, { code, message, hint }: StemmaError): InspectedProblem {
  return { path, code, message, ...(hint === undefined ? {} : { hint }) };
}
