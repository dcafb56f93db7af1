import { type JsonValue, quote } from '../../bytes/index.ts';
import { StemmaError } from '../../errors/index.ts';
import type { Container, HeaderStep, Tensor } from './container.ts';
import { isObject, parseHeaderJson } from './header-json.ts';
import { compareTensors, layOut } from './layout.ts';
import { nameProblem } from './names.ts';
import { readEntry } from './safetensors-entry.ts';

/** The reference's `MAX_HEADER_SIZE`. */
const MAX_HEADER = 100_000_000;
const LENGTH_BYTES = 8;
const OPEN_BRACE = 0x7b;
/** Real shards have some thousands, the largest models some 100,000 in all their shards. */
const MAX_TENSORS = 500_000;
/** Of one tensor, or of `__metadata__`: real ones have a few dozen. */
const MAX_ENTRY_VALUES = 500_000;
const MAX_UNKNOWN_FIELDS = 1000;
const JSON_SPACE_OR_BRACE = new Set([0x20, 0x09, 0x0a, 0x0d, 0x7b]);

/**
 * Strict safetensors (docs/formats/containers.md): tensors contiguous from the end of the header to the end of the file,
 * no name twice, every number an integer. Pure; give it the first bytes of the file and call again with as many as it asks for.
 *
 * @throws StemmaError SAFETENSORS_INVALID with `details.offset`
 */
export function parseSafetensors(prefix: Uint8Array, fileSize: number): HeaderStep {
  if (fileSize < LENGTH_BYTES) throw invalid(`expected at least ${LENGTH_BYTES} bytes, the file has ${fileSize}`, 0);
  if (prefix.length < LENGTH_BYTES) return { needBytes: LENGTH_BYTES };
  const declared = new DataView(prefix.buffer, prefix.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER)) throw invalid(`header of ${declared} bytes; at most ${MAX_HEADER} are read`, 0);
  const dataStart = LENGTH_BYTES + Number(declared);
  if (dataStart > fileSize) throw invalid(`header of ${declared} bytes in a file of ${fileSize}`, 0);
  // Lets a caller that tries the parser on an unknown file learn early that this is no header.
  const first = prefix[LENGTH_BYTES];
  if (first !== undefined && !JSON_SPACE_OR_BRACE.has(first))
    throw invalid('the header is not a JSON object', LENGTH_BYTES);
  if (prefix.length < dataStart) return { needBytes: dataStart };

  return { done: readHeader(prefix.subarray(LENGTH_BYTES, dataStart), dataStart, fileSize) };
}

/** Hostile input: an entry is judged as soon as it is read and its JSON dropped, so that rubbish costs one entry of memory. */
function readHeader(bytes: Uint8Array, dataStart: number, fileSize: number): Container {
  const unknown = new Map<string, string>();
  const tensors: Tensor[] = [];
  let entries = 0;
  const onMember = (name: string, entry: JsonValue, at: () => number): void => {
    const bad = (why: string): StemmaError => invalid(why, at());
    const problem = nameProblem(name);
    if (problem !== undefined) throw bad(`tensor name ${quote(name)} ${problem}`);
    if (name === '__metadata__') {
      if (!isObject(entry) || !Object.values(entry).every((value) => typeof value === 'string')) {
        throw bad('expected __metadata__ to map strings to strings');
      }
      entries = Object.keys(entry).length;
      return;
    }
    if (tensors.length === MAX_TENSORS) throw bad(`more than ${MAX_TENSORS} tensors`);
    const onUnknownField = (field: string): void => {
      if (unknown.size < MAX_UNKNOWN_FIELDS && !unknown.has(field)) unknown.set(field, name);
    };
    tensors.push(readEntry(name, entry, { dataStart, dataLength: fileSize - dataStart, bad, onUnknownField }));
  };
  parseHeaderJson(bytes, {
    code: 'SAFETENSORS_INVALID',
    what: 'safetensors header',
    base: LENGTH_BYTES,
    maxBytes: MAX_HEADER,
    maxValues: MAX_ENTRY_VALUES,
    integersOnly: true,
    onMember,
  });
  tensors.sort(compareTensors);
  requireContiguous(tensors, dataStart, fileSize);
  return {
    format: 'safetensors',
    headerLength: dataStart,
    tensors,
    regions: layOut(dataStart, tensors, fileSize),
    metadata: { entries, chatTemplates: [] },
    notes: headerNotes(bytes[0] === OPEN_BRACE, unknown),
  };
}

function requireContiguous(tensors: readonly Tensor[], dataStart: number, fileSize: number): void {
  let end = dataStart;
  for (const { name, offset, length } of tensors) {
    if (offset < end)
      throw invalid(`tensor ${quote(name)} overlaps the one before it by ${end - offset} bytes`, offset);
    if (offset > end) throw invalid(`a hole of ${offset - end} bytes before tensor ${quote(name)}`, end);
    end = offset + length;
  }
  if (end < fileSize) throw invalid(`${fileSize - end} bytes after the last tensor`, end);
}

const NAMED_FIELDS = 5;

function headerNotes(startsWithBrace: boolean, unknown: ReadonlyMap<string, string>): string[] {
  const notes: string[] = [];
  if (!startsWithBrace) notes.push('the header starts with white space, which the specification forbids');
  for (const [field, tensor] of [...unknown].slice(0, NAMED_FIELDS)) {
    notes.push(`unknown field ${quote(field, 80)} in tensor entries, first in ${quote(tensor, 80)}; loaders ignore it`);
  }
  const more = unknown.size - NAMED_FIELDS;
  const atLeast = unknown.size === MAX_UNKNOWN_FIELDS ? 'at least ' : '';
  if (more > 0) notes.push(`${atLeast}${more} more unknown fields in tensor entries`);
  return notes;
}

function invalid(why: string, offset: number): StemmaError {
  return new StemmaError('SAFETENSORS_INVALID', `not a strict safetensors file: ${why} (byte ${offset})`, {
    details: { offset },
  });
}
