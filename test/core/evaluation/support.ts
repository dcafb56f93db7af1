import type { JsonValue } from '../../../src/core/bytes/index.ts';
import { type PredictionResult, PredictionScores, type PredictionSpec } from '../../../src/core/evaluation/index.ts';

export type Given = Readonly<Record<string, JsonValue>>;

export const SPEC: PredictionSpec = { columns: { label: 'y', prediction: 'p' }, metrics: ['accuracy'], slices: [] };

/** What is computed of rows that are already parsed. */
export function scoresOf(rows: readonly Given[], spec: Partial<PredictionSpec> = {}): PredictionResult {
  const scores = new PredictionScores({ ...SPEC, ...spec });
  for (const row of rows) scores.add(new Map(Object.entries(row)));
  return scores.finish();
}

/** The values of all rows by metric. */
export function valuesOf(rows: readonly Given[], spec: Partial<PredictionSpec> = {}): Record<string, number | null> {
  return Object.fromEntries(scoresOf(rows, spec).metrics.map(({ name, value }) => [name, value]));
}

/** `1 1 0 1` as rows of `y` and `p`: labels first, then predictions, one character each. */
export const pairs = (labels: string, predictions: string): Given[] =>
  labels.split('').map((y, i) => ({ y, p: predictions[i] ?? '' }));
