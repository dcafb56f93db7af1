import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { ErrorCode } from '../../../../src/core/errors/index.ts';
import { isStemmaError } from '../../../../src/core/errors/index.ts';
import type { Container, HeaderStep } from '../../../../src/core/model/formats/index.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../../../fixtures/formats');

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(FIXTURES, name)));
}

/** The container, where the parser needs nothing more. */
export function done(step: HeaderStep): Container {
  if ('needBytes' in step) throw new Error(`the parser asks for ${step.needBytes} bytes`);
  return step.done;
}

/** Asserts the code, the offset that the error names twice, and something that only this branch says. */
export function expectRefused(run: () => unknown, code: ErrorCode, offset: number, says: string): void {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  if (!isStemmaError(thrown)) throw new Error(`expected a refusal that says "${says}"`, { cause: thrown });
  expect(thrown.message).toContain(says);
  expect({ code: thrown.code, offset: thrown.details?.['offset'] }).toEqual({ code, offset });
  expect(thrown.message).toContain(`(byte ${offset})`);
}

const encoder = new TextEncoder();

/** A safetensors file: the length, the header text as given, and `dataLength` zero bytes. */
export function safetensorsFile(header: string | Uint8Array, dataLength = 0): Uint8Array {
  const text = typeof header === 'string' ? encoder.encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** Writes GGUF fields one by one, so that a test can write wrong ones. */
export class GgufBytes {
  readonly #parts: number[] = [];

  raw(...bytes: readonly number[]): this {
    for (const byte of bytes) this.#parts.push(byte);
    return this;
  }

  u32(value: number): this {
    const part = new Uint8Array(4);
    new DataView(part.buffer).setUint32(0, value, true);
    return this.raw(...part);
  }

  u64(value: number | bigint): this {
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigUint64(0, BigInt(value), true);
    return this.raw(...part);
  }

  text(value: string | Uint8Array): this {
    const bytes = typeof value === 'string' ? encoder.encode(value) : value;
    return this.u64(bytes.length).raw(...bytes);
  }

  header(tensors: number | bigint, keyValues: number | bigint): this {
    return this.raw(0x47, 0x47, 0x55, 0x46).u32(3).u64(tensors).u64(keyValues);
  }

  tensor(name: string | Uint8Array, ne: readonly (number | bigint)[], type: number, offset: number | bigint): this {
    this.text(name).u32(ne.length);
    for (const dimension of ne) this.u64(dimension);
    return this.u32(type).u64(offset);
  }

  zeros(count: number): this {
    for (let i = 0; i < count; i++) this.#parts.push(0);
    return this;
  }

  get length(): number {
    return this.#parts.length;
  }

  /** The bytes, with zeros up to the next multiple of `alignment` and `dataLength` more. */
  file(dataLength?: number, alignment = 32): Uint8Array {
    if (dataLength !== undefined) this.zeros((alignment - (this.length % alignment)) % alignment).zeros(dataLength);
    return Uint8Array.from(this.#parts);
  }
}
