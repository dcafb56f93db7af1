import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { RankedScores } from './auc.ts';
import { cell, invalid, type LabelType, labelIn, numberIn } from './cells.ts';
import { ClassTally } from './class-tally.ts';
import { isRecordable } from './numbers.ts';
import {
  MAX_GROUPS,
  type MetricValue,
  type PredictionResult,
  type SliceGroup,
  type SliceValue,
  SMALL_SLICE,
  slicingOf,
} from './result.ts';
import type { Row } from './row.ts';
import { averageOf, type MetricName, type PredictionSpec, specProblem } from './spec.ts';

/** Beyond these a file is no set of predictions, or a column no slicing. */
const MAX_ROWS = 10_000_000;
/** Counts of classes over all slices, some 100 bytes each. */
const MAX_TALLIES = 1_000_000;

/** The sums of one slice, or of all rows. */
interface Sums {
  readonly value: SliceValue;
  rows: number;
  readonly classes: ClassTally;
  squares: number;
}

interface Group {
  /** Among those of its column, in the order in which they appear. */
  readonly index: number;
  readonly sums: Sums;
}

const newSums = (value: SliceValue): Sums => ({ value, rows: 0, classes: new ClassTally(), squares: 0 });

/**
 * Computes metrics over predictions row by row (docs/formats/evaluation.md): equal rows in equal order give equal doubles on every
 * machine. Memory grows with classes and slices; with the rows only for AUC.
 */
export class PredictionScores {
  readonly #spec: PredictionSpec;
  readonly #all = newSums('');
  /** For each column of slices its groups by text, in the order in which they appear. */
  readonly #groups: ReadonlyMap<string, Group>[];
  readonly #ranked: RankedScores | undefined;
  readonly #countsClasses: boolean;
  /** Of the classes under the empty name, of slices under the name of their column. */
  readonly #types = new Map<string, LabelType>();
  #tallies = 0;
  #groupCount = 0;

  /** @throws StemmaError USAGE for metrics that these columns do not allow */
  constructor(spec: PredictionSpec) {
    const problem = specProblem(spec);
    if (problem !== undefined) throw new StemmaError('USAGE', problem);
    this.#spec = spec;
    this.#groups = spec.slices.map(() => new Map());
    this.#ranked = spec.metrics.includes('auc') ? new RankedScores(spec.slices.length) : undefined;
    this.#countsClasses = spec.metrics.some((metric) => metric !== 'auc' && metric !== 'rmse');
  }

  /** @throws StemmaError PREDICTIONS_INVALID for a missing column, what is no label or number there, and more than is counted */
  add(row: Row): void {
    const { columns, metrics, slices, positive } = this.#spec;
    const groups = slices.map((column, index) => this.#group(row, column, index));
    const sums = [this.#all, ...groups.map((group) => group.sums)];
    for (const each of sums) each.rows++;
    if (this.#all.rows > MAX_ROWS) throw invalid(`expected at most ${MAX_ROWS} rows`);
    const { label, prediction = '', score = '' } = columns;
    if (this.#countsClasses) {
      const actual = this.#label(row, label);
      const predicted = this.#label(row, prediction);
      for (const each of sums) this.#count(each.classes, actual, predicted);
    }
    if (metrics.includes('rmse')) {
      const error = numberIn(row, prediction) - numberIn(row, label);
      for (const each of sums) each.squares += error * error;
    }
    const isPositive = this.#ranked !== undefined && this.#label(row, label) === positive;
    this.#ranked?.add(
      numberIn(row, score),
      isPositive,
      groups.map(({ index }) => index),
    );
  }

  /** @throws StemmaError PREDICTIONS_INVALID where there is no row, no row of the positive class, or a metric that is not defined */
  finish(): PredictionResult {
    const { metrics, slices, positive } = this.#spec;
    if (this.#all.rows === 0) throw invalid('there is no prediction in it');
    if (positive !== undefined && this.#countsClasses && !this.#all.classes.has(positive)) {
      const known = this.#all.classes
        .names()
        .slice(0, 8)
        .map((name) => quote(name, 40));
      throw invalid(`${quote(positive, 80)} is to be the positive class, but the classes are ${known.join(', ')}`);
    }
    const areas = this.#ranked?.areas(this.#groups.map((groups) => groups.size));
    const overall = metrics.map((metric) => this.#metric(metric, this.#all, areas?.all ?? null));
    const undefinedMetric = overall.find(({ value }) => value === null);
    if (undefinedMetric !== undefined)
      throw invalid(
        `${undefinedMetric.name} is not defined: no row, or every row, is of the class ${quote(positive ?? '', 80)}`,
      );
    return {
      rows: this.#all.rows,
      metrics: overall,
      slices: slices.map((column, index) => {
        const groups = [...(this.#groups[index]?.values() ?? [])];
        return slicingOf(
          column,
          groups.map(({ sums, index: group }) => this.#sliceGroup(sums, areas?.slices[index]?.[group] ?? null)),
        );
      }),
    };
  }

  #sliceGroup(sums: Sums, area: number | null): SliceGroup {
    const { value, rows } = sums;
    const metrics = this.#spec.metrics.map((metric) => this.#metric(metric, sums, area));
    return { value, rows, ...(rows < SMALL_SLICE ? { small: true as const } : {}), metrics };
  }

  #metric(name: MetricName, sums: Sums, area: number | null): MetricValue {
    const average = averageOf(name, this.#spec);
    const value = this.#value(name, sums, area);
    if (value !== null && !isRecordable(value)) throw invalid(`${name} is ${value}, which no statement can hold`);
    return { name, ...(average === undefined ? {} : { average }), value };
  }

  #value(name: MetricName, { classes, rows, squares }: Sums, area: number | null): number | null {
    if (name === 'auc') return area;
    if (name === 'rmse') return Math.sqrt(squares / rows);
    if (name === 'accuracy') return classes.accuracy();
    const { positive } = this.#spec;
    return positive === undefined ? classes.macro(name) : classes.ofClass(name, positive);
  }

  #count(classes: ClassTally, actual: string, predicted: string): void {
    const before = classes.size;
    classes.add(actual, predicted);
    this.#tallies += classes.size - before;
    if (this.#tallies > MAX_TALLIES) throw invalid(`there are more than ${MAX_TALLIES} classes in all slices`);
  }

  #label(row: Row, column: string): string {
    return this.#named(row, column, CLASSES);
  }

  #group(row: Row, column: string, slicing: number): Group {
    const text = this.#named(row, column, column);
    const groups = this.#groups[slicing] as Map<string, Group>;
    const known = groups.get(text);
    if (known !== undefined) return known;
    if (++this.#groupCount > MAX_GROUPS) {
      const values = `${groups.size + 1} values in ${quote(column, 80)} up to this row`;
      throw invalid(
        `there are more than ${MAX_GROUPS} slices in all, ${values}: too many for a statement`,
        FEWER_SLICES,
      );
    }
    const group = { index: groups.size, sums: newSums(cell(row, column) as SliceValue) };
    groups.set(text, group);
    return group;
  }

  /** One type of name in a file: otherwise `1` and `"1"` would be one class or slice to some readers and two to others. */
  #named(row: Row, column: string, what: string): string {
    const { text, type } = labelIn(row, column);
    const expected = this.#types.get(what) ?? type;
    this.#types.set(what, expected);
    if (type !== expected)
      throw invalid(`expected ${LABEL_TYPES[expected]} in ${quote(column, 80)} as before, found ${LABEL_TYPES[type]}`);
    return text;
  }
}

const FEWER_SLICES = 'slice by fewer columns, or by one with fewer values';

/** No column is called so: a header without a name is refused, and JSON's empty name is no sensible one. */
const CLASSES = '';

const LABEL_TYPES: Readonly<Record<LabelType, string>> = {
  text: 'a text',
  integer: 'a whole number',
  boolean: 'a truth value',
};
