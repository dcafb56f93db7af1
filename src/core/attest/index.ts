export { type ApproveOptions, type ApproveResult, approveModel } from './approve-model.ts';
export { artifactDigests } from './artifact-digests.ts';
export { type AttestDatasetResult, attestDataset } from './attest-dataset.ts';
export { attestModel } from './attest-model.ts';
export { attestRun } from './attest-run.ts';
export type { Environment } from './builder.ts';
export type { AttestDatasetOptions } from './dataset-options.ts';
export { evaluateModel } from './evaluate-model.ts';
export type { EvaluateOptions, MetricSource, StatedMetric } from './evaluation-options.ts';
export type { EvaluateResult } from './evaluation-result.ts';
export { type ExportEvidenceOptions, exportEvidence } from './export-evidence.ts';
export type { AttestOptions, ModelOptions } from './options.ts';
export {
  type BaseReference,
  parseBaseReference,
  parseDatasetReference,
  parseReference,
  type Reference,
} from './reference.ts';
export type { AttestResult } from './result.ts';
export type { RunOptions } from './run-options.ts';
export type { RunResult } from './run-result.ts';
export { saltedWarnings } from './salted-guard.ts';
export { type SignOptions, type SignResult, signModel } from './sign-model.ts';
export { type SignedPolicy, signPolicy } from './sign-policy.ts';
export { signedLine } from './signed-line.ts';
