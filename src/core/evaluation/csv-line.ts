import { StemmaError } from '../errors/index.ts';

const QUOTE = '"';

/**
 * The fields of one line of RFC 4180 text, its line end taken off. A record of our trees is a line (design §3), so a quoted field
 * does not go on over a line break: one that is still open at the end is refused, as is a quote inside an unquoted field.
 *
 * @throws StemmaError LOG_INVALID
 */
export function csvFields(line: string, delimiter: ',' | '\t'): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; ; at++) {
    const { field, end } = line[at] === QUOTE ? quotedField(line, at) : plainField(line, at, delimiter);
    fields.push(field);
    if (end === line.length) return fields;
    if (line[end] !== delimiter) throw bad(end, 'expected a delimiter after a quoted field, found more text');
    at = end;
  }
}

function plainField(line: string, from: number, delimiter: string): { readonly field: string; readonly end: number } {
  const next = line.indexOf(delimiter, from);
  const end = next < 0 ? line.length : next;
  const field = line.slice(from, end);
  if (field.includes(QUOTE)) throw bad(from + field.indexOf(QUOTE), 'found a quote inside a field that is not quoted');
  return { field, end };
}

function quotedField(line: string, from: number): { readonly field: string; readonly end: number } {
  let field = '';
  let at = from + 1;
  for (;;) {
    const next = line.indexOf(QUOTE, at);
    if (next < 0)
      throw bad(
        from,
        'a quoted field is still open at the end of the line; records are lines, so none may hold a line break',
      );
    field += line.slice(at, next);
    if (line[next + 1] !== QUOTE) return { field, end: next + 1 };
    field += QUOTE;
    at = next + 2;
  }
}

const bad = (offset: number, why: string): StemmaError =>
  new StemmaError('LOG_INVALID', `${why} (character ${offset + 1})`, { details: { offset } });
