import { SIGNAL_FIELDS } from '../attestation/index.ts';
import { decodeUtf8, type JsonValue, parseJson } from '../bytes/index.ts';
import { isStemmaError } from '../errors/index.ts';

export type SignalField = (typeof SIGNAL_FIELDS)[number];

/** What one record says, in the order in which it says it. */
export type FieldValue = readonly [SignalField, string];

/** Reads the reservations out of the records of one file, given in order, each with its LF. */
export type RecordReader = (record: Uint8Array) => readonly FieldValue[];

/** Text of the data ends up in a public statement: only what looks like a word of these vocabularies is repeated. */
const PUBLIC_VALUE = /^[A-Za-z0-9][A-Za-z0-9 ,;:=_.-]{0,63}$/;
const OTHER_VALUE = 'other';

/** `TDM_Reservation` and `tdm-reservation` are one field. */
function fieldOf(name: string): SignalField | undefined {
  const spelt = name.trim().toLowerCase().replaceAll('_', '-');
  return SIGNAL_FIELDS.find((field) => field === spelt);
}

function publicValue(value: string): string {
  const text = value.trim();
  return PUBLIC_VALUE.test(text) ? text : OTHER_VALUE;
}

/** Members of the top-level object of each line; what is no JSON, or null, says nothing. */
export const readJsonRecord: RecordReader = (record) => {
  let json: JsonValue;
  try {
    json = parseJson(record, { maxBytes: record.length, what: 'record' });
  } catch (error) {
    if (isStemmaError(error)) return [];
    throw error;
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return [];
  return Object.entries(json).flatMap(([name, value]) => {
    const field = fieldOf(name);
    if (field === undefined || value === null) return [];
    return [[field, typeof value === 'object' ? OTHER_VALUE : publicValue(String(value))] as const];
  });
};

/** Cells below the column names of the first line. A line with another number of cells says nothing. */
export function tableReader(separator: ',' | '\t'): RecordReader {
  let header: readonly (SignalField | undefined)[] | undefined;
  return (record) => {
    const cells = cellsOf(record, separator);
    if (header === undefined) {
      header = cells?.map(fieldOf) ?? [];
      return [];
    }
    if (cells?.length !== header.length) return [];
    return header.flatMap((field, column) => {
      const cell = cells[column]?.trim() ?? '';
      return field === undefined || cell === '' ? [] : [[field, publicValue(cell)] as const];
    });
  };
}

/** RFC 4180, a line at a time; undefined for what is no UTF-8, or where a quoted cell goes on in the next line. */
function cellsOf(record: Uint8Array, separator: ',' | '\t'): readonly string[] | undefined {
  let text: string;
  try {
    text = decodeUtf8(record).replace(/\r?\n$/, '');
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
  const cells: string[] = [];
  for (let at = 0; at <= text.length; ) {
    if (text[at] === '"') {
      const end = closingQuote(text, at);
      if (end === undefined || (end + 1 < text.length && text[end + 1] !== separator)) return undefined;
      cells.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 2;
      continue;
    }
    const end = text.indexOf(separator, at);
    cells.push(text.slice(at, end < 0 ? text.length : end));
    at = end < 0 ? text.length + 1 : end + 1;
  }
  return cells;
}

/** A doubled quote is content. */
function closingQuote(text: string, open: number): number | undefined {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return undefined;
}
