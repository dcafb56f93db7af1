import { compareUtf8 } from '../bytes/index.ts';
import type { Average, MetricName } from './spec.ts';

/** Fewer rows than this say little about a slice: it is flagged. */
export const SMALL_SLICE = 30;
/** Of all columns of slices together: each stands in the statement with all its metrics. */
export const MAX_GROUPS = 1000;

export type SliceValue = string | number | boolean;

export interface MetricValue {
  readonly name: MetricName;
  readonly average?: Average;
  /** Null where it is not defined, as the AUC of rows of one class. */
  readonly value: number | null;
}

export interface SliceGroup {
  readonly value: SliceValue;
  readonly rows: number;
  /** Of fewer than `SMALL_SLICE` rows; absent otherwise. */
  readonly small?: true;
  readonly metrics: readonly MetricValue[];
}

export interface Slicing {
  readonly column: string;
  /** Sorted by `compareSlices`. */
  readonly groups: readonly SliceGroup[];
  /** Largest less smallest value of each metric over the groups that have one. */
  readonly gaps: readonly MetricValue[];
}

/** What was computed from predictions. */
export interface PredictionResult {
  readonly rows: number;
  readonly metrics: readonly MetricValue[];
  readonly slices: readonly Slicing[];
}

/** The order of the groups of a column: by the UTF-8 bytes of their values' text. */
export const compareSlices = (a: Pick<SliceGroup, 'value'>, b: Pick<SliceGroup, 'value'>): number =>
  compareUtf8(String(a.value), String(b.value));

/** The slicing of its groups, in order and with its gaps. */
export function slicingOf(column: string, unordered: readonly SliceGroup[]): Slicing {
  const groups = unordered.toSorted(compareSlices);
  const gaps = (groups[0]?.metrics ?? []).map((metric, index) => {
    const values = groups.flatMap(({ metrics }) => metrics[index]?.value ?? []);
    // Groups number a thousand at most, so the values fit into an argument list.
    return { ...metric, value: values.length === 0 ? null : Math.max(...values) - Math.min(...values) };
  });
  return { column, groups, gaps };
}

const MAX_DIFFERENCES = 8;

/** Where two results differ, for people: the first few, signed against found. */
export function differences(signed: PredictionResult, found: PredictionResult): readonly string[] {
  const a = named(signed);
  const b = named(found);
  const out: string[] = [];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [before, after] = [a.get(key), b.get(key)];
    if (before === after) continue;
    if (out.length === MAX_DIFFERENCES) return [...out, 'and more'];
    out.push(`${key}: signed ${before ?? 'none'}, found ${after ?? 'none'}`);
  }
  return out;
}

function named({ rows, metrics, slices }: PredictionResult): ReadonlyMap<string, string> {
  const out = new Map([['rows', String(rows)]]);
  const add = (prefix: string, list: readonly MetricValue[]): void => {
    for (const metric of list) out.set(`${prefix}${metricLabel(metric)}`, String(metric.value));
  };
  add('', metrics);
  for (const { column, groups, gaps } of slices) {
    for (const group of groups) {
      const prefix = `${sliceLabel(column, group.value)} `;
      out.set(`${prefix}rows`, `${group.rows}${group.small === true ? ' (small)' : ''}`);
      add(prefix, group.metrics);
    }
    add(`gap over ${column} in `, gaps);
  }
  return out;
}

/** `f1 (macro)`. */
export const metricLabel = ({ name, average }: { readonly name: string; readonly average?: Average }): string =>
  average === undefined ? name : `${name} (${average})`;

/** `sex="f"`: a text is quoted, so that it is not taken for a number. */
export const sliceLabel = (column: string, value: SliceValue): string => `${column}=${JSON.stringify(value)}`;
