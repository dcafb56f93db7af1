import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { blake3 } from '@noble/hashes/blake3.js';
import { afterEach } from 'vitest';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import type { FileIdentity, FileRequest, FileResult, HashName } from '../../../src/core/digest/index.ts';

export const MIB = 1024 * 1024;
/** So much work that the engine starts workers; as a sparse file it costs no disk. */
export const WORKERS_BYTES = 160 * MIB;
export const PHASE = { phase: 'hashing test' };

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

export function tempDir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'stemma-digest-'));
  made.push(dir);
  return dir;
}

/** A file of zeros with a few marks in it, so that no two segments of 16 MiB are alike. */
export function sparseFile(location: string, size: number): string {
  const fd = openSync(location, 'w');
  ftruncateSync(fd, size);
  for (let at = 0; at + 8 < size; at += 16 * MIB) writeSync(fd, `mark ${at / MIB}`.slice(0, 8), at);
  closeSync(fd);
  return location;
}

/** Bytes that repeat nowhere near a block length. */
export function pattern(length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = 0, state = length + 1; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
}

export function identityOf(location: string): FileIdentity {
  const { dev, ino, size, mtimeNs } = statSync(location, { bigint: true });
  return { dev, ino, size: Number(size), mtimeNs };
}

/** Lengths of the segments of a file cut from its start. */
export function chunks(size: number, chunk = 16 * MIB): Float64Array {
  const lengths = new Float64Array(Math.max(1, Math.ceil(size / chunk))).fill(chunk);
  lengths[lengths.length - 1] = size - (lengths.length - 1) * chunk;
  return lengths;
}

export function request(location: string, asked: Partial<FileRequest>): FileRequest {
  return {
    path: path.basename(location),
    location,
    followLink: false,
    identity: asked.identity ?? identityOf(location),
    whole: [],
    segments: [],
    ...asked,
  };
}

/** Reference digests by other code: one call over bytes in memory. */
export function reference(hash: HashName, data: Uint8Array): string {
  if (hash === 'blake3') return hexEncode(blake3(data));
  return createHash(hash === 'sha256' ? 'sha256' : 'blake2b512')
    .update(data)
    .digest('hex');
}

export function referenceSegments(hash: HashName, location: string, lengths: Float64Array): string {
  const data = new Uint8Array(readFileSync(location));
  let at = 0;
  let out = '';
  for (const length of lengths) {
    out += reference(hash, data.subarray(at, at + length));
    at += length;
  }
  return out;
}

/** A result as text, for comparison. */
export function textOf(result: FileResult | undefined): {
  whole: Record<string, string>;
  segments: string[];
  error?: string;
} {
  if (result === undefined) throw new Error('no such result');
  const whole = Object.fromEntries(Object.entries(result.whole).map(([name, digest]) => [name, hexEncode(digest)]));
  const segments = result.segments.map((digests) => hexEncode(digests));
  return result.error === undefined ? { whole, segments } : { whole, segments, error: result.error.code };
}
