export { authenticator } from './authenticator.ts';
export type { AuthenticatedStatement, Trust } from './checks/authenticate.ts';
export type { VerifyDatasetOptions } from './dataset-options.ts';
export { exitCodeOf, RESULTS, type VerdictCode, verdictCode } from './exit.ts';
export type { AncestorOptions } from './lineage-options.ts';
export { draftPolicy, loadPolicy } from './load-policy.ts';
export type { VerifyOptions } from './options.ts';
export type { LoadedPolicy } from './policy-file.ts';
export {
  type ChangeKind,
  type Check,
  type EvidenceRef,
  type Fact,
  type FileChange,
  type Outcome,
  type PolicyReport,
  type PolicyRequirement,
  type Report,
  type SignerRef,
  STEPS,
  type Step,
} from './report.ts';
export { type Summarised, type SummaryOptions, verifyAndSummarise } from './summarise.ts';
export { verifyDatasetAndSummarise } from './summarise-dataset.ts';
export { type TrustEntry } from './trust.ts';
export { verifyDataset } from './verify-dataset.ts';
export { type VerifyEvidenceOptions, verifyEvidence } from './verify-evidence.ts';
export { verifyModel } from './verify-model.ts';
