import { compareUtf8, quote } from '../../bytes/index.ts';
import type { LazyList } from '../../digest/index.ts';
import { StemmaError } from '../../errors/index.ts';
import type { Container, SafetensorsIndex } from '../formats/index.ts';
import type { FilePlan, Finding, PlanProblem, TensorRef, TensorSetPlan } from './plan-types.ts';
import { tensorChunks } from './segments.ts';

export interface ParsedIndex {
  readonly path: string;
  readonly index: SafetensorsIndex;
}

type IndexOf = (path: string) => number | undefined;

export interface TensorSets {
  readonly tensorSets: readonly TensorSetPlan[];
  readonly findings: readonly Finding[];
  readonly problems: readonly PlanProblem[];
}

/**
 * Groups containers into tensor sets (design §3): an index with its shards is one set, every other container a set of its own.
 * A set with an opaque file is not made, nor are sets of its other shards.
 *
 * @param files in the order of the file set
 * @param indexOf where among them a path is
 * @param indexes the parsed `*.safetensors.index.json` files among them, in that order
 */
export function groupTensorSets(
  files: LazyList<FilePlan>,
  indexOf: IndexOf,
  indexes: readonly ParsedIndex[],
): TensorSets {
  const tensorSets: TensorSetPlan[] = [];
  const findings: Finding[] = [];
  const problems: PlanProblem[] = [];
  const claimed = new Set<number>();
  for (const { path, index } of indexes) {
    const reader = new IndexReader(path, index, files);
    const set = reader.read(indexOf, claimed);
    findings.push(...reader.findings);
    problems.push(...reader.problems);
    if (set !== undefined) tensorSets.push(set);
  }
  let i = -1;
  for (const { file, container } of files) {
    i++;
    if (container === undefined || claimed.has(i)) continue;
    tensorSets.push({ path: file.path, format: container.format, files: [i], tensors: byName(refsOf(container, i)) });
  }
  return { tensorSets: tensorSets.toSorted((a, b) => compareUtf8(a.path, b.path)), findings, problems };
}

function refsOf(container: Container, file: number): TensorRef[] {
  const { first, count } = tensorChunks(container);
  return container.tensors.map((tensor, i) => ({
    tensor,
    file,
    firstSegment: first[i] as number,
    segments: count[i] as number,
  }));
}

function byName(refs: TensorRef[]): TensorRef[] {
  return refs.toSorted((a, b) => compareUtf8(a.tensor.name, b.tensor.name));
}

/** Checks one index against the headers of the shards that it names. */
class IndexReader {
  readonly findings: Finding[] = [];
  readonly problems: PlanProblem[] = [];
  readonly #path: string;
  readonly #index: SafetensorsIndex;
  readonly #files: LazyList<FilePlan>;

  constructor(path: string, index: SafetensorsIndex, files: LazyList<FilePlan>) {
    this.#path = path;
    this.#index = index;
    this.#files = files;
  }

  read(indexOf: IndexOf, claimed: Set<number>): TensorSetPlan | undefined {
    for (const message of this.#index.notes) this.#note('container-note', message);
    const shards = this.#shards(indexOf, claimed);
    if (shards === undefined) return undefined;
    const refs = shards.flatMap((i) => refsOf(this.#files.at(i)?.container as Container, i));
    const tensors = byName(refs);
    this.#compare(tensors);
    return this.problems.length > 0 ? undefined : { path: this.#path, format: 'safetensors', files: shards, tensors };
  }

  /** Indices of the shards, ascending; undefined where one is absent, claimed twice, opaque, or no safetensors file. */
  #shards(indexOf: IndexOf, claimed: Set<number>): number[] | undefined {
    const folder = this.#path.slice(0, this.#path.lastIndexOf('/') + 1);
    const shards: number[] = [];
    let complete = true;
    for (const name of new Set(this.#index.weightMap.values())) {
      const at = indexOf(folder + name);
      const plan = at === undefined ? undefined : this.#files.at(at);
      if (at === undefined || plan === undefined)
        this.#problem(`names the shard ${quote(name)}, which is not in the model`);
      else if (claimed.has(at)) this.#problem(`names the shard ${quote(name)}, which another index names too`);
      else {
        claimed.add(at);
        shards.push(at);
        // A shard that should parse and does not has a problem of its own.
        if (plan.container?.format !== 'safetensors') complete = false;
        if (plan.container?.format !== 'safetensors' && !plan.opaque && !name.endsWith('.safetensors')) {
          this.#problem(`names the shard ${quote(name)}, which is no safetensors file`);
        }
      }
    }
    return complete && this.problems.length === 0 ? shards.toSorted((a, b) => a - b) : undefined;
  }

  /** @param tensors those in the headers, by name */
  #compare(tensors: readonly TensorRef[]): void {
    const { weightMap, totalSize } = this.#index;
    const folder = this.#path.slice(0, this.#path.lastIndexOf('/') + 1);
    const omitted: string[] = [];
    const misplaced: string[] = [];
    const twice = tensors.find(({ tensor }, i) => tensor.name === tensors[i + 1]?.tensor.name);
    if (twice !== undefined) {
      this.#problem(`has the tensor ${quote(twice.tensor.name)} in two shards`);
      return;
    }
    let bytes = 0;
    let listed = 0;
    for (const { tensor, file } of tensors) {
      bytes += tensor.length;
      const shard = weightMap.get(tensor.name);
      if (shard === undefined) omitted.push(tensor.name);
      else listed++;
      if (shard !== undefined && folder + shard !== this.#files.at(file)?.file.path) misplaced.push(tensor.name);
    }
    if (listed < weightMap.size) {
      const present = new Set(tensors.map(({ tensor }) => tensor.name));
      const absent = [...weightMap.keys()].find((name) => !present.has(name)) as string;
      this.#problem(`names the tensor ${quote(absent)}, which no shard has`);
    }
    if (omitted.length > 0) this.#mismatch(`omits ${counted(omitted)}`);
    if (misplaced.length > 0) this.#mismatch(`places ${counted(misplaced)} in another shard than the headers do`);
    if (totalSize !== undefined && totalSize !== bytes) {
      this.#mismatch(`says ${totalSize} bytes of tensors; the headers say ${bytes}`);
    }
  }

  #problem(why: string): void {
    const error = new StemmaError('SAFETENSORS_INDEX_INVALID', `${quote(this.#path)} ${why}`, {
      details: { path: this.#path },
    });
    this.problems.push({ path: this.#path, error, blocks: 'always' });
  }

  #mismatch(why: string): void {
    this.#note('index-mismatch', `the index ${why}`);
  }

  #note(kind: Finding['kind'], message: string): void {
    this.findings.push({ path: this.#path, kind, message });
  }
}

function counted(names: readonly string[]): string {
  const first = quote(names[0] as string, 80);
  return names.length === 1 ? `the tensor ${first}` : `${names.length} tensors, ${first} first`;
}
