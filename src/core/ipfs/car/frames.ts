/** The framing of a CARv1: `varint(length) bytes`, the header first, then for each block `varint(length) CID bytes`. */
import type { CID } from 'multiformats/cid';
import { CID_BYTES } from '../cid.ts';
import { varintLength, Writer } from '../unixfs/protobuf.ts';

/** Bytes of the frame of a block with a CID of ours. @param length of the block */
export function frameLength(length: number): number {
  return varintLength(CID_BYTES + length) + CID_BYTES + length;
}

/** What stands before the bytes of a block: the length of CID and bytes, and the CID. */
export function frameHead(cid: CID, length: number): Uint8Array {
  const framed = cid.bytes.length + length;
  return new Writer(varintLength(framed) + cid.bytes.length).varint(framed).raw(cid.bytes).bytes;
}

// DAG-CBOR of {"roots": [CID], "version": 1}, keys in its order; a CID is tag 42 on its bytes after a zero byte.
const BEFORE_CID = Uint8Array.of(0xa2, 0x65, 0x72, 0x6f, 0x6f, 0x74, 0x73, 0x81, 0xd8, 0x2a, 0x58, 1 + CID_BYTES, 0x00);
/** The end of every header, with the version. */
export const AFTER_ROOTS: Uint8Array = Uint8Array.of(0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x01);
const HEADER_BYTES = BEFORE_CID.length + CID_BYTES + AFTER_ROOTS.length;

/** Bytes of the frame of a header with one root. */
export const HEADER_FRAME_BYTES: number = varintLength(HEADER_BYTES) + HEADER_BYTES;

/** The frame of a header that names one root. @param root CIDv1 */
export function headerFrame(root: CID): Uint8Array {
  const writer = new Writer(HEADER_FRAME_BYTES).varint(HEADER_BYTES);
  return writer.raw(BEFORE_CID).raw(root.bytes).raw(AFTER_ROOTS).bytes;
}
