import { StemmaError } from '../errors/index.ts';

/** One field of a protobuf message: a number for the fixed and varint wire types, bytes for the length-delimited one. */
export interface ProtoField {
  readonly number: number;
  readonly wire: 'varint' | 'fixed64' | 'bytes' | 'fixed32';
  /** The field's own bytes; of a varint none, of which only small values are of interest. */
  readonly bytes: Uint8Array;
  readonly varint: number;
}

const NO_BYTES = new Uint8Array();
const WIRES = { 0: 'varint', 1: 'fixed64', 2: 'bytes', 5: 'fixed32' } as const;

/**
 * The fields of a protobuf message in order (protobuf.dev, "Encoding"). Hostile input: lengths are held against what is there;
 * groups, which nothing of ours has, are refused.
 *
 * @throws StemmaError LOG_INVALID
 */
export function* protoFields(message: Uint8Array): Generator<ProtoField, void, undefined> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw malformed('a number is cut off');
      // Inexact beyond 2^53, where no length or type that is used lies.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed('a number is too long');
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw malformed('a field is longer than its message');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const wire = (WIRES as Readonly<Record<number, ProtoField['wire']>>)[key % 8];
    const number = Math.floor(key / 8);
    if (wire === undefined || number === 0) throw malformed('a field of an unknown kind');
    if (wire === 'varint') yield { number, wire, bytes: NO_BYTES, varint: varint() };
    else yield { number, wire, bytes: take(wire === 'fixed64' ? 8 : wire === 'fixed32' ? 4 : varint()), varint: 0 };
  }
}

const malformed = (why: string): StemmaError =>
  new StemmaError('LOG_INVALID', `expected a TensorBoard event, found ${why}`);
