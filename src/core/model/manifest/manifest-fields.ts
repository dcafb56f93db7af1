import { type JsonObject, type JsonValue, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import type { TreeRoot } from '../trees/trees.ts';

export function manifestInvalid(why: string, line: number, cause?: unknown): StemmaError {
  return new StemmaError('MANIFEST_INVALID', `line ${line} of the manifest: ${why}`, { details: { line }, cause });
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Takes the members of one line apart; each is asked for by type, and one that nobody asked for is an error. */
export class ManifestFields {
  readonly #object: JsonObject;
  readonly #line: number;
  readonly #known = new Set<string>();

  constructor(object: JsonObject, line: number) {
    this.#object = object;
    this.#line = line;
  }

  bad(key: string, expected: string): StemmaError {
    return manifestInvalid(`"${key}" expected ${expected}`, this.#line);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  text(key: string): string {
    const value = this.#take(key);
    if (typeof value !== 'string') throw this.bad(key, 'text');
    return value;
  }

  texts(key: string): readonly string[] {
    return this.#list(key, 'a list of texts', (item) => typeof item === 'string');
  }

  integer(key: string): number {
    const value = this.#take(key);
    if (!isCount(value)) throw this.bad(key, 'a whole number');
    return value;
  }

  integers(key: string): readonly number[] {
    return this.#list(key, 'a list of whole numbers', isCount);
  }

  digest(key: string): string {
    const value = this.text(key);
    if (!DIGEST.test(value)) throw this.bad(key, '64 lower-case hex digits');
    return value;
  }

  oneOf<T extends string>(key: string, values: readonly T[]): T {
    const text = this.text(key);
    const value = values.find((candidate) => candidate === text);
    if (value === undefined) throw this.bad(key, `one of ${values.join(', ')}`);
    return value;
  }

  tree(key: string): TreeRoot {
    const value = this.#take(key);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.bad(key, 'a tree root');
    const fields = new ManifestFields(value as JsonObject, this.#line);
    const root: TreeRoot = {
      hash: fields.oneOf('hash', ['blake3', 'sha256']),
      size: fields.integer('size'),
      root: fields.digest('root'),
    };
    fields.requireNoOthers();
    return root;
  }

  requireNoOthers(): void {
    const other = Object.keys(this.#object).find((key) => !this.#known.has(key));
    if (other !== undefined) throw manifestInvalid(`unknown member ${quote(other, 60)}`, this.#line);
  }

  #take(key: string): JsonValue | undefined {
    this.#known.add(key);
    return this.has(key) ? this.#object[key] : undefined;
  }

  #list<T extends JsonValue>(key: string, expected: string, matches: (item: JsonValue) => item is T): readonly T[] {
    const value = this.#take(key);
    if (!Array.isArray(value)) throw this.bad(key, expected);
    const items: readonly JsonValue[] = value;
    if (!items.every(matches)) throw this.bad(key, expected);
    return items;
  }
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && value >= 0;
}
