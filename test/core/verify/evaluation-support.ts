import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type EvaluateOptions, evaluateModel } from '../../../src/core/attest/index.ts';
import { attest } from './attest-support.ts';
import { bundleOf } from './oms-support.ts';
import { type KeyName, signerOf, tempFolder, writeFiles, writeModel } from './support.ts';

export const LOG = '{"step":1,"accuracy":0.9}\n{"step":2,"accuracy":0.97}\n';
export const CSV = 'step,accuracy\n1,0.9\n2,0.97\n';
export const ROWS = Array.from({ length: 60 }, (_, i) => ({
  y: i % 2,
  p: i % 7 === 0 ? 1 : i % 2,
  s: i / 60,
  g: i < 20 ? 'a' : 'b',
}));
export const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
export const file = (name: string, text: string): string => path.join(writeFiles(tempFolder(), { [name]: text }), name);
export const linesIn = (model: string): string => path.join(model, 'model.attestations.jsonl');

export const SPEC = {
  columns: { label: 'y', prediction: 'p', score: 's' },
  metrics: ['accuracy', 'f1', 'auc', 'rmse'],
  positive: '1',
  slices: ['g'],
} as const;

export type Source = EvaluateOptions['source'];
export const logged = (name: string, text: string, record: number): Source => ({
  kind: 'log',
  file: file(name, text),
  record,
  metrics: [{ name: 'accuracy', value: undefined }],
});

export async function evaluate(model: string, source: Source, key: KeyName = 'p256'): Promise<void> {
  await evaluateModel({
    model,
    signer: await signerOf(key),
    source,
    dataset: { kind: 'digests', digests: { sha256: 'ab'.repeat(32) } },
    harness: [],
    ignore: [],
    opaque: [],
    allowSymlinks: false,
    segmentHash: 'blake3',
  });
}

export async function attested(): Promise<string> {
  const model = writeModel({ 'weights.bin': 'numbers' });
  await attest(model);
  return model;
}

export async function predicted(): Promise<{ readonly model: string; readonly predictions: string }> {
  const model = await attested();
  const predictions = file('p.jsonl', jsonl(ROWS));
  await evaluate(model, { kind: 'predictions', file: predictions, spec: SPEC });
  return { model, predictions };
}

export interface Payload {
  readonly subject: readonly object[];
  readonly predicate: {
    readonly metrics: { name: string; value: number }[];
    readonly log?: { record: { index: number; data: string; path: string[] }; tree: { size: number } };
    readonly predictions?: { slices: { groups: { metrics: { value: number | null }[] }[] }[] };
  };
}

/** Signs the evaluation of a model once more, changed, in place of the one that is there. */
export async function resigned(
  model: string,
  change: (payload: Payload) => void,
  key: KeyName = 'p256',
): Promise<void> {
  const lines = readFileSync(linesIn(model), 'utf8').trimEnd().split('\n');
  const payload = JSON.parse(
    Buffer.from(JSON.parse(lines.at(-1) ?? '').dsseEnvelope.payload, 'base64').toString(),
  ) as Payload;
  change(payload);
  const line = JSON.stringify(await bundleOf(payload, { key }));
  writeFileSync(linesIn(model), `${[...lines.slice(0, -1), line].join('\n')}\n`);
}
