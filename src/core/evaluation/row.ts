import { decodeUtf8, type JsonValue, parseJson, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { csvFields } from './csv-line.ts';

/** How the records of a text file are rows: a JSON object each, or fields under the names in the first record. */
export type RowFormat = 'jsonl' | 'csv' | 'tsv';

/** What a record holds, by column. In CSV every value is text. Names and values are untrusted. */
export type Row = ReadonlyMap<string, JsonValue>;

const MAX_DEPTH = 32;
const MAX_COLUMNS = 10_000;
const DELIMITERS = { csv: ',', tsv: '\t' } as const;

/** By the ending of the file's name; anything else is JSON Lines. */
export function rowFormatOf(name: string): RowFormat {
  const [, ending] = /\.(csv|tsv)$/i.exec(name) ?? [];
  return ending === undefined ? 'jsonl' : ending.toLowerCase() === 'csv' ? 'csv' : 'tsv';
}

/**
 * One record of JSON Lines: an object with each name once.
 *
 * @throws StemmaError JSON_INVALID, ENCODING_INVALID, LOG_INVALID
 */
export function readJsonRow(record: Uint8Array): Row {
  const text = withoutLineEnd(decodeUtf8(record));
  if (text.trim() === '') throw new StemmaError('LOG_INVALID', 'expected a JSON object, found an empty line');
  const value = parseJson(text, { maxBytes: record.length, maxDepth: MAX_DEPTH, what: 'record' });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StemmaError('LOG_INVALID', 'expected a JSON object, found another value');
  return new Map(Object.entries(value));
}

/**
 * The column names of a CSV or TSV file, from its first record.
 *
 * @throws StemmaError ENCODING_INVALID; LOG_INVALID for a name that is empty or there twice
 */
export function readHeader(record: Uint8Array, format: 'csv' | 'tsv'): readonly string[] {
  const names = csvFields(withoutLineEnd(decodeUtf8(record)), DELIMITERS[format]);
  if (names.length > MAX_COLUMNS)
    throw new StemmaError('LOG_INVALID', `expected at most ${MAX_COLUMNS} columns, found ${names.length}`);
  const seen = new Set<string>();
  for (const name of names) {
    if (name === '') throw new StemmaError('LOG_INVALID', `column ${seen.size + 1} of the header has no name`);
    if (seen.has(name)) throw new StemmaError('LOG_INVALID', `the header names the column ${quote(name, 80)} twice`);
    seen.add(name);
  }
  return names;
}

/**
 * One record of CSV or TSV after the header.
 *
 * @throws StemmaError ENCODING_INVALID; LOG_INVALID unless it has as many fields as the header
 */
export function readFields(record: Uint8Array, header: readonly string[], format: 'csv' | 'tsv'): Row {
  const fields = csvFields(withoutLineEnd(decodeUtf8(record)), DELIMITERS[format]);
  if (fields.length !== header.length)
    throw new StemmaError('LOG_INVALID', `expected ${header.length} fields as in the header, found ${fields.length}`);
  return new Map(header.map((name, index) => [name, fields[index] ?? '']));
}

/** LF, and CR before it, end a line; the last one may have neither. */
const withoutLineEnd = (line: string): string => line.replace(/\r?\n$/, '');
