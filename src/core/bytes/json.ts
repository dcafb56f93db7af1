import { StemmaError } from '../errors/index.ts';
import type { JsonLimits, JsonObject, JsonValue } from './json-limits.ts';
import { ESCAPED, integerIn, plainEnd, shortIntegerEnd } from './json-scan.ts';
import { decodeUtf8, quote } from './text.ts';

export type { JsonLimits, JsonObject, JsonValue } from './json-limits.ts';

const MAX_VALUES = 2_000_000;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** V8 gives an array that grows room for at least so many: too much where a document has many small ones. */
const GROWTH = 17;

/**
 * The one parser for JSON from disk or network (RFC 8259, made strict where parsers differ): duplicate keys, `__proto__`,
 * lone surrogates, integers beyond ±(2^53−1), numbers that overflow, `-0`, trailing bytes, a byte order mark and deep nesting
 * are malformed.
 *
 * @throws StemmaError TOO_LARGE, ENCODING_INVALID or JSON_INVALID with the offset in characters
 */
export function parseJson(input: Uint8Array | string, limits: JsonLimits): JsonValue {
  if (input.length > limits.maxBytes) {
    throw new StemmaError('TOO_LARGE', `${limits.what} has ${input.length} bytes; at most ${limits.maxBytes} are read`);
  }
  if (typeof input !== 'string') return new Parser(decodeUtf8(input), limits).document();
  if (!input.isWellFormed()) throw new StemmaError('ENCODING_INVALID', `${limits.what} has a lone surrogate`);
  return new Parser(input, limits).document();
}

class Parser {
  readonly #text: string;
  readonly #what: string;
  readonly #maxDepth: number;
  readonly #maxValues: number;
  readonly #integersOnly: boolean;
  readonly #onMember: JsonLimits['onMember'];
  #at = 0;
  #values = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#what = limits.what;
    this.#maxDepth = limits.maxDepth ?? 64;
    this.#maxValues = limits.maxValues ?? MAX_VALUES;
    this.#integersOnly = limits.integersOnly ?? false;
    this.#onMember = limits.onMember;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#bad('unexpected text after the document');
    return value;
  }

  #bad(why: string): StemmaError {
    return new StemmaError('JSON_INVALID', `${this.#what} is not strict JSON: ${why} (offset ${this.#at})`, {
      details: { offset: this.#at },
    });
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #value(depth: number): JsonValue {
    this.#space();
    if (++this.#values > this.#maxValues) {
      throw new StemmaError('TOO_LARGE', `${this.#what} has more than ${this.#maxValues} values (offset ${this.#at})`, {
        details: { offset: this.#at },
      });
    }
    const char = this.#text[this.#at];
    switch (char) {
      case '{':
        return this.#object(depth + 1);
      case '[':
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      case undefined:
        throw this.#bad('unexpected end');
      default:
        return this.#number();
    }
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#bad('unexpected character');
    this.#at += word.length;
    return value;
  }

  #number(): number {
    const end = shortIntegerEnd(this.#text, this.#at);
    if (end !== undefined) {
      const value = integerIn(this.#text, this.#at, end);
      this.#at = end;
      return value;
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#bad('unexpected character');
    const literal = match[0];
    const value = Number(literal);
    const integral = !/[.eE]/.test(literal);
    if (!Number.isFinite(value)) throw this.#bad(`number ${quote(literal, 40)} overflows`);
    if (integral && !Number.isSafeInteger(value)) throw this.#bad(`integer ${quote(literal, 40)} is beyond 2^53-1`);
    if (Object.is(value, -0)) throw this.#bad('negative zero');
    if (!integral && this.#integersOnly) throw this.#bad(`expected an integer, found ${quote(literal, 40)}`);
    this.#at += literal.length;
    return value;
  }

  #string(): string {
    const start = ++this.#at;
    let end = plainEnd(this.#text, start);
    if (this.#text.charCodeAt(end) === 0x22) {
      this.#at = end + 1;
      return this.#text.slice(start, end);
    }
    for (this.#at = end; this.#text.charCodeAt(end) !== 0x22; this.#at = end) {
      const code = this.#text.charCodeAt(end);
      if (code !== 0x5c) throw this.#bad(Number.isNaN(code) ? 'unterminated string' : 'control character in a string');
      this.#skipEscape();
      end = plainEnd(this.#text, this.#at);
    }
    this.#at = end + 1;
    // Every character of it has been looked at. Pieces that are put together here would cost many times their text.
    const out: string = JSON.parse(this.#text.slice(start - 1, end + 1));
    if (!out.isWellFormed()) throw this.#bad('lone surrogate in a string');
    return out;
  }

  #skipEscape(): void {
    const char = this.#text[this.#at + 1] ?? '';
    if (char === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(this.#text.slice(this.#at + 2, this.#at + 6))) throw this.#bad('bad \\u escape');
      this.#at += 6;
      return;
    }
    if (!ESCAPED.has(char)) throw this.#bad('bad escape');
    this.#at += 2;
  }

  #open(depth: number): void {
    if (depth > this.#maxDepth) throw this.#bad(`nested deeper than ${this.#maxDepth}`);
    this.#at++;
    this.#space();
  }

  /** Consumes `,` (more follows) or the closing character. */
  #more(close: string): boolean {
    this.#space();
    const char = this.#text[this.#at];
    if (char !== ',' && char !== close) throw this.#bad(`expected "," or "${close}"`);
    this.#at++;
    return char === ',';
  }

  #array(depth: number): JsonValue[] {
    this.#open(depth);
    const out: JsonValue[] = [];
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return out;
    }
    do out.push(this.#value(depth));
    while (this.#more(']'));
    return out.length < GROWTH ? out.slice() : out;
  }

  #object(depth: number): JsonObject {
    this.#open(depth);
    if (depth === 1 && this.#onMember !== undefined) return this.#members(this.#onMember);
    const out: Record<string, JsonValue> = {};
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return out;
    }
    do {
      const key = this.#name((name) => Object.hasOwn(out, name));
      out[key] = this.#value(depth);
    } while (this.#more('}'));
    return out;
  }

  /** The top-level object, handed on member by member. */
  #members(onMember: NonNullable<JsonLimits['onMember']>): JsonObject {
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return {};
    }
    const names = new Set<string>();
    do {
      this.#space();
      const offset = this.#at;
      const name = this.#name((other) => names.has(other));
      names.add(name);
      this.#values = 0;
      onMember(name, this.#value(1), offset);
    } while (this.#more('}'));
    return {};
  }

  #name(isPresent: (name: string) => boolean): string {
    this.#space();
    if (this.#text[this.#at] !== '"') throw this.#bad('expected a member name');
    const name = this.#string();
    if (name === '__proto__') throw this.#bad('the member name "__proto__" is refused');
    if (isPresent(name)) throw this.#bad(`duplicate member ${quote(name, 80)}`);
    this.#space();
    if (this.#text[this.#at] !== ':') throw this.#bad('expected ":"');
    this.#at++;
    return name;
  }
}
