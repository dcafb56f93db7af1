import { StemmaError } from '../../errors/index.ts';

/** One field of a protobuf message: the two wire types that UnixFS and dag-pb have. */
export type Field =
  | { readonly number: number; readonly value: number }
  | { readonly number: number; readonly bytes: Uint8Array };

/** What a block that is not what its CID's codec says gets. */
export function invalid(message: string, details?: Readonly<Record<string, unknown>>): StemmaError {
  return new StemmaError('UNIXFS_INVALID', message, details === undefined ? {} : { details });
}

/**
 * The fields of a message, in their order. Hostile input: integers in their shortest form and below 2^53, lengths within the
 * message, no other wire type.
 *
 * @throws StemmaError UNIXFS_INVALID
 */
export function* readFields(message: Uint8Array, what: string): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw invalid(`${what} ends inside a number`, { offset: at - 1 });
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw invalid(`${what} holds a number of 2^53 or more`, { offset: at - 1 });
      if (byte >= 0x80) continue;
      if (byte === 0 && scale > 1)
        throw invalid(`${what} holds a number in a longer form than needed`, { offset: at - 1 });
      return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const key = varint();
    const number = Math.floor(key / 8);
    const wireType = key % 8;
    if (wireType === 0) yield { number, value: varint() };
    else if (wireType === 2) {
      const length = varint();
      if (length > message.length - at)
        throw invalid(`${what} ends inside field ${number}: ${length} bytes expected, found ${message.length - at}`, {
          offset: at,
        });
      yield { number, bytes: message.subarray(at, at + length) };
      at += length;
    } else throw invalid(`${what} holds field ${number} of wire type ${wireType}`, { offset: start });
  }
}

/** Hands each field to its reader; a field without one, or of the other wire type, or a second one where one is allowed, is malformed. */
export function readMessage(message: Uint8Array, what: string, readers: Readonly<Record<number, FieldReader>>): void {
  const seen = new Set<number>();
  for (const field of readFields(message, what)) {
    const { number } = field;
    const reader = readers[number];
    if (reader === undefined) throw invalid(`${what} holds an unknown field ${number}`);
    if (seen.has(number) && reader.repeated !== true) throw invalid(`${what} holds field ${number} twice`);
    seen.add(number);
    if (reader.kind === 'number' && 'value' in field) reader.read(field.value);
    else if (reader.kind === 'bytes' && 'bytes' in field) reader.read(field.bytes);
    else throw invalid(`${what} holds field ${number} in another form than ${reader.kind}`);
  }
}

export type FieldReader =
  | { readonly kind: 'number'; readonly repeated?: boolean; read(value: number): void }
  | { readonly kind: 'bytes'; readonly repeated?: boolean; read(bytes: Uint8Array): void };
