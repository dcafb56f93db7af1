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
  const hashes = new Uint8Array(entries.length * HASH_BYTES);
  const view = new DataView(hashes.buffer);
  const all = new Uint32Array(entries.length);
  let at = 0;
  for (const { name } of entries) {
    view.setBigUint64(at * HASH_BYTES, murmur3x64(name));
    all[at] = at++;
  }
  return new HamtBuilder(entries, hashes, sha256).shard(all, 0);
}

class HamtBuilder {
  readonly #entries: List<Entry>;
  readonly #hashes: Uint8Array;
  readonly #sha256: HashFunction;

  constructor(entries: List<Entry>, hashes: Uint8Array, sha256: HashFunction) {
    this.#entries = entries;
    this.#hashes = hashes;
    this.#sha256 = sha256;
  }

  /** @param indices of the entries below this shard, ascending: their hashes are alike in the first `depth` bytes */
  shard(indices: Uint32Array, depth: number): TreeNode {
    if (depth === HASH_BYTES) throw this.#collision(indices);
    const links: { readonly name: Uint8Array; readonly linked: Linked; readonly child: Child }[] = [];
    const bitfield = new Uint8Array(FANOUT / 8);
    for (const [slot, members] of this.#slots(indices, depth).entries()) {
      const [first] = members;
      const prefix = PREFIXES[slot];
      if (first === undefined || prefix === undefined) continue;
      // Slot 0 is the lowest bit of the last byte.
      const byte = bitfield.length - 1 - (slot >>> 3);
      bitfield[byte] = (bitfield[byte] ?? 0) | (1 << (slot & 7));
      if (members.length === 1) {
        const { name, linked, child } = this.#entries.at(first) as Entry;
        links.push({ name: concatBytes(prefix, name), linked, child });
      } else {
        const below = this.shard(Uint32Array.from(members), depth + 1);
        links.push({ name: prefix, linked: below, child: below });
      }
    }
    const data = shardData(withoutLeadingZeros(bitfield), FANOUT);
    const length = links.reduce((sum, { name, linked }) => sum + linkLength(name.length, linked.cumulative), 0);
    const writer = new NodeWriter(length + dataLength(data.length));
    for (const { name, linked } of links) writer.link(name, linked);
    return { ...writer.finish(data, this.#sha256), children: links.map(({ child }) => child) };
  }

  #slots(indices: Uint32Array, depth: number): readonly number[][] {
    const slots = Array.from({ length: FANOUT }, (): number[] => []);
    for (const index of indices) slots[this.#hashes[index * HASH_BYTES + depth] as number]?.push(index);
    return slots;
  }

  #collision(indices: Uint32Array): StemmaError {
    const names = Array.from(indices.subarray(0, 2), (index) =>
      quote(decodeUtf8((this.#entries.at(index) as Entry).name)),
    );
    return new StemmaError('MODEL_UNSUPPORTED', `${names.join(' and ')} have one hash: IPFS cannot hold both names`, {
      hint: 'rename one of the two files',
    });
  }
}

function withoutLeadingZeros(bitfield: Uint8Array): Uint8Array {
  const first = bitfield.findIndex((byte) => byte !== 0);
  return first < 0 ? new Uint8Array(0) : bitfield.subarray(first);
}
