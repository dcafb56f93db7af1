import { compareUtf8 } from '../bytes/index.ts';
import type { MetricName } from './spec.ts';

interface ClassCounts {
  /** Predicted and true. */
  hits: number;
  actual: number;
  predicted: number;
}

/** Counts of true and predicted classes of one slice, in memory that grows with the classes and not with the rows. */
export class ClassTally {
  readonly #classes = new Map<string, ClassCounts>();
  #rows = 0;
  #correct = 0;

  /** How many classes there are. */
  get size(): number {
    return this.#classes.size;
  }

  has(name: string): boolean {
    return this.#classes.has(name);
  }

  /** The classes in the order of their UTF-8 bytes, which is the order in which means add them up. */
  names(): readonly string[] {
    return [...this.#classes.keys()].toSorted(compareUtf8);
  }

  add(actual: string, predicted: string): void {
    this.#rows++;
    this.#of(actual).actual++;
    const counts = this.#of(predicted);
    counts.predicted++;
    if (actual !== predicted) return;
    counts.hits++;
    this.#correct++;
  }

  accuracy(): number {
    return this.#correct / this.#rows;
  }

  /** Precision, recall or F1 of one class; 0 where it would divide by 0, as scikit-learn has it. */
  ofClass(metric: Extract<MetricName, 'precision' | 'recall' | 'f1'>, name: string): number {
    const { hits, actual, predicted } = this.#classes.get(name) ?? { hits: 0, actual: 0, predicted: 0 };
    if (metric === 'precision') return predicted === 0 ? 0 : hits / predicted;
    if (metric === 'recall') return actual === 0 ? 0 : hits / actual;
    return actual + predicted === 0 ? 0 : (2 * hits) / (actual + predicted);
  }

  /** The unweighted mean over every class that is true or predicted somewhere in this slice. */
  macro(metric: Extract<MetricName, 'precision' | 'recall' | 'f1'>): number {
    let sum = 0;
    for (const name of this.names()) sum += this.ofClass(metric, name);
    return sum / this.size;
  }

  #of(name: string): ClassCounts {
    const known = this.#classes.get(name);
    if (known !== undefined) return known;
    const counts = { hits: 0, actual: 0, predicted: 0 };
    this.#classes.set(name, counts);
    return counts;
  }
}
