import { type JsonValue, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import {
  parseDecimal,
  type RowFormat,
  readFields,
  readHeader,
  readJsonRow,
  rowFormatOf,
  withoutNegativeZero,
} from '../evaluation/index.ts';
import { scalarsOf } from './tensorboard-event.ts';

/** What the records of a log are. */
export type LogFormat = RowFormat | 'tensorboard';

/** One record of a log as it stands in the file, and the header under which a line of CSV has names. */
export interface MetricRecord {
  readonly format: LogFormat;
  readonly record: Uint8Array;
  /** The first record; with `csv` and `tsv` only. */
  readonly header?: Uint8Array | undefined;
}

export interface MetricReading {
  readonly value: number;
  /** TensorBoard's scalars are 32-bit floats. */
  readonly precision: 'double' | 'single';
}

/** By the file's name, as its records are told (design §3). */
export function logFormatOf(name: string): LogFormat {
  return name.includes('.tfevents.') ? 'tensorboard' : rowFormatOf(name);
}

/**
 * The numbers in a record by name: a column, a TensorBoard tag, or a member of the JSON object; one of an object inside it under
 * both names with a dot. What two of them could mean is left out.
 *
 * @throws StemmaError LOG_INVALID, JSON_INVALID or ENCODING_INVALID where the record is not of the format
 */
export function metricsIn({ format, record, header }: MetricRecord): ReadonlyMap<string, MetricReading> {
  const found = new Map<string, MetricReading>();
  const twice = new Set<string>();
  const add = (name: string, value: number | undefined, precision: MetricReading['precision'] = 'double'): void => {
    if (value === undefined || !Number.isFinite(value)) return;
    if (found.has(name)) twice.add(name);
    found.set(name, { value: withoutNegativeZero(value), precision });
  };
  if (format === 'tensorboard') for (const { tag, value, precision } of scalarsOf(record)) add(tag, value, precision);
  else if (format === 'jsonl') addMembers('', readJsonRow(record), add);
  else {
    const names = readHeader(header ?? new Uint8Array(), format);
    for (const [name, text] of readFields(record, names, format))
      if (typeof text === 'string') add(name, parseDecimal(text));
  }
  for (const name of twice) found.delete(name);
  return found;
}

function addMembers(
  prefix: string,
  members: Iterable<[string, JsonValue]>,
  add: (name: string, value: number) => void,
): void {
  for (const [name, value] of members) {
    if (typeof value === 'number') add(prefix + name, value);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      addMembers(`${prefix}${name}.`, Object.entries(value), add);
  }
}

/** Whether a number is the one in the record: equal, or for a 32-bit float rounding to it, since `0.97` is how people write it. */
export const isReading = (value: number, { value: held, precision }: MetricReading): boolean =>
  precision === 'double' ? value === held : Math.fround(value) === held;

const MAX_NAMED = 8;

/**
 * The metric of this name in a record.
 *
 * @throws StemmaError METRIC_NOT_HELD, saying what the record holds instead; and as `metricsIn`
 */
export function readMetric(record: MetricRecord, name: string): MetricReading {
  const metrics = metricsIn(record);
  const reading = metrics.get(name);
  if (reading !== undefined) return reading;
  throw new StemmaError('METRIC_NOT_HELD', `the record holds no number ${quote(name, 80)}: ${heldIn(metrics)}`);
}

/** What a record holds, for messages. */
function heldIn(metrics: ReadonlyMap<string, MetricReading>): string {
  if (metrics.size === 0) return 'it holds no number';
  const named = [...metrics].slice(0, MAX_NAMED).map(([name, { value }]) => `${quote(name, 80)} ${value}`);
  const more = metrics.size > MAX_NAMED ? ` and ${metrics.size - MAX_NAMED} more` : '';
  return `it holds ${named.join(', ')}${more}`;
}
