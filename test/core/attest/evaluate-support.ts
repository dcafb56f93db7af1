import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type EvaluateOptions, type EvaluateResult, evaluateModel } from '../../../src/core/attest/index.ts';
import { type Evaluation, parseEvaluation } from '../../../src/core/attestation/index.ts';
import { tempDir } from '../model/support.ts';
import { auditor, DIGITS, statementsOf } from './support.ts';

export const DATASET = { kind: 'path', path: path.join(DIGITS, 'data/test.csv') } as const;
export const LOG = '{"step":1,"accuracy":0.9}\n{"step":2,"accuracy":0.97,"loss":0.25}\n';
export const write = (name: string, text: string): string => {
  const file = path.join(tempDir(), name);
  writeFileSync(file, text);
  return file;
};
export const logged = (
  file: string,
  record: number,
  ...metrics: readonly (readonly [string, number?])[]
): EvaluateOptions['source'] => ({
  kind: 'log',
  file,
  record,
  metrics: metrics.map(([name, value]) => ({ name, value })),
});
export const predicted = (file: string): EvaluateOptions['source'] => ({
  kind: 'predictions',
  file,
  spec: { columns: { label: 'y', prediction: 'p' }, metrics: ['accuracy'], slices: ['g'] },
});
export const STATED = { kind: 'stated', metrics: [{ name: 'accuracy', value: 0.97 }] } as const;

export function evaluate(model: string, overrides: Partial<EvaluateOptions> = {}): Promise<EvaluateResult> {
  return evaluateModel({
    model,
    signer: auditor,
    source: STATED,
    dataset: DATASET,
    harness: [],
    ignore: [],
    opaque: [],
    allowSymlinks: false,
    segmentHash: 'blake3',
    ...overrides,
  });
}

export const last = (model: string): Evaluation => parseEvaluation(statementsOf(model).at(-1)!.statement);
