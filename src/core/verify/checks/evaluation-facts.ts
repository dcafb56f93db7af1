import type { Evaluation } from '../../attestation/index.ts';
import { metricLabel, sliceLabel } from '../../evaluation/index.ts';

/** What an evaluation says in numbers, by name: its metrics, the gaps between slices, and the slices too small to say much. */
export function evaluationFacts({
  metrics,
  predictions,
}: Evaluation): readonly { readonly name: string; readonly value: string }[] {
  const facts = metrics.map((metric) => ({ name: `metric ${metricLabel(metric)}`, value: String(metric.value) }));
  for (const { column, gaps } of predictions?.result.slices ?? []) {
    for (const gap of gaps) {
      if (gap.value !== null)
        facts.push({ name: `gap in ${metricLabel(gap)} over ${column}`, value: String(gap.value) });
    }
  }
  const small = smallSlices(predictions);
  if (small.length > 0) facts.push({ name: 'slices of fewer than 30 rows', value: small.join(', ') });
  return facts;
}

const MAX_NAMED = 8;

/** The first slices that are flagged, and how many more there are. */
export function smallSlices(predictions: Evaluation['predictions']): readonly string[] {
  const all = (predictions?.result.slices ?? []).flatMap(({ column, groups }) =>
    groups.filter(({ small }) => small === true).map(({ value }) => sliceLabel(column, value)),
  );
  return all.length <= MAX_NAMED ? all : [...all.slice(0, MAX_NAMED), `${all.length - MAX_NAMED} more`];
}
