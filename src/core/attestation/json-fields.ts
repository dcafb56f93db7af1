import type { JsonObject, JsonValue } from '../bytes/index.ts';
import { quote } from '../bytes/index.ts';
import { type ErrorCode, StemmaError } from '../errors/index.ts';

/**
 * Typed access to parsed JSON of foreign formats: unknown members are ignored, a member of the wrong type is malformed, and
 * the error names its JSON pointer (RFC 6901).
 */
export class JsonFields {
  readonly value: JsonObject;
  readonly pointer: string;
  readonly #code: ErrorCode;

  private constructor(value: JsonObject, pointer: string, code: ErrorCode) {
    this.value = value;
    this.pointer = pointer;
    this.#code = code;
  }

  /** @throws StemmaError `code` unless the value is an object */
  static of(value: JsonValue | undefined, pointer: string, code: ErrorCode): JsonFields {
    if (!isJsonObject(value)) throw wrongType(code, pointer, 'an object', value);
    return new JsonFields(value, pointer, code);
  }

  bad(key: string, why: string): StemmaError {
    return malformed(this.#code, `${this.pointer}/${pointerToken(key)}`, why);
  }

  /** The member, or undefined where it is absent or null: protobuf's JSON mapping reads both as unset. */
  get(key: string): JsonValue | undefined {
    return Object.hasOwn(this.value, key) ? (this.value[key] ?? undefined) : undefined;
  }

  string(key: string): string {
    const value = this.get(key);
    if (typeof value !== 'string') throw this.#wrong(key, 'a string', value);
    return value;
  }

  /** A string of 1 to `max` UTF-16 units. */
  text(key: string, max: number): string {
    const value = this.string(key);
    if (value === '') throw this.bad(key, 'expected text, found an empty string');
    if (value.length > max) throw this.bad(key, `expected at most ${max} characters, found ${value.length}`);
    return value;
  }

  optionalString(key: string): string | undefined {
    return this.get(key) === undefined ? undefined : this.string(key);
  }

  boolean(key: string): boolean {
    const value = this.get(key);
    if (typeof value !== 'boolean') throw this.#wrong(key, 'true or false', value);
    return value;
  }

  /** A safe integer of at least `min`; `8.0` counts as 8 in foreign formats. */
  integer(key: string, min: number): number {
    const value = this.get(key);
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.#wrong(key, 'an integer', value);
    if (value < min) throw this.bad(key, `expected at least ${min}, found ${value}`);
    return value;
  }

  object(key: string): JsonFields {
    return JsonFields.of(this.get(key), `${this.pointer}/${pointerToken(key)}`, this.#code);
  }

  optionalObject(key: string): JsonFields | undefined {
    return this.get(key) === undefined ? undefined : this.object(key);
  }

  /** An array; absent reads as empty. */
  array(key: string, max: number): readonly JsonValue[] {
    const value = this.get(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.#wrong(key, 'an array', value);
    const list: readonly JsonValue[] = value;
    if (list.length > max) throw this.bad(key, `expected at most ${max} entries, found ${list.length}`);
    return list;
  }

  /** An array of objects; absent reads as empty. */
  objects(key: string, max: number): JsonFields[] {
    const at = `${this.pointer}/${pointerToken(key)}`;
    return this.array(key, max).map((value, index) => JsonFields.of(value, `${at}/${index}`, this.#code));
  }

  #wrong(key: string, expected: string, value: JsonValue | undefined): StemmaError {
    return wrongType(this.#code, `${this.pointer}/${pointerToken(key)}`, expected, value);
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One coded error with the JSON pointer of what is wrong, in the message and in the details. */
export function malformed(code: ErrorCode, pointer: string, why: string): StemmaError {
  return new StemmaError(code, `${why} (at ${pointer === '' ? 'the top level' : pointer})`, { details: { pointer } });
}

/** RFC 6901 §3. */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function wrongType(code: ErrorCode, pointer: string, expected: string, value: JsonValue | undefined): StemmaError {
  return malformed(code, pointer, `expected ${expected}, found ${describe(value)}`);
}

function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value, 40);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
