import { ownText } from '../bytes/index.ts';
import { digestLength, type HashName, LazyList } from '../digest/pure.ts';
import type { OmsResource, OmsShard } from './oms-statement.ts';

/** The resources of one statement in columns: as objects, each with a digest of its own, those of a large folder take four times as much. */
export class OmsResources extends LazyList<OmsResource> {
  /** The digests one after the other, in listed order. */
  readonly digests: Uint8Array;

  /**
   * @param names one for each
   * @param digests as many, of one hash function
   * @param shards for each, where it begins and where it ends; empty with the method `files`
   */
  constructor(names: readonly string[], hash: HashName, digests: Uint8Array, shards: Float64Array) {
    const bytes = digestLength[hash];
    super(names.length, (index) => {
      const name = names[index] as string;
      const digest = digests.subarray(index * bytes, (index + 1) * bytes);
      const start = shards[2 * index];
      const end = shards[2 * index + 1];
      return { name, hash, digest, ...(start === undefined || end === undefined ? {} : { shard: { start, end } }) };
    });
    this.digests = digests;
  }
}

/** Takes the resources of a statement as they are read. */
export class ResourceReader {
  readonly #names: string[] = [];
  readonly #hash: HashName;
  readonly #digests: Uint8Array;
  readonly #shards: Float64Array;

  constructor(count: number, hash: HashName, method: 'files' | 'shards') {
    this.#hash = hash;
    this.#digests = new Uint8Array(count * digestLength[hash]);
    this.#shards = new Float64Array(method === 'shards' ? 2 * count : 0);
  }

  add(name: string, digest: Uint8Array, shard?: OmsShard): void {
    const index = this.#names.length;
    this.#names.push(ownText(name));
    this.#digests.set(digest, index * digestLength[this.#hash]);
    if (shard !== undefined) this.#shards.set([shard.start, shard.end], 2 * index);
  }

  end(): OmsResources {
    return new OmsResources(this.#names, this.#hash, this.#digests, this.#shards);
  }
}
