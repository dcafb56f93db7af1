export { EvidenceBudget, MAX_EVIDENCE_VALUES, valuesIn } from './evidence-budget.ts';
export { relativeTo } from './inside.ts';
export {
  besideLocations,
  type EvidenceLocations,
  evidenceLocations,
  manifestBeside,
  outputLocations,
} from './locations.ts';
export { withLock } from './lock.ts';
export { makeFolder } from './make-folder.ts';
export {
  MAX_EVIDENCE_BYTES,
  MAX_EVIDENCE_LINES,
  readChunks,
  readIfPresent,
  readSmallFile,
  splitLines,
} from './read.ts';
export { removeLeftovers, temporaryFolderFor, temporaryName } from './temporary.ts';
export { type StagedFile, stageFile, syncFolder, writeFileAtomic, writeSynced } from './write.ts';
