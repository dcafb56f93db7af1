export {
  type DatasetDifference,
  type DatasetFileDifference,
  type DiffDatasetsOptions,
  diffDatasets,
} from './diff-dataset.ts';
export type { RecordDifference, RecordPlace } from './diff-records.ts';
export { type DatasetTrees, digestDataset } from './digest-dataset.ts';
export { digestSalted, type SaltedFile, type SaltedTrees } from './digest-salted.ts';
export { listDataset } from './file-set.ts';
export { newSecret, readSecret, requireSecret, type WrittenSecret, writeSecret } from './secret-file.ts';
