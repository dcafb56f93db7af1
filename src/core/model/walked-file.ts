import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import type { FileIdentity } from '../digest/index.ts';
import type { ModelFile } from './listing.ts';

/** The device seen last: nearly all files of a model lie on one, and each `stat` makes a bigint of its own for it. */
let lastDev = 0n;

/** A file as the walk found it. A model may have a million of them: what can be told from the rest is not held. */
export class WalkedFile implements ModelFile {
  readonly path: string;
  readonly size: number;
  readonly links: number;
  readonly via: ModelFile['via'];
  readonly #root: string;
  readonly #target: string | undefined;
  readonly #dev: bigint;
  readonly #ino: bigint;
  readonly #mtimeNs: bigint;

  /**
   * @param root absolute path of the model
   * @param target where the file lies, if not at `at` below the root: absolute
   * @param stat whose size the caller has found to be a safe integer
   */
  constructor(root: string, at: string, target: string | undefined, stat: BigIntStats, via: ModelFile['via']) {
    this.path = at;
    this.size = Number(stat.size);
    this.links = Number(stat.nlink);
    this.via = via;
    this.#root = root;
    this.#target = target;
    if (lastDev !== stat.dev) lastDev = stat.dev;
    this.#dev = lastDev;
    this.#ino = stat.ino;
    this.#mtimeNs = stat.mtimeNs;
  }

  get location(): string {
    return this.#target ?? path.join(this.#root, this.path);
  }

  get identity(): FileIdentity {
    return { dev: this.#dev, ino: this.#ino, size: this.size, mtimeNs: this.#mtimeNs };
  }
}
