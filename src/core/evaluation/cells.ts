import { type JsonValue, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { parseDecimal } from './numbers.ts';
import type { Row } from './row.ts';

/** What can name a class or a slice. */
export type LabelType = 'text' | 'integer' | 'boolean';

const MAX_TEXT = 1024;

/**
 * The value in a column.
 *
 * @throws StemmaError PREDICTIONS_INVALID where the row has no such column
 */
export function cell(row: Row, column: string): JsonValue {
  const value = row.get(column);
  if (value === undefined) {
    const columns = [...row.keys()].slice(0, 8).map((name) => quote(name, 40));
    throw invalid(
      `there is no column ${quote(column, 80)}; found ${columns.length === 0 ? 'none' : columns.join(', ')}`,
    );
  }
  return value;
}

/**
 * A number: of JSON, or decimal text of CSV.
 *
 * @throws StemmaError PREDICTIONS_INVALID also for `nan`, `inf` and what overflows
 */
export function numberIn(row: Row, column: string): number {
  const value = cell(row, column);
  const number = typeof value === 'string' ? parseDecimal(value) : value;
  if (typeof number !== 'number') throw invalid(`expected a number in ${quote(column, 80)}, found ${show(value)}`);
  return number;
}

/**
 * The name of a class or slice as text, with what it was: `1`, `"1"` and `true` are different.
 *
 * @throws StemmaError PREDICTIONS_INVALID for null, a fraction, a list or an object
 */
export function labelIn(row: Row, column: string): { readonly text: string; readonly type: LabelType } {
  const value = cell(row, column);
  if (typeof value === 'string' && value.length <= MAX_TEXT) return { text: value, type: 'text' };
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { text: String(value), type: 'integer' };
  if (typeof value === 'boolean') return { text: String(value), type: 'boolean' };
  throw invalid(`expected a text, whole number or truth value in ${quote(column, 80)}, found ${show(value)}`);
}

export function invalid(message: string, hint?: string): StemmaError {
  return new StemmaError('PREDICTIONS_INVALID', message, hint === undefined ? {} : { hint });
}

function show(value: JsonValue): string {
  if (typeof value === 'string')
    return value.length > MAX_TEXT ? `a text of ${value.length} characters` : quote(value, 40);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
}
