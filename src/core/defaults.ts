import type { AttestDatasetOptions, AttestOptions } from './attest/index.ts';
import type { VerifyOptions } from './verify/index.ts';

/**
 * What `stemma attest MODEL` does without further flags, less the source commit and the CI system: a library call looks neither
 * at the working directory nor at the environment. To be spread: `{ ...ATTEST_DEFAULTS, model, signer }`.
 */
export const ATTEST_DEFAULTS = {
  bases: [],
  datasets: [],
  logs: [],
  parameters: {},
  configs: [],
  environments: [],
  source: undefined,
  env: {},
  ignore: [],
  opaque: [],
  allowSymlinks: false,
  segmentHash: 'blake3',
  copyParentEvidence: true,
  modelSig: true,
  manifest: true,
  force: false,
} as const satisfies Omit<AttestOptions, 'model' | 'signer'>;

/** What `stemma dataset attest DATASET` does without further flags: `{ ...DATASET_DEFAULTS, dataset, signer }`. */
export const DATASET_DEFAULTS = {
  ignore: [],
  records: true,
  licenses: [],
  sources: [],
  derivedFrom: [],
  copyParentEvidence: true,
} as const satisfies Omit<AttestDatasetOptions, 'dataset' | 'signer'>;

/** What `stemma verify MODEL` does without further flags: `{ ...VERIFY_DEFAULTS, model, trust, at, version }`. */
export const VERIFY_DEFAULTS = {
  mode: 'verify',
  integrityOnly: false,
  attestations: [],
  ignore: [],
  ignoreUnsignedFiles: false,
  threshold: 1,
  require: [],
  requireAll: false,
  logs: [],
  predictions: [],
  strictFs: false,
  environment: [],
} as const satisfies Omit<VerifyOptions, 'model' | 'trust' | 'at' | 'version'>;
