import { HASH_BYTES, type HashFunction, nodeHasher } from './hash.ts';
import { consistencyRanges } from './streamed-consistency.ts';

/**
 * A whole tree in memory, one flat array a layer, 64 bytes a leaf in all: built only when proofs are asked for
 * (`CompactRange` gives the root alone). Node `i` of layer `l` is the root over the leaves `[i·2^l, (i+1)·2^l)`, cut off
 * at the size; the last node of an odd layer stands unhashed in the layer above, which is the RFC 9162 shape.
 */
export class MerkleLayers {
  /** How many leaves there are. */
  readonly size: number;
  readonly #hash: HashFunction;
  readonly #layers: readonly Uint8Array[];

  /**
   * @param leafHashes the leaf hashes end to end, 32 bytes each; kept, not copied, so they must not change afterwards
   * @throws RangeError when the length is not a multiple of 32
   */
  constructor(hash: HashFunction, leafHashes: Uint8Array) {
    if (leafHashes.length % HASH_BYTES !== 0) {
      throw new RangeError(`"leafHashes" expected a multiple of ${HASH_BYTES} bytes, got ${leafHashes.length}`);
    }
    this.#hash = hash;
    this.size = leafHashes.length / HASH_BYTES;
    this.#layers = buildLayers(hash, leafHashes);
  }

  /** The root, in bytes of its own; that of an empty tree is `SHA-256("")`. */
  root(): Uint8Array {
    return this.size === 0 ? this.#hash(new Uint8Array(0)) : this.#subtree(0, this.size);
  }

  /**
   * RFC 9162 §2.1.3.1: the siblings on the way from leaf `index`, counted from 0, to the root, lowest first.
   *
   * @throws RangeError when there is no such leaf
   */
  inclusionProof(index: number): Uint8Array[] {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.size) {
      throw new RangeError(`"index" expected integer in [0, ${this.size}), got ${index}`);
    }
    const proof: Uint8Array[] = [];
    let at = index;
    for (const layer of this.#layers) {
      const sibling = at % 2 === 0 ? at + 1 : at - 1;
      if (sibling * HASH_BYTES < layer.length) proof.push(nodeAt(layer, sibling).slice());
      at = Math.floor(at / 2);
    }
    return proof;
  }

  /**
   * RFC 9162 §2.1.4.1: what shows that the first `size1` leaves are a prefix of this tree; empty when that is all of them.
   *
   * @throws RangeError unless 1 ≤ size1 ≤ size: nothing can be shown of an empty prefix
   */
  consistencyProof(size1: number): Uint8Array[] {
    return consistencyRanges(size1, this.size).map(([begin, end]) => this.#subtree(begin, end));
  }

  /** The root over the leaves `[begin, end)`: a range that splitting by powers of two arrives at, so some layer holds it. */
  #subtree(begin: number, end: number): Uint8Array {
    let level = 0;
    let width = 1;
    while (width < end - begin) {
      width *= 2;
      level++;
    }
    return nodeAt(this.#layers[level]!, begin / width).slice();
  }
}

function buildLayers(hash: HashFunction, leafHashes: Uint8Array): Uint8Array[] {
  const nodeHash = nodeHasher(hash);
  const layers = [leafHashes];
  for (let below = leafHashes; below.length > HASH_BYTES; ) {
    const width = below.length / HASH_BYTES;
    const layer = new Uint8Array(Math.ceil(width / 2) * HASH_BYTES);
    for (let i = 0; i + 1 < width; i += 2) {
      layer.set(nodeHash(nodeAt(below, i), nodeAt(below, i + 1)), (i / 2) * HASH_BYTES);
    }
    if (width % 2 === 1) layer.set(nodeAt(below, width - 1), layer.length - HASH_BYTES);
    layers.push(layer);
    below = layer;
  }
  return layers;
}

function nodeAt(layer: Uint8Array, index: number): Uint8Array {
  return layer.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
