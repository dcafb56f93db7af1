import { decodeUtf8, encodeUtf8, type JsonObject, type JsonValue, parseJson } from '../../bytes/index.ts';
import { type ErrorCode, isStemmaError, StemmaError } from '../../errors/index.ts';

export interface HeaderJson {
  readonly text: string;
  readonly object: JsonObject;
}

export interface HeaderJsonOptions {
  /** What every refusal becomes. */
  readonly code: ErrorCode;
  /** For messages: `safetensors header`. */
  readonly what: string;
  /** Where the text starts in its file; added to the offsets of errors. */
  readonly base: number;
  readonly maxBytes: number;
  readonly integersOnly: boolean;
  readonly maxValues?: number;
  /** As `parseJson` hands them on; `at` counts the offset in bytes. What it throws is passed on. `object` is then empty. */
  readonly onMember?: (name: string, value: JsonValue, at: () => number) => void;
}

/**
 * A strict JSON object out of a model file. `details.offset` of an error counts bytes from the start of the file.
 *
 * @throws StemmaError with the given code
 */
export function parseHeaderJson(bytes: Uint8Array, options: HeaderJsonOptions): HeaderJson {
  const { onMember, ...limits } = options;
  const { code, what, base } = limits;
  let text = '';
  let refusal: unknown;
  try {
    text = decodeUtf8(bytes);
    const handOn = (name: string, value: JsonValue, offset: number): void => {
      try {
        onMember?.(name, value, () => base + byteLength(text, offset));
      } catch (error) {
        refusal = error;
        throw error;
      }
    };
    const value = parseJson(text, onMember === undefined ? limits : { ...limits, onMember: handOn });
    if (isObject(value)) return { text, object: value };
  } catch (error) {
    if (error === refusal || !isStemmaError(error)) throw error;
    const at = error.details?.['offset'];
    const offset = base + (typeof at === 'number' ? byteLength(text, at) : 0);
    const why = error.message.replace(/ \(offset \d+\)$/, '');
    throw new StemmaError(code, `${why} (byte ${offset})`, { details: { offset }, cause: error });
  }
  throw new StemmaError(code, `${what} is not a JSON object (byte ${base})`, { details: { offset: base } });
}

/** Bytes before the top-level member `name` of a text that `parseHeaderJson` accepted; linear, for error messages only. */
export function memberOffset(text: string, name: string): number {
  let depth = 0;
  let expectsName = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      if (depth === 1 && expectsName && JSON.parse(text.slice(start, i + 1)) === name) return byteLength(text, start);
      expectsName = false;
    } else if (char === '{' || char === '[') {
      depth++;
      expectsName = depth === 1;
    } else if (char === '}' || char === ']') depth--;
    else if (char === ',') expectsName = depth === 1;
  }
  return 0;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function byteLength(text: string, end: number): number {
  return encodeUtf8(text.slice(0, end)).length;
}
