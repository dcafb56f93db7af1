import { compareUtf8, decodeHex, equalBytes, quote } from '../../bytes/index.ts';
import { tensorLeaf } from '../trees/leaves.ts';
import { type TensorSetRoot, TreeBuilder } from '../trees/trees.ts';
import { manifestInvalid } from './manifest-fields.ts';
import type { TensorLine, TensorSetLine } from './manifest-lines.ts';
import type { ReadTensors } from './read-tensors.ts';

/** By path of a container, its tensors that have segments. */
export type ReadContainers = ReadonlyMap<string, ReadTensors>;

/** Reads the tensors of one set: each must be in the file that it names, and the tree over all must be the set's. */
export class ManifestSetReader {
  readonly #set: TensorSetLine;
  readonly #containers: ReadContainers;
  readonly #tree: TreeBuilder;
  readonly #emptyRoot: Uint8Array;
  #last: string | undefined;
  #parameters = 0;

  constructor(set: TensorSetLine, containers: ReadContainers) {
    this.#set = set;
    this.#containers = containers;
    this.#tree = new TreeBuilder(set.hash);
    this.#emptyRoot = new TreeBuilder(set.hash).root();
  }

  push(tensor: TensorLine, line: number): void {
    const problem = this.#problem(tensor);
    if (problem !== undefined) throw manifestInvalid(`the tensor ${quote(tensor.name, 80)} ${problem}`, line);
    this.#tree.push(tensorLeaf(tensor, decodeHex(tensor.root)));
    this.#parameters += parametersOf(tensor.shape);
    this.#last = tensor.name;
  }

  /** @param line the number of the line that ends the set's tensors */
  finish(line: number): TensorSetRoot {
    const { path, format, hash, size, parameters, root } = this.#set;
    const found = this.#tree.finish();
    if (found.size !== size || found.root !== root || this.#parameters !== parameters) {
      throw manifestInvalid(`the tensors of the set ${quote(path)} do not make its root, size and parameters`, line);
    }
    for (const file of this.#set.files) {
      const unlisted = this.#containers.get(file)?.left();
      if (unlisted !== undefined) {
        throw manifestInvalid(`the tensor ${quote(unlisted, 80)} of ${quote(file)} is not in its set`, line);
      }
    }
    return { path, format, hash, size, parameters, root };
  }

  #problem({ name, dtype, shape, length, file, root }: TensorLine): string | undefined {
    if (this.#last !== undefined && compareUtf8(this.#last, name) >= 0) return 'is not in the order of names';
    if (dtype.length > 255 || shape.length > 255) return 'has a dtype or rank beyond 255';
    if (!Number.isSafeInteger(this.#parameters + parametersOf(shape))) return 'has too many parameters';
    const path = this.#set.files[file];
    const tensors = path === undefined ? undefined : this.#containers.get(path);
    if (tensors === undefined) return 'names a file that the set does not have';
    const read = tensors.take(name) ?? { length: 0, root: this.#emptyRoot };
    const same = read.length === length && equalBytes(read.root, decodeHex(root));
    return same ? undefined : `is not what the segments of ${quote(path ?? '')} hold`;
  }
}

export function parametersOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
