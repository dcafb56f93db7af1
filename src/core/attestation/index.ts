export { type Bundle, MAX_BUNDLE_BYTES, parseBundle, type VerificationMaterial } from './bundle.ts';
export { bundlesInArray } from './bundle-array.ts';
export { type BundleContent, writeBundle } from './bundle-write.ts';
export { type Envelope, type EnvelopeSignature, INTOTO_PAYLOAD_TYPE, pae, parseEnvelope } from './dsse.ts';
export { lastPart } from './last-part.ts';
export { buildOmsStatement, type OmsInput } from './oms-build.ts';
export { legacyPae } from './oms-history.ts';
export { omsDigestSet } from './oms-order.ts';
export { parseOms } from './oms-parse.ts';
export {
  isOmsPredicateType,
  OMS_GIT_NAMES,
  OMS_LEGACY_PREDICATE_TYPE,
  OMS_PREDICATE_TYPE,
  type OmsResource,
  type OmsShard,
  type OmsStatement,
} from './oms-statement.ts';
export { type Approval, type ApprovalInput, buildApprovalStatement, parseApproval } from './predicates/approval.ts';
export {
  buildDatasetStatement,
  type DatasetLink,
  type DatasetPredicate,
  type DatasetStatementInput,
  parseDatasetPredicate,
} from './predicates/dataset.ts';
export { type OptOutSignal, type RecordTreeRoot, SIGNAL_FIELDS, SIGNAL_FILES } from './predicates/dataset-schema.ts';
export {
  type Evaluation,
  type EvaluationLog,
  type EvaluationPredictions,
  type ProvenRecord,
  parseEvaluation,
} from './predicates/evaluation.ts';
export { buildEvaluationStatement, type EvaluationInput } from './predicates/evaluation-build.ts';
export {
  BASE_RELATIONS,
  type BaseRelation,
  DATASET_RELATIONS,
  type DatasetRelation,
  type Described,
  type EvidenceLevel,
  type Link,
  type Relation,
} from './predicates/link.ts';
export {
  buildModelStatement,
  type ModelPredicate,
  type ModelStatementInput,
  parseModelPredicate,
} from './predicates/model.ts';
export {
  type ListedCheckpoint,
  type LogRoot,
  type Material,
  type Provenance,
  parseProvenance,
  type WorkingTree,
} from './predicates/provenance.ts';
export { buildProvenanceStatement, type ObservedRun, type ProvenanceInput } from './predicates/provenance-build.ts';
export { uriProblem } from './predicates/recorded-schema.ts';
export { isLicenseExpression } from './predicates/spdx.ts';
export { buildTestResultStatement, parseTestResult, type TestResult } from './predicates/test-result.ts';
export {
  APPROVAL_PREDICATE_TYPE,
  DATASET_PREDICATE_TYPE,
  EVALUATION_PREDICATE_TYPE,
  MODEL_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
  TEST_RESULT_PREDICATE_TYPE,
  TRAINING_BUILD_TYPE,
  VSA_PREDICATE_TYPE,
} from './predicates/types.ts';
export { LINEAGE_VERIFIED, parseVsa, type VerificationSummary } from './predicates/vsa.ts';
export { buildVsaStatement, levelProblem, type VsaInput } from './predicates/vsa-build.ts';
export { buildStatement, parseStatement, type Statement, type Subject } from './statement.ts';
