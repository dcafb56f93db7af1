/**
 * Stemma as a library: what the command line does, without terminal, environment variables or a clock of its own.
 *
 * ```ts
 * import { ATTEST_DEFAULTS, attestModel, loadSigner, readPublicKey, VERIFY_DEFAULTS, verifyModel } from 'stemma';
 *
 * const signer = await loadSigner(await readFile('trainer.key'), passphrase);
 * await attestModel({ ...ATTEST_DEFAULTS, model: './model', signer });
 *
 * const { key } = readPublicKey(await readFile('trainer.pub'));
 * const trust = [{ kind: 'key', label: 'trainer.pub', key }] as const;
 * const report = await verifyModel({ ...VERIFY_DEFAULTS, model: './model', trust, at: new Date(), version: '1.0.0' });
 * if (report.result !== 'pass') throw new Error(report.verdict);
 * ```
 *
 * A verdict is data: `verifyModel` resolves with a report whatever it finds. What it throws, as every function here, is a
 * {@link StemmaError} with a code of docs/error-codes.md: then nothing was decided. Texts in results and messages may come
 * from a model or an attestation; pass them through {@link escapeText} before printing them.
 *
 * @module
 */

// Attest and verify.
export {
  type ApproveOptions,
  type ApproveResult,
  type AttestDatasetOptions,
  type AttestDatasetResult,
  type AttestOptions,
  type AttestResult,
  approveModel,
  attestDataset,
  attestModel,
  attestRun,
  type BaseReference,
  type Environment,
  type EvaluateOptions,
  type EvaluateResult,
  evaluateModel,
  type MetricSource,
  type ModelOptions,
  parseBaseReference,
  parseDatasetReference,
  parseReference,
  type Reference,
  type RunOptions,
  type RunResult,
  type SignedPolicy,
  type SignOptions,
  type SignResult,
  signModel,
  signPolicy,
} from './attest/index.ts';
// The wire formats, parsed strictly; nothing here says whether a signature is genuine.
export {
  type Bundle,
  type BundleContent,
  type DatasetPredicate,
  type DatasetRelation,
  type Envelope,
  type EnvelopeSignature,
  type Evaluation,
  type EvidenceLevel,
  type ModelPredicate,
  type OmsShard,
  type OmsStatement,
  type Provenance,
  pae,
  parseBundle,
  parseDatasetPredicate,
  parseEnvelope,
  parseEvaluation,
  parseModelPredicate,
  parseOms,
  parseProvenance,
  parseStatement,
  type Relation,
  type Statement,
  type Subject,
  type VerificationMaterial,
} from './attestation/index.ts';
// Errors, progress, and text that is safe to print.
export { escapeText, quote } from './bytes/index.ts';
// Datasets.
export {
  type DatasetDifference,
  type DatasetFileDifference,
  type DiffDatasetsOptions,
  diffDatasets,
  type RecordDifference,
  type RecordPlace,
  readSecret,
} from './dataset/index.ts';
export { ATTEST_DEFAULTS, DATASET_DEFAULTS, VERIFY_DEFAULTS } from './defaults.ts';
export {
  compareDigestSets,
  type DigestComparison,
  type DigestSet,
  formatDigestSet,
  parseDigestSetText,
} from './digest/index.ts';
export { ERROR_CLASSES, type ErrorClass, type ErrorCode, isStemmaError, StemmaError } from './errors/index.ts';
export { METRIC_NAMES, type MetricName, type PredictionResult, type PredictionSpec } from './evaluation/index.ts';
// CIDs of models and of their evidence, CARs, and fetching.
export * from './ipfs/library.ts';

// Keys.
export {
  type GeneratedKey,
  generateKey,
  KEY_TYPES,
  type KeyType,
  loadSigner,
  type PassphraseSource,
  type PublicKey,
  parseCertificates,
  parsePublicKey,
  readPublicKey,
  type Signer,
  verifySignature,
} from './keys/index.ts';
// What a model descends from.
export {
  type Ancestor,
  type AncestorVerdict,
  type JudgeAncestor,
  judgeIdentity,
  type LineageEdge,
  type LineageGraph,
  type LineageNode,
  type LineageRules,
} from './lineage/index.ts';
// Logs against the checkpoints that were signed of them while they grew.
export {
  type CheckExtensionOptions,
  type CheckedCheckpoint,
  type CheckLogOptions,
  type ComparedLog,
  checkExtension,
  checkLog,
  type LogCheckReport,
  type TrustedSigner,
} from './log/index.ts';
// RFC 9162 trees. The hash is a parameter, so that they run in a browser.
export {
  CompactRange,
  type ConsistencyClaim,
  type HashFunction,
  type InclusionClaim,
  leafHash,
  MerkleLayers,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle/index.ts';
// Look at models without signing anything.
export {
  type CompareOptions,
  type ContainerFormat,
  compareModels,
  type DtypeSummary,
  type FileDifference,
  type Finding,
  type FindingKind,
  type InspectedProblem,
  inspectNamed as inspectModel,
  type ModelDifference,
  type ModelInspection,
  type ModelSummary,
  type ModelTrees,
  type NamedPaths,
  type SegmentHash,
  summariseModel,
  type TensorDifference,
  type TensorSetDifference,
  type TensorSetRoot,
  type TensorSetSummary,
  type TensorType,
  type TreeRoot,
} from './model/index.ts';
export type { AbortOptions, ProgressEvent, ProgressOptions } from './progress/index.ts';
// Show one record, file or tensor without the rest.
export {
  type CheckedProof,
  type CheckProofsOptions,
  checkProofs,
  type Proof,
  type ProofReport,
  type ProvedLeaves,
  type ProvedRecords,
  type ProvenTree,
  type ProveRecordsOptions,
  parseProof,
  proveFiles,
  proveRecords,
  proveTensors,
  writeProof,
} from './proof/index.ts';
// Statements of many models, and what descends from what.
export {
  type AddResult,
  addToStore,
  type CheckResult,
  checkStore,
  type ExportResult,
  exportStore,
  type FamilyOptions,
  type FamilyResult,
  type FindResult,
  findFamily,
  findStatements,
  importStatements,
  type RebuildResult,
  type Relative,
  type RelativeLink,
  rebuildStore,
  type StoredStatement,
} from './store/index.ts';
export { digestLog, type LogDigest } from './trainlog/index.ts';
export {
  type AncestorOptions,
  type ChangeKind,
  type Check,
  type EvidenceRef,
  exitCodeOf,
  type Fact,
  type FileChange,
  type Outcome,
  type Report,
  type SignerRef,
  STEPS,
  type Step,
  type Summarised,
  type SummaryOptions,
  type TrustEntry,
  type VerdictCode,
  type VerifyDatasetOptions,
  type VerifyOptions,
  verifyAndSummarise,
  verifyDataset,
  verifyModel,
} from './verify/index.ts';
