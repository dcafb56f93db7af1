import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import { type ErrorCode, StemmaError } from '../../../src/core/errors/index.ts';
import {
  digestModel,
  fileSet,
  type ModelDigest,
  type ModelPlan,
  planModel,
  walkModel,
} from '../../../src/core/model/index.ts';

export const MIB = 1024 * 1024;

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

export function tempDir(): string {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'stemma-model-')));
  made.push(dir);
  return dir;
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes files, by path relative to `dir`, with the folders that they need. */
export function writeFiles(dir: string, files: Files): string {
  for (const [name, content] of Object.entries(files)) {
    const location = path.join(dir, name);
    mkdirSync(path.dirname(location), { recursive: true });
    writeFileSync(location, content);
  }
  return dir;
}

/** A folder `model` of these files in a fresh temporary folder. */
export function modelOf(files: Files): string {
  const dir = path.join(tempDir(), 'model');
  mkdirSync(dir);
  return writeFiles(dir, files);
}

export interface TestTensor {
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly data: Uint8Array | string;
}

/** A safetensors file, tensors in the order given; U8 vectors unless they say otherwise. */
export function safetensors(
  tensors: Readonly<Record<string, TestTensor>>,
  metadata?: Readonly<Record<string, string>>,
): Buffer {
  let at = 0;
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  const parts: Buffer[] = [];
  for (const [name, { dtype = 'U8', shape, data }] of Object.entries(tensors)) {
    const bytes = Buffer.from(data);
    header[name] = { dtype, shape: shape ?? [bytes.length], data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

/** One-byte tensors of these names. */
export function tensorsNamed(...names: readonly string[]): Buffer {
  return safetensors(Object.fromEntries(names.map((name, i) => [name, { data: Uint8Array.of(i) }])));
}

export function indexOf(weightMap: Readonly<Record<string, string>>, totalSize?: number): string {
  return JSON.stringify({ metadata: totalSize === undefined ? {} : { total_size: totalSize }, weight_map: weightMap });
}

/** GGUF v3 without key-values: F32 vectors at alignment 32, in the order given, then `trailing`. */
export function gguf(tensors: Readonly<Record<string, readonly number[]>>, trailing = ''): Buffer {
  const u32 = (n: number): Buffer => Buffer.from(Uint32Array.of(n).buffer);
  const u64 = (n: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(n)).buffer);
  const pad = (n: number): number => Math.ceil(n / 32) * 32 - n;
  const names = Object.keys(tensors);
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  let at = 0;
  for (const name of names) {
    const values = Buffer.from(Float32Array.from(tensors[name] ?? []).buffer);
    infos.push(u64(Buffer.byteLength(name)), Buffer.from(name), u32(1), u64(values.length / 4), u32(0), u64(at));
    const last = name === names.at(-1);
    data.push(values, Buffer.alloc(last ? 0 : pad(values.length)));
    at += values.length + pad(values.length);
  }
  const header = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(names.length), u64(0), ...infos]);
  return Buffer.concat([header, Buffer.alloc(pad(header.length)), ...data, Buffer.from(trailing)]);
}

export const LFS_POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 12345\n`;

export function sha256(data: Uint8Array | string): Buffer {
  return createHash('sha256').update(data).digest();
}

export const DEFAULTS = { ignored: [], opaque: [], allowSymlinks: false, segmentHash: 'blake3' } as const;
export type Settings = Partial<{
  ignored: string[];
  opaque: string[];
  allowSymlinks: boolean;
  segmentHash: 'blake3' | 'sha256';
}>;

export function digest(dir: string, settings: Settings = {}): Promise<ModelDigest> {
  return digestModel(dir, { ...DEFAULTS, ...settings });
}

export async function planOf(dir: string, settings: Settings = {}): Promise<ModelPlan> {
  const options = { ...DEFAULTS, ...settings };
  return planModel(fileSet(await walkModel(dir, options), options), options);
}

/** Asserts that the promise rejects with a StemmaError of this code and returns it. */
export async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<StemmaError> {
  const error: unknown = await promise.then(
    () => expect.fail(`expected ${code}, but nothing was thrown`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StemmaError)) throw error;
  expect(error.code).toBe(code);
  return error;
}
