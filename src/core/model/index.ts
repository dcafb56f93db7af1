export { type CompareOptions, compareModels } from './compare.ts';
export {
  type DescribedFile,
  type DescribedTensor,
  type DescribedTensorSet,
  describeModel,
  describeTensors,
  type ModelDescription,
} from './describe.ts';
export { diffModels, type ModelDifference, type TensorSetDifference } from './diff.ts';
export type { FileDifference } from './diff-files.ts';
export { changedTensors, diffTensors, type TensorDifference, type TensorType } from './diff-tensors.ts';
export { type DigestModelOptions, digestModel, type ModelDigest } from './digest-model.ts';
export {
  type FileSet,
  type FileSetOptions,
  fileSet,
  type LeftOut,
  type OmsFileSetOptions,
  omsFileSet,
  SIDE_FILES,
} from './file-set.ts';
export type { FindingKind } from './finding-kinds.ts';
export type { Container, ContainerFormat, LfsPointer, Tensor } from './formats/index.ts';
export { fileRequest, type HashPlanOptions, hashPlan } from './hash-plan.ts';
export { isIgnored, type ModelPathsOptions, parseModelPaths } from './ignore.ts';
export {
  type DtypeSummary,
  type InspectedProblem,
  type InspectOptions,
  inspectModel,
  type ModelInspection,
  type TensorSetSummary,
} from './inspect.ts';
export {
  type ModelFile,
  type ModelListing,
  type WalkProblem,
  type WalkProblemKind,
  walkProblemError,
} from './listing.ts';
export { type LocatedModel, locateModel, type NamedPaths } from './locate.ts';
export type {
  FileLine,
  HeaderLine,
  ManifestLine,
  SegmentLine,
  TensorLine,
  TensorSetLine,
} from './manifest-lines.ts';
export { describeManifest, type ManifestSummary, readManifest } from './manifest-read.ts';
export { manifestLines } from './manifest-write.ts';
export {
  fileDigests,
  type ModelTrees,
  modelTrees,
  segmentTreeKey,
  tensorSetRoots,
} from './model-trees.ts';
export { type PlanOptions, plainPlan, planModel, readLfsPointer } from './plan.ts';
export type { FilePlan, Finding, ModelPlan, PlanProblem, TensorRef, TensorSetPlan } from './plan-types.ts';
export { cutSegments, SEGMENT_BYTES, type Segmented } from './segments.ts';
export { inspectNamed, type ModelSummary, summariseModel } from './summarise.ts';
export {
  type FileDigest,
  type FileSegments,
  fileTreeRoot,
  omsRootOf,
  type SegmentHash,
  segmentTreeRoot,
  type TensorSetRoot,
  type TreeRoot,
} from './trees.ts';
export { type WalkOptions, walkModel } from './walk.ts';
