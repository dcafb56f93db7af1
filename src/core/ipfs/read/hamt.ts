import type { CID } from 'multiformats/cid';
import { encodeUtf8, quote } from '../../bytes/index.ts';
import { formatCid } from '../cid.ts';
import { murmur3x64 } from '../unixfs/murmur3.ts';
import type { PbLink } from './dag-pb.ts';
import { invalid } from './protobuf.ts';
import type { ShardNode } from './unixfs.ts';

/** A filled slot of a shard. */
export interface Slot {
  readonly index: number;
  readonly link: PbLink;
  /** Of an entry of the directory; undefined where the slot holds a shard of the next level. */
  readonly name: string | undefined;
}

/** Bits of the hash of a name. */
const HASH_BITS = 64;

/**
 * The slots of a shard, in order (https://specs.ipfs.tech/unixfs/, "HAMT directories"). Every name stands where its hash puts it and
 * nowhere else: whoever looks a name up then finds what whoever lists the directory finds, and no name is there twice.
 *
 * @param above the slots that lead to this shard, the first one in the root
 * @throws StemmaError UNIXFS_INVALID
 */
export function slotsOf(cid: CID, { links, fanout, bitfield }: ShardNode, above: readonly number[]): Slot[] {
  const what = `HAMT shard ${formatCid(cid)}`;
  const bits = Math.log2(fanout);
  if ((above.length + 1) * bits > HASH_BITS) throw invalid(`${what} lies deeper than the hash of a name reaches`);
  const filled = filledSlots(bitfield, fanout, what);
  if (filled.length !== links.length)
    throw invalid(`${what} has ${links.length} links, and ${filled.length} slots are marked as filled`);
  const width = (fanout - 1).toString(16).length;
  return links.map((link, i) => {
    const index = filled[i] as number;
    const prefix = index.toString(16).toUpperCase().padStart(width, '0');
    if (!link.name.startsWith(prefix))
      throw invalid(`${what} has ${quote(link.name, 80)} where the name starts with ${quote(prefix)}`);
    const name = link.name.slice(width);
    if (name === '') return { index, link, name: undefined };
    if (!isAt(name, [...above, index], bits)) throw invalid(`${what} has ${quote(name, 80)} in a slot of other names`);
    return { index, link, name };
  });
}

function filledSlots(bitfield: Uint8Array, fanout: number, what: string): number[] {
  if (bitfield.length > fanout / 8)
    throw invalid(`${what} has ${fanout} slots and marks them in ${bitfield.length} bytes`);
  const filled: number[] = [];
  for (let i = 0; i < bitfield.length * 8; i++) {
    const byte = bitfield[bitfield.length - 1 - Math.floor(i / 8)] as number;
    if ((byte >> (i % 8)) & 1) filled.push(i);
  }
  return filled;
}

/** The hash of a name, the most significant bits first, gives the slot in each level. */
function isAt(name: string, slots: readonly number[], bits: number): boolean {
  const hash = murmur3x64(encodeUtf8(name));
  return slots.every((slot, level) => {
    const right = BigInt(HASH_BITS - (level + 1) * bits);
    return Number((hash >> right) & ((1n << BigInt(bits)) - 1n)) === slot;
  });
}
