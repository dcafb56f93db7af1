import { concatBytes, decodeUtf8, quote } from '../../bytes/index.ts';
import type { List } from '../../digest/pure.ts';
import { StemmaError } from '../../errors/index.ts';
import type { HashFunction } from '../../merkle/index.ts';
import type { Child, Entry, TreeNode } from './directory.ts';
import { murmur3x64 } from './murmur3.ts';
import { dataLength, type Linked, linkLength, NodeWriter, shardData } from './node.ts';

/** Slots of a shard: one byte of the hash of a name picks one. */
const FANOUT = 256;
const HASH_BYTES = 8;
/** The two hexadecimal digits with which a link of a shard begins. */
const PREFIXES = Array.from({ length: FANOUT }, (_, slot) => {
  const digits = slot.toString(16).toUpperCase().padStart(2, '0');
  return Uint8Array.of(digits.charCodeAt(0), digits.charCodeAt(1));
});

/**
 * The root shard of a directory as a hash array mapped trie: fan-out 256, murmur3-x64-64, from the first byte on.
 *
 * @throws StemmaError MODEL_UNSUPPORTED where two names have one hash: no trie of any implementation can hold both
 */
export function buildHamt(entries: List<Entry>, sha256: HashFunction): TreeNode {
  const hashes = new DataView(new ArrayBuffer(entries.length * HASH_BYTES));
  const order = new Uint32Array(entries.length);
  let at = 0;
  for (const { name } of entries) {
    hashes.setBigUint64(at * HASH_BYTES, murmur3x64(name));
    order[at] = at++;
  }
  const half = (index: number, from: number): number => hashes.getUint32(index * HASH_BYTES + from);
  order.sort((a, b) => half(a, 0) - half(b, 0) || half(a, 4) - half(b, 4));
  return new HamtBuilder(entries, hashes, order, sha256).shard(0, order.length, 0);
}

interface ShardLink {
  readonly slot: number;
  readonly name: Uint8Array;
  readonly linked: Linked;
  readonly child: Child;
}

class HamtBuilder {
  readonly #entries: List<Entry>;
  readonly #hashes: DataView;
  /** Indices of the entries by their hashes: those of one shard are together, and in it those of one slot. */
  readonly #order: Uint32Array;
  readonly #sha256: HashFunction;

  constructor(entries: List<Entry>, hashes: DataView, order: Uint32Array, sha256: HashFunction) {
    this.#entries = entries;
    this.#hashes = hashes;
    this.#order = order;
    this.#sha256 = sha256;
  }

  /** @param start of the entries below this shard, in their order: their hashes are alike in the first `depth` bytes */
  shard(start: number, end: number, depth: number): TreeNode {
    if (depth === HASH_BYTES) throw this.#collision(start);
    const links: ShardLink[] = [];
    let length = 0;
    for (let at = start; at < end; ) {
      const slot = this.#slot(at, depth);
      const first = at;
      while (at < end && this.#slot(at, depth) === slot) at++;
      const link = this.#link(slot, first, at, depth);
      length += linkLength(link.name.length, link.linked.cumulative);
      links.push(link);
    }
    const data = shardData(bitfieldOf(links), FANOUT);
    const writer = new NodeWriter(length + dataLength(data.length));
    for (const { name, linked } of links) writer.link(name, linked);
    return { ...writer.finish(data, this.#sha256), children: links.map(({ child }) => child) };
  }

  /** What a slot holds: an entry, or the shard below. */
  #link(slot: number, start: number, end: number, depth: number): ShardLink {
    const prefix = PREFIXES[slot] as Uint8Array;
    if (end - start > 1) {
      const below = this.shard(start, end, depth + 1);
      return { slot, name: prefix, linked: below, child: below };
    }
    const { name, linked, child } = this.#entry(start);
    return { slot, name: concatBytes(prefix, name), linked, child };
  }

  #slot(at: number, depth: number): number {
    return this.#hashes.getUint8((this.#order[at] as number) * HASH_BYTES + depth);
  }

  #entry(at: number): Entry {
    return this.#entries.at(this.#order[at] as number) as Entry;
  }

  #collision(at: number): StemmaError {
    const names = [at, at + 1].map((each) => quote(decodeUtf8(this.#entry(each).name)));
    return new StemmaError('MODEL_UNSUPPORTED', `${names.join(' and ')} have one hash: IPFS cannot hold both names`, {
      hint: 'rename one of the two files',
    });
  }
}

/** Which slots are taken, slot 0 the lowest bit of the last byte, without the zero bytes at the front. */
function bitfieldOf(links: readonly ShardLink[]): Uint8Array {
  const bitfield = new Uint8Array(FANOUT / 8);
  for (const { slot } of links) {
    const byte = bitfield.length - 1 - (slot >>> 3);
    bitfield[byte] = (bitfield[byte] as number) | (1 << (slot & 7));
  }
  return bitfield.subarray(bitfield.findIndex((byte) => byte !== 0));
}
