export { type CompareOptions, compareModels } from './compare.ts';
export {
  describeModel,
  describeTensors,
  type ModelDescription,
} from './describe.ts';
export { diffModels, type ModelDifference, type TensorSetDifference } from './diff.ts';
export type { FileDifference } from './diff-files.ts';
export { changedTensors, diffTensors, type TensorDifference, type TensorType } from './diff-tensors.ts';
export { digestModel, type ModelDigest } from './digest-model.ts';
export type { FileList } from './file-list.ts';
export {
  type FileSet,
  fileSet,
  type LeftOut,
  omsFileSet,
  SIDE_FILES,
} from './file-set.ts';
export type { FindingKind } from './finding-kinds.ts';
export type { ContainerFormat } from './formats/index.ts';
export { fileRequest, hashPlan } from './hash-plan.ts';
export { isIgnored, parseModelPaths } from './ignore.ts';
export {
  type DtypeSummary,
  type InspectedProblem,
  inspectModel,
  type ModelInspection,
  type TensorSetSummary,
} from './inspect.ts';
export { KnownHeaders } from './known-headers.ts';
export { fileLeaf, type TensorFacts, tensorLeaf } from './leaves.ts';
export {
  type ModelFile,
  type ModelListing,
  type WalkProblem,
  walkProblemError,
} from './listing.ts';
export { type LocatedModel, locateModel, type NamedPaths } from './locate.ts';
export type { ManifestLine } from './manifest-lines.ts';
export { describeManifest, type ManifestSummary, readManifest } from './manifest-read.ts';
export { manifestLines } from './manifest-write.ts';
export {
  fileDigests,
  type ModelTrees,
  modelTrees,
  segmentTreeKey,
  tensorSetRoots,
} from './model-trees.ts';
export { plainPlan, planModel, readLfsPointer } from './plan.ts';
export type { FilePlan, Finding, ModelPlan } from './plan-types.ts';
export { cutSegments, SEGMENT_BYTES } from './segments.ts';
export { inspectNamed, type ModelSummary, summariseModel } from './summarise.ts';
export { TextColumn } from './text-column.ts';
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
export { walkModel } from './walk.ts';
