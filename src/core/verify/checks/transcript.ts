import {
  canonicalJson,
  encodeUtf8,
  hexEncode,
  type JsonObject,
  type JsonValue,
  parseJson,
  pathProblem,
} from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';

/** What the first line points back to (docs/formats/transcript.md). */
const START = encodeUtf8('stemma/transcript/v1\0');
/** A path of 4 KiB takes up to six times as much in JSON. */
const MAX_LINE_BYTES = 32 * 1024;
const HEX = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const LF = 0x0a;

/** A checkpoint of the model, as its run wrote it down. */
export interface TranscriptEntry {
  /** Relative to the working folder of the run, with `/`; canonical. */
  readonly name: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Transcript {
  readonly entries: readonly TranscriptEntry[];
  /** The first line, from 1, that is not chained to the line before it. */
  readonly broken?: number;
}

/**
 * Reads a transcript, and follows its chain.
 *
 * @throws StemmaError LOG_INVALID for a line that is none of a transcript
 */
export function parseTranscript(bytes: Uint8Array, sha256: (bytes: Uint8Array) => Uint8Array): Transcript {
  const entries: TranscriptEntry[] = [];
  let before = START;
  let broken: number | undefined;
  for (let at = 0; at < bytes.length; ) {
    const lf = bytes.indexOf(LF, at);
    if (lf < 0) throw bad(entries.length, 'expected LF at its end');
    const { index, prev, ...entry } = parseLine(bytes.subarray(at, lf), entries.length);
    if (index !== entries.length || prev !== hexEncode(sha256(before))) broken ??= entries.length + 1;
    entries.push(entry);
    before = bytes.subarray(at, lf + 1);
    at = lf + 1;
  }
  return broken === undefined ? { entries } : { entries, broken };
}

function parseLine(
  bytes: Uint8Array,
  line: number,
): TranscriptEntry & { readonly index: number; readonly prev: string } {
  const fields = parseObject(bytes, line);
  const { index, name, prev, seenOn, sha256, size } = fields;
  if (!isCount(index) || !isCount(size)) throw bad(line, 'expected index and size as numbers of 0 or more');
  if (!matches(HEX, prev) || !matches(HEX, sha256)) throw bad(line, 'expected prev and sha256 as 64 hex digits');
  if (!matches(TIME, seenOn)) throw bad(line, 'expected seenOn as a time in UTC, to the millisecond');
  // The rules that only concern Windows are not for names of files that may lie on this disk.
  const problem = typeof name === 'string' ? pathProblem(name, { windows: false }) : 'is no text';
  if (typeof name !== 'string' || problem !== undefined) throw bad(line, `its name ${problem ?? ''}`);
  if (hexEncode(encodeUtf8(canonicalJson({ index, name, prev, seenOn, sha256, size }))) !== hexEncode(bytes)) {
    throw bad(line, 'expected these members alone, in canonical form (RFC 8785)');
  }
  return { index, name, prev, sha256, size };
}

function parseObject(bytes: Uint8Array, line: number): JsonObject {
  try {
    const value = parseJson(bytes, { maxBytes: MAX_LINE_BYTES, maxDepth: 2, integersOnly: true, what: 'the line' });
    if (isObject(value)) return value;
  } catch (cause) {
    throw isStemmaError(cause) ? bad(line, cause.message, cause) : cause;
  }
  throw bad(line, 'expected an object');
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const matches = (form: RegExp, value: JsonValue | undefined): value is string =>
  typeof value === 'string' && form.test(value);

const bad = (line: number, why: string, cause?: unknown): StemmaError =>
  new StemmaError('LOG_INVALID', `line ${line + 1} is none of a transcript: ${why}`, { cause });
