import type { EvaluateResult } from '../../core/attest/index.ts';
import { type MetricValue, metricLabel, type Slicing } from '../../core/evaluation/index.ts';
import { count, formatBytes, type Look, name, paint, prose, shortHex } from './text.ts';

/** What `evaluate` attested, and what the numbers rest on. */
export function renderEvaluate(result: EvaluateResult, look: Look): string {
  const { metrics, dataset, predictions, signer, written } = result;
  return [
    `${paint(look, 'bold', name(result.name))}  ${result.kind}, ${count(result.files, 'file')}, ${formatBytes(result.bytes)}`,
    ...Object.entries(result.digests).map(([key, hex]) => `  ${name(key)} ${shortHex(hex, look)}`),
    ...metrics.map((metric) => `  ${name(labelOf(metric))} ${metric.value}`),
    ...(predictions?.slices ?? []).flatMap((slicing) => sliceLines(slicing, look)),
    `  ${sourceOf(result)}`,
    ...(dataset === undefined
      ? []
      : [`  evaluated on ${dataset.name === undefined ? 'a digest set' : name(dataset.name)}`]),
    `signed by ${signer.type} key sha256:${shortHex(signer.fingerprint, look)}`,
    written.length === 0
      ? 'this was attested already: nothing was written'
      : `wrote ${written.map((file) => name(file)).join(', ')}`,
  ].join('\n');
}

/** A stated metric is called as its signer likes; a mean is said of those that were computed. */
const labelOf = ({ name: metric, average }: EvaluateResult['metrics'][number]): string =>
  average === undefined ? metric : `${metric} (${average})`;

function sliceLines({ column, groups, gaps }: Slicing, look: Look): readonly string[] {
  return [
    ...groups.map(({ value, rows, small, metrics }) => {
      const flag = small === true ? paint(look, 'warn', ' fewer than 30 rows') : '';
      // JSON has escaped the value: once more, and backslashes would be doubled.
      return `  ${name(column)}=${prose(JSON.stringify(value))}  ${count(rows, 'row')}, ${valuesOf(metrics)}${flag}`;
    }),
    `  gaps over ${name(column)}  ${valuesOf(gaps)}`,
  ];
}

const valuesOf = (metrics: readonly MetricValue[]): string =>
  metrics.map((metric) => `${metricLabel(metric)} ${metric.value ?? 'not defined'}`).join(', ');

function sourceOf({ log, predictions }: EvaluateResult): string {
  if (log !== undefined) return prose(`as record ${log.record} of "${log.name}" says, one of ${log.records}`);
  if (predictions !== undefined) return prose(`computed from ${predictions.rows} predictions in "${predictions.name}"`);
  return 'as stated: nothing that they were read from is named';
}
