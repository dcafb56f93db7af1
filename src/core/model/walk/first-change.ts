import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import { concerns, type FileSet, type LeavesOut, leavesOut } from './file-set.ts';
import type { FileSink, ModelFile } from './listing.ts';
import { type WalkOptions, walkFiles } from './walk.ts';

/** A path of a model at which something is not as it was. */
export interface FileChange {
  /** Relative to the model; untrusted text. */
  readonly path: string;
  readonly how: 'was added' | 'changed' | 'was removed' | 'was replaced';
}

/**
 * Walks a model again and compares each file with the file set that was made of it, as it is found: a second listing of a
 * million files would take as much memory as the first.
 *
 * @param options as those that `before` was made with
 * @throws StemmaError as `walkModel`
 */
export async function firstChange(
  model: string,
  before: FileSet,
  options: WalkOptions & { readonly ignored: readonly string[] },
): Promise<FileChange | undefined> {
  const isLeftOut = leavesOut(before.kind, options.ignored);
  const comparison = new Comparison(before, isLeftOut);
  const { problems } = await walkFiles(path.resolve(model), comparison, options);
  const replaced = problems.find((problem) => concerns(problem, isLeftOut));
  if (comparison.change !== undefined || replaced === undefined) return comparison.change ?? comparison.removed();
  return { path: replaced.path, how: 'was replaced' };
}

class Comparison implements FileSink {
  change: FileChange | undefined;
  readonly #before: FileSet;
  readonly #isLeftOut: LeavesOut;
  /** By index in the file set: 1 for one that is still there. */
  readonly #seen: Uint8Array;

  constructor(before: FileSet, isLeftOut: LeavesOut) {
    this.#before = before;
    this.#isLeftOut = isLeftOut;
    this.#seen = new Uint8Array(before.files.length);
  }

  push(at: string, location: string, stat: BigIntStats): void {
    if (this.change !== undefined || this.#isLeftOut(at) !== undefined) return;
    const { files } = this.#before;
    const index = files.indexOf(at);
    if (index === undefined) this.change = { path: at, how: 'was added' };
    else if (isSame(files.at(index) as ModelFile, location, stat)) this.#seen[index] = 1;
    else this.change = { path: at, how: 'changed' };
  }

  removed(): FileChange | undefined {
    const index = this.#seen.indexOf(0);
    return index < 0 ? undefined : { path: (this.#before.files.at(index) as ModelFile).path, how: 'was removed' };
  }
}

function isSame(before: ModelFile, location: string, { dev, ino, size, mtimeNs }: BigIntStats): boolean {
  const { identity } = before;
  return (
    before.location === location &&
    identity.dev === dev &&
    identity.ino === ino &&
    BigInt(identity.size) === size &&
    identity.mtimeNs === mtimeNs
  );
}
