import { concatBytes } from '../../../../src/core/bytes/index.ts';
import { type Block, dagPbCid, rawCid } from '../../../../src/core/ipfs/index.ts';
import { sha256 } from '../support.ts';

export const rawBlock = (text: string): Block => {
  const bytes = Buffer.from(text);
  return { cid: rawCid(sha256(bytes)), bytes };
};

export const nodeBlock = (bytes: Uint8Array): Block => ({ cid: dagPbCid(sha256(bytes)), bytes });

/** An unsigned varint, of the shortest form. */
export function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...out, Number(rest)]);
}

export const framed = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concatBytes(...parts);
  return concatBytes(varint(body.length), body);
};

export const blockFrame = ({ cid, bytes }: Block): Uint8Array => framed(cid.bytes, bytes);

const text = (value: string): Uint8Array => Uint8Array.of(0x60 + value.length, ...Buffer.from(value));

/** A header of these roots; of another version, for whoever wants to lie. */
export function header(roots: readonly Uint8Array[], version = 1): Uint8Array {
  const links = roots.map((cid) => Uint8Array.of(0xd8, 0x2a, 0x58, cid.length + 1, 0, ...cid));
  return framed(
    Uint8Array.of(0xa2),
    text('roots'),
    Uint8Array.of(0x80 + roots.length),
    ...links,
    text('version'),
    Uint8Array.of(version),
  );
}

export const carOf = (blocks: readonly Block[], roots = blocks.slice(0, 1)): Uint8Array =>
  concatBytes(header(roots.map(({ cid }) => cid.bytes)), ...blocks.map(blockFrame));

const PRAGMA = Uint8Array.of(0x0a, 0xa1, 0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x02);

export interface Version2Fields {
  readonly dataOffset?: number | bigint;
  readonly dataSize?: number | bigint;
  readonly indexOffset?: number | bigint;
  readonly index?: Uint8Array;
  readonly padding?: number;
}

/** A CARv2 around a CARv1, true unless fields say otherwise. */
export function version2(car: Uint8Array, fields: Version2Fields = {}): Uint8Array {
  const { padding = 0, index = new Uint8Array(0) } = fields;
  const start = PRAGMA.length + 40 + padding;
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(BigInt(fields.dataOffset ?? start), 16);
  head.writeBigUInt64LE(BigInt(fields.dataSize ?? car.length), 24);
  head.writeBigUInt64LE(BigInt(fields.indexOffset ?? (index.length === 0 ? 0 : start + car.length)), 32);
  return concatBytes(PRAGMA, head, new Uint8Array(padding), car, index);
}
