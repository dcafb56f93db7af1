import { compareUtf8 } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import type { DescribedTensorSet, ModelDescription } from './describe.ts';
import { diffFiles, type FileDifference, isMetadataName } from './diff-files.ts';
import { diffTensors, type TensorDifference } from './diff-tensors.ts';

export interface TensorSetDifference {
  /** The set's path in each model; absent where only the other has it. */
  readonly before?: string;
  readonly after?: string;
  /** `remainder`: the one set of its format that is left on either side. */
  readonly pairedBy: 'path' | 'root' | 'remainder' | 'nothing';
  readonly unchangedTensors: number;
  /** Those that differ, by name. */
  readonly tensors: readonly TensorDifference[];
}

export interface ModelDifference {
  /** Every file has the same path and bytes. */
  readonly same: boolean;
  readonly files: readonly FileDifference[];
  readonly tensorSets: readonly TensorSetDifference[];
  /** Parameters in all tensor sets; `unchanged` counts those of `after` whose tensor is in `before`, type and bytes alike. */
  readonly parameters: { readonly before: number; readonly after: number; readonly unchanged: number };
  /** `unchanged` in parts per million of `after`, rounded down; absent when `after` has no parameters. */
  readonly unchangedShare?: number;
  /** Something differs, but no tensor does, and every other file that differs is tokenizer, template, configuration or documentation. */
  readonly onlyMetadata: boolean;
}

interface Pair {
  readonly before?: DescribedTensorSet;
  readonly after?: DescribedTensorSet;
  readonly by: TensorSetDifference['pairedBy'];
}

/**
 * Compares two models file by file and tensor by tensor. Equality is that of bytes: a cast or a quantisation changes
 * everything, and a tensor that two formats store alike is not recognised across them.
 *
 * @throws StemmaError USAGE when their segments were hashed by different functions
 */
export function diffModels(before: ModelDescription, after: ModelDescription): ModelDifference {
  if (before.segmentHash !== after.segmentHash) {
    const found = `${before.segmentHash} and ${after.segmentHash}`;
    throw new StemmaError('USAGE', `expected two models hashed alike, found segments by ${found}`, {
      hint: 'digest both with the same --digest',
    });
  }
  const files = diffFiles(before.files, after.files);
  const pairs = pairSets(before.tensorSets, after.tensorSets);
  const compared = pairs.map(comparePair);
  const total = (sets: readonly DescribedTensorSet[]): number => sets.reduce((sum, set) => sum + set.parameters, 0);
  const parameters = {
    before: total(before.tensorSets),
    after: total(after.tensorSets),
    unchanged: compared.reduce((sum, pair) => sum + pair.unchangedParameters, 0),
  };
  const tensorSets = compared.map(({ difference }) => difference);
  return {
    same: files.length === 0,
    files,
    tensorSets,
    parameters,
    ...(parameters.after > 0 ? { unchangedShare: partsPerMillion(parameters.unchanged, parameters.after) } : {}),
    onlyMetadata: files.length > 0 && weightsEqual(tensorSets) && restIsMetadata(files, before, after),
  };
}

function pairSets(before: readonly DescribedTensorSet[], after: readonly DescribedTensorSet[]): readonly Pair[] {
  const left = new Set(before);
  const right = new Set(after);
  const pairs: Pair[] = [];
  const match = (by: Pair['by'], matches: (a: DescribedTensorSet, b: DescribedTensorSet) => boolean): void => {
    for (const a of left) {
      const b = [...right].find((candidate) => matches(a, candidate));
      if (b === undefined) continue;
      left.delete(a);
      right.delete(b);
      pairs.push({ before: a, after: b, by });
    }
  };
  match('path', (a, b) => a.path === b.path);
  match('root', (a, b) => a.root === b.root && a.format === b.format);
  const only = (sets: ReadonlySet<DescribedTensorSet>, format: string): boolean =>
    [...sets].filter((set) => set.format === format).length === 1;
  match('remainder', (a, b) => a.format === b.format && only(left, a.format) && only(right, a.format));
  for (const set of left) pairs.push({ before: set, by: 'nothing' });
  for (const set of right) pairs.push({ after: set, by: 'nothing' });
  const key = (pair: Pair): string => (pair.after ?? pair.before)?.path ?? '';
  return pairs.toSorted((a, b) => compareUtf8(key(a), key(b)));
}

function comparePair({ before, after, by }: Pair): { difference: TensorSetDifference; unchangedParameters: number } {
  const tensors = before?.root === after?.root ? [] : diffTensors(before?.tensors ?? [], after?.tensors ?? []);
  const differing = new Set(tensors.map(({ name }) => name));
  const unchanged = after?.tensors.filter(({ name }) => !differing.has(name)) ?? [];
  return {
    difference: {
      ...(before === undefined ? {} : { before: before.path }),
      ...(after === undefined ? {} : { after: after.path }),
      pairedBy: by,
      unchangedTensors: unchanged.length,
      tensors,
    },
    unchangedParameters: unchanged.reduce((sum, tensor) => sum + tensor.parameters, 0),
  };
}

function weightsEqual(sets: readonly TensorSetDifference[]): boolean {
  return sets.length > 0 && sets.every((set) => set.pairedBy !== 'nothing' && set.tensors.length === 0);
}

function restIsMetadata(files: readonly FileDifference[], before: ModelDescription, after: ModelDescription): boolean {
  const compared = new Set([...before.tensorSets, ...after.tensorSets].flatMap((set) => set.files));
  return files.every(({ path }) => compared.has(path) || isMetadataName(path));
}

function partsPerMillion(part: number, whole: number): number {
  return Number((BigInt(part) * 1_000_000n) / BigInt(whole));
}
