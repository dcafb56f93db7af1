import { type JsonValue, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import {
  type PredictionResult,
  type PredictionSpec,
  parseDecimal,
  readFields,
  readHeader,
  readJsonRow,
} from '../evaluation/index.ts';
import { type MetricRecord, metricsIn } from '../trainlog/index.ts';
import { isSecretName, publicationProblem } from './secrets.ts';

/** `name=value` and `"name": "value"` inside a text. */
const INNER = /([A-Za-z][\w.-]{0,200})['"]?\s{0,8}[=:]\s{0,8}['"]?[^\s'"]/g;
/** What is counted or averaged: `loss_per_token`. */
const COUNTED = /tokens?$/i;

/**
 * Refuses a record that no attestation may hold: one with a secret or a path of this machine among its names and values.
 *
 * @throws StemmaError USAGE, without the value; as `metricsIn`
 */
export function requirePublishableRecord(where: string, record: MetricRecord): void {
  const texts = [record.record, record.header ?? new Uint8Array()].map((each) => new TextDecoder().decode(each));
  const raw = texts.map(publicationProblem).find((why) => why !== undefined);
  refuse(where, raw ?? first(membersOf(record)), 'write the metrics into a log without it');
}

/** @throws StemmaError USAGE, without the name */
export function requirePublishableNames(what: string, names: readonly (string | undefined)[]): void {
  for (const name of names) if (name !== undefined) refuse(what, publicationProblem(name), 'give it another name');
}

/** @throws StemmaError USAGE, without the name */
export function requirePublishableSpec({ columns, positive, slices }: PredictionSpec): void {
  requirePublishableNames('the name of a column', [columns.label, columns.prediction, columns.score, ...slices]);
  requirePublishableNames('the positive class', [positive]);
}

/**
 * The values of the columns that make slices stand in the statement.
 *
 * @throws StemmaError USAGE, without the value
 */
export function requirePublishableSlices({ slices }: PredictionResult): void {
  for (const { column, groups } of slices) {
    const why = first(groups.map(({ value }): [string, JsonValue] => [column, value]));
    refuse(`a value in the column ${quote(column, 80)}`, why, 'slice by another column');
  }
}

function refuse(what: string, why: string | undefined, hint: string): void {
  if (why === undefined) return;
  throw new StemmaError('USAGE', `${what} ${why}, and it would stand in the attestation, which is public`, { hint });
}

function membersOf(from: MetricRecord): Iterable<readonly [string, JsonValue]> {
  const { format, record, header } = from;
  if (format === 'jsonl') return readJsonRow(record);
  if (format === 'tensorboard') return [...metricsIn(from)].map(([tag, { value }]) => [tag, value] as const);
  const names = readHeader(header ?? new Uint8Array(), format);
  return [...readFields(record, names, format)].map(
    ([name, text]) => [name, typeof text === 'string' ? (parseDecimal(text) ?? text) : text] as const,
  );
}

function first(members: Iterable<readonly [string, JsonValue]>): string | undefined {
  for (const [name, value] of members) {
    const why = publicationProblem(name) ?? problemOf(name, value);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Why a value under this name must not be made public, or undefined. */
function problemOf(name: string, value: JsonValue): string | undefined {
  if (value === null || value === '' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return isSecretName(name) && !COUNTED.test(name) ? 'looks like a secret' : undefined;
  if (typeof value === 'string') return isSecretName(name) ? 'looks like a secret' : textProblem(value);
  if (Array.isArray(value)) return first(value.map((each): [string, JsonValue] => [name, each]));
  // What lies below a secret name is one, whatever the names inside.
  return (
    first(Object.entries(value).map(([inner, each]) => [isSecretName(name) ? name : inner, each] as const)) ??
    first(Object.keys(value).map((inner) => [inner, null] as const))
  );
}

function textProblem(text: string): string | undefined {
  const named = [...text.matchAll(INNER)].some(([, name = '']) => isSecretName(name));
  return named ? 'looks like a secret' : publicationProblem(text);
}
