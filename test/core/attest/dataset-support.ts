import path from 'node:path';
import { type AttestDatasetOptions, type AttestDatasetResult, attestDataset } from '../../../src/core/attest/index.ts';
import { type DatasetPredicate, parseDatasetPredicate } from '../../../src/core/attestation/index.ts';
import { DATASET_DEFAULTS } from '../../../src/core/defaults.ts';
import type { Files } from '../model/support.ts';
import { statementsOf, trainer } from './support.ts';

export const FILES: Files = { 'a.jsonl': '{"x":1}\n{"x":2}\n', 'README.md': '# data\n' };
export const ATTESTATIONS = 'model.attestations.jsonl';

/** What `stemma dataset attest DATASET` does without further flags. */
export function attestData(
  dataset: string,
  overrides: Partial<AttestDatasetOptions> = {},
): Promise<AttestDatasetResult> {
  return attestDataset({ ...DATASET_DEFAULTS, dataset, signer: trainer, ...overrides });
}

/** What the first statement in the folder says. */
export function datasetIn(at: string): DatasetPredicate {
  const [first] = statementsOf(at);
  if (first === undefined) throw new Error('no statement there');
  return parseDatasetPredicate(first.statement);
}

export const link = (file: string) => ({ kind: 'path', path: file }) as const;
export const secretBeside = (dataset: string): string => path.join(path.dirname(dataset), 'data.secret');
