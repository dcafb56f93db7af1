import { decodeUtf8, quote } from '../../bytes/index.ts';
import type { ContainerMetadata } from './container.ts';
import { type GgufCursor, invalidGguf } from './gguf-cursor.ts';

const DEFAULT_ALIGNMENT = 32;
const MAX_KEY_BYTES = 65_535;
/** Deeper arrays are legal by the specification and written by nobody; ggml reads none inside another. */
const MAX_NESTING = 4;
const MAX_TEXT_BYTES = 1024;

const UINT32 = 4;
const STRING = 8;
const ARRAY = 9;
/** Bytes of the fixed-width value types, by id. */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  [0, 1], // UINT8
  [1, 1], // INT8
  [2, 2], // UINT16
  [3, 2], // INT16
  [UINT32, 4],
  [5, 4], // INT32
  [6, 4], // FLOAT32
  [7, 1], // BOOL
  [10, 8], // UINT64
  [11, 8], // INT64
  [12, 8], // FLOAT64
]);

export interface GgufKeyValues {
  /** `general.alignment` in bytes, a power of two. */
  readonly alignment: number;
  readonly metadata: ContainerMetadata;
  readonly notes: readonly string[];
}

/** Passes over `count` key-values and keeps the few that design §3 and `inspect` need; nothing else is decoded. */
export function readKeyValues(cursor: GgufCursor, count: number): GgufKeyValues {
  const keys = new Set<string>();
  const texts = new Map<string, string>();
  const chatTemplates: string[] = [];
  const notes: string[] = [];
  let alignment = DEFAULT_ALIGNMENT;
  let fileType: number | undefined;
  for (let i = 0; i < count; i++) {
    const start = cursor.offset;
    const key = cursor.name(MAX_KEY_BYTES, 'a key');
    if (key === '') throw invalidGguf('a key is empty', start);
    if (keys.has(key)) throw invalidGguf(`duplicate key ${quote(key)}`, start);
    keys.add(key);
    const valueAt = cursor.offset;
    const type = cursor.u32('a value type');
    if (key === 'general.alignment') {
      alignment = readAlignment(cursor, type, valueAt);
    } else if (key === 'general.file_type' && type === UINT32) {
      fileType = cursor.u32(key);
    } else if ((key === 'general.architecture' || key === 'general.name') && type === STRING) {
      const text = readText(cursor, key);
      if (text === undefined) notes.push(`${key} is not UTF-8 text of at most ${MAX_TEXT_BYTES} bytes`);
      else texts.set(key, text);
    } else {
      skipValue(cursor, type, valueAt, 0);
    }
    if (key === 'tokenizer.chat_template' || key.startsWith('tokenizer.chat_template.')) chatTemplates.push(key);
  }
  const architecture = texts.get('general.architecture');
  const name = texts.get('general.name');
  const metadata: ContainerMetadata = {
    entries: count,
    ...(architecture === undefined ? {} : { architecture }),
    ...(name === undefined ? {} : { name }),
    ...(fileType === undefined ? {} : { fileType }),
    chatTemplates,
  };
  return { alignment, metadata, notes };
}

function readAlignment(cursor: GgufCursor, type: number, at: number): number {
  if (type !== UINT32) throw invalidGguf(`expected general.alignment to be a UINT32, found type ${type}`, at);
  const alignment = cursor.u32('general.alignment');
  // `>>> 0` because 2^31 is a power of two as well, and the operators are signed.
  if (alignment === 0 || (alignment & (alignment - 1)) >>> 0 !== 0) {
    throw invalidGguf(`expected general.alignment to be a power of two, found ${alignment}`, at);
  }
  return alignment;
}

function readText(cursor: GgufCursor, what: string): string | undefined {
  const length = cursor.u64(`the length of ${what}`);
  if (length > MAX_TEXT_BYTES) {
    cursor.take(length, what);
    return undefined;
  }
  const bytes = cursor.bytes(length, what);
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

/** Hostile input: counts are checked against the file before a product of them is used, and nesting is bounded. */
function skipValue(cursor: GgufCursor, type: number, at: number, depth: number): void {
  const width = WIDTHS.get(type);
  if (width !== undefined) {
    cursor.take(width, 'a value');
  } else if (type === STRING) {
    cursor.take(cursor.u64('the length of a string'), 'a string');
  } else if (type === ARRAY) {
    if (depth === MAX_NESTING) throw invalidGguf(`arrays nested deeper than ${MAX_NESTING}`, at);
    const itemsAt = cursor.offset;
    const itemType = cursor.u32('an array type');
    const count = cursor.u64('the length of an array');
    const itemWidth = WIDTHS.get(itemType);
    if (itemWidth !== undefined) cursor.take(count * itemWidth, 'an array');
    else if (itemType !== STRING && itemType !== ARRAY) throw invalidGguf(`unknown value type ${itemType}`, itemsAt);
    else for (let i = 0; i < count; i++) skipValue(cursor, itemType, itemsAt, depth + 1);
  } else {
    throw invalidGguf(`unknown value type ${type}`, at);
  }
}
