import type { Container, HeaderStep, Region, Sniff } from './container.ts';
import { GgufCursor, invalidGguf, MoreNeeded } from './gguf-cursor.ts';
import { readKeyValues } from './gguf-key-values.ts';
import { placeTensors, readTensorInfos, type TensorInfo } from './gguf-tensors.ts';
import { layOut } from './layout.ts';

const MAGIC = [0x47, 0x47, 0x55, 0x46];
const VERSION = 3;
const SNIFF_BYTES = 8;
const MAX_KEY_VALUES = 100_000;
const MAX_TENSORS = 1_000_000;

/**
 * Design §3: a GGUF container starts with the magic and the little-endian version 3. Another version or byte order, or a
 * file that ends before its version, is one region and a finding. Takes the first eight bytes of the file, or all of a
 * shorter one.
 */
export function sniffGguf(first8: Uint8Array): Sniff {
  if (MAGIC.some((byte, i) => first8[i] !== byte)) return { kind: 'plain' };
  if (first8.length < SNIFF_BYTES) return { kind: 'plain', finding: 'GGUF magic without a version' };
  const view = new DataView(first8.buffer, first8.byteOffset, SNIFF_BYTES);
  const version = view.getUint32(4, true);
  if (version === VERSION) return { kind: 'container', format: 'gguf' };
  const swapped = view.getUint32(4, false);
  const seen = swapped < version ? `big-endian GGUF version ${swapped}` : `GGUF version ${version}`;
  return { kind: 'plain', finding: `${seen} is not read: one region, no tensors` };
}

/**
 * Strict GGUF v3, little-endian (docs/formats/containers.md). Reads the header only. Pure; give it the first bytes of the
 * file and call again with as many as it asks for.
 *
 * @throws StemmaError GGUF_INVALID with `details.offset`
 */
export function parseGguf(prefix: Uint8Array, fileSize: number): HeaderStep {
  try {
    return { done: readHeader(new GgufCursor(prefix, fileSize), fileSize) };
  } catch (error) {
    if (error instanceof MoreNeeded) return { needBytes: error.needBytes };
    throw error;
  }
}

function readHeader(cursor: GgufCursor, fileSize: number): Container {
  const sniffed = sniffGguf(cursor.bytes(SNIFF_BYTES, 'the magic and version'));
  if (sniffed.kind === 'plain') throw invalidGguf(sniffed.finding ?? 'expected the magic "GGUF"', 0);
  const tensorCount = readCount(cursor, 'tensors', MAX_TENSORS);
  const keyValueCount = readCount(cursor, 'key-values', MAX_KEY_VALUES);
  const { alignment, metadata, notes } = readKeyValues(cursor, keyValueCount);
  const infos = readTensorInfos(cursor, tensorCount, alignment);
  const headerLength = cursor.offset;
  const tensors = placeTensors(infos, alignUp(headerLength, alignment), fileSize);
  const regions = layOut(headerLength, tensors, fileSize);
  return {
    format: 'gguf',
    headerLength,
    tensors,
    regions,
    metadata,
    notes: [...notes, ...layoutNotes(infos, regions, alignment)],
  };
}

function readCount(cursor: GgufCursor, what: string, max: number): number {
  const at = cursor.offset;
  const count = cursor.u64(`the number of ${what}`);
  if (count > max) throw invalidGguf(`${count} ${what}; at most ${max} are read`, at);
  return count;
}

/** ggml accepts tensors only back to back, in the order of their infos, each padded to the alignment; the rest is a finding. */
function layoutNotes(infos: readonly TensorInfo[], regions: readonly Region[], alignment: number): string[] {
  const notes: string[] = [];
  if (infos.some(({ offset }, i) => offset < (infos[i - 1]?.offset ?? 0))) {
    notes.push('tensor data is not in the order of the tensor infos');
  }
  let gaps = 0;
  let trailing = 0;
  for (const [i, { offset, length, tensor }] of regions.entries()) {
    if (i === 0 || tensor !== undefined) continue;
    const unexplained = offset + length - alignUp(offset, alignment);
    if (unexplained <= 0) continue;
    if (i === regions.length - 1) trailing = unexplained;
    else gaps += unexplained;
  }
  if (gaps > 0) notes.push(`${gaps} bytes between tensors that alignment does not explain`);
  if (trailing > 0) notes.push(`${trailing} bytes after the last tensor that alignment does not explain`);
  return notes;
}

/** By remainder and not by bit mask: offsets go beyond 2^31. */
function alignUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
