export {
  besideLocations,
  type EvidenceLocations,
  evidenceLocations,
  manifestBeside,
  outputLocations,
} from './locations.ts';
export { withLock } from './lock.ts';
export { type Line, MAX_EVIDENCE_BYTES, readChunks, readIfPresent, readSmallFile, splitLines } from './read.ts';
export { type FileContent, temporaryFolderFor, type WriteOptions, writeFileAtomic } from './write.ts';
