import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type AttestDatasetOptions, attestDataset } from '../../../src/core/attest/index.ts';
import { DATASET_DEFAULTS } from '../../../src/core/defaults.ts';
import { type Report, type VerifyDatasetOptions, verifyDataset } from '../../../src/core/verify/index.ts';
import { type Contents, type KeyName, NOW, signerOf, trustKey, writeModel } from './support.ts';

export const FILES: Contents = { 'a.jsonl': '{"x":1}\n{"x":2}\n', 'b/c.csv': 'x,y\n1,2\n', 'README.md': '# data\n' };
export const ATTESTATIONS = 'model.attestations.jsonl';

export interface Settings extends Partial<Omit<AttestDatasetOptions, 'signer'>> {
  readonly key?: KeyName;
}

/** A dataset of these files that is attested; `at` names one that is there. */
export async function attested(
  contents: Contents = FILES,
  { key = 'p256', ...rest }: Settings = {},
  at = writeModel(contents),
): Promise<string> {
  await attestDataset({ ...DATASET_DEFAULTS, dataset: at, signer: await signerOf(key), ...rest });
  return at;
}

/** What `stemma dataset verify DATASET --key p256.pub` does. */
export const verify = (dataset: string, overrides: Partial<VerifyDatasetOptions> = {}): Promise<Report> =>
  verifyDataset({
    dataset,
    trust: [trustKey('p256')],
    attestations: [],
    at: NOW,
    version: '1',
    environment: [],
    ...overrides,
  });

export const write = (at: string, name: string, content: string): void => writeFileSync(path.join(at, name), content);
export const attestationsOf = (at: string): string => path.join(at, ATTESTATIONS);
