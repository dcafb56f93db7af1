export { type CompareOptions, compareModels } from './diff/compare.ts';
export {
  describeModel,
  describeTensors,
  type ModelDescription,
} from './diff/describe.ts';
export { diffModels, type ModelDifference, type TensorSetDifference } from './diff/diff.ts';
export type { FileDifference } from './diff/diff-files.ts';
export { changedTensors, diffTensors, type TensorDifference, type TensorType } from './diff/diff-tensors.ts';
export { digestFiles } from './digest-files.ts';
export { digestModel, type ModelDigest } from './digest-model.ts';
export type { ContainerFormat } from './formats/index.ts';
export {
  type DtypeSummary,
  type InspectedProblem,
  inspectModel,
  type ModelInspection,
  type TensorSetSummary,
} from './inspect.ts';
export { type LocatedModel, locateModel, type NamedPaths } from './locate.ts';
export type { ManifestLine } from './manifest/manifest-lines.ts';
export { describeManifest, type ManifestSummary, readManifest } from './manifest/manifest-read.ts';
export { manifestLines } from './manifest/manifest-write.ts';
export type { FindingKind } from './plan/finding-kinds.ts';
export { fileRequest, hashPlan } from './plan/hash-plan.ts';
export { KnownHeaders } from './plan/known-headers.ts';
export { plainPlan, planModel, readLfsPointer } from './plan/plan.ts';
export type { FilePlan, Finding, ModelPlan } from './plan/plan-types.ts';
export { cutSegments, SEGMENT_BYTES } from './plan/segments.ts';
export { inspectNamed, type ModelSummary, summariseModel } from './summarise.ts';
export { fileLeaf, type TensorFacts, tensorLeaf } from './trees/leaves.ts';
export {
  fileDigests,
  type ModelTrees,
  modelTrees,
  segmentTreeKey,
  tensorSetRoots,
} from './trees/model-trees.ts';
export {
  type FileDigest,
  type FileSegments,
  fileTreeRoot,
  omsRootOf,
  type SegmentHash,
  segmentTreeRoot,
  type TensorSetRoot,
  type TreeRoot,
} from './trees/trees.ts';
export type { FileList } from './walk/file-list.ts';
export {
  type FileSet,
  fileSet,
  type LeftOut,
  omsFileSet,
  SIDE_FILES,
} from './walk/file-set.ts';
export { firstChange } from './walk/first-change.ts';
export { isIgnored, parseModelPaths } from './walk/ignore.ts';
export {
  type ModelFile,
  type ModelListing,
  modelEmpty,
  type WalkProblem,
  walkProblemError,
} from './walk/listing.ts';
export { TextColumn } from './walk/text-column.ts';
export { walkModel } from './walk/walk.ts';
