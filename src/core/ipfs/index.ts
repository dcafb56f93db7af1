/** Loads `multiformats`: commands import this room when they need it, never at their start. */
export { type Block, type BlockSource, blockMissing, checkBlock, MAX_BLOCK_BYTES } from './block.ts';
export { openCar } from './car/read.ts';
export { type CarLimits, readCarStream } from './car/stream.ts';
export { carBytes, carLength, writeCar } from './car/write.ts';
export { DAG_PB, dagPbCid, decodeCid, formatCid, parseCid, RAW, rawCid } from './cid.ts';
export type { Dag } from './dag.ts';
export { decryptWith } from './encrypt/decrypt.ts';
export { encryptTo } from './encrypt/encrypt.ts';
export { looksEncrypted } from './encrypt/header.ts';
export { parseIdentities } from './encrypt/identities.ts';
export { parseRecipients } from './encrypt/recipients.ts';
export { parseEndpoint } from './endpoint.ts';
export { evidenceDag } from './evidence-dag.ts';
export { type Fetched, fetchDag } from './fetch/fetch.ts';
export { type DagFile, filesDag } from './files-dag.ts';
export type { Remote } from './gateway/ask.ts';
export { cachedSource } from './gateway/cache.ts';
export { remoteSource } from './gateway/source.ts';
export { type ModelCid, type ModelCidOptions, modelCid } from './model-cid.ts';
export { modelDag } from './model-dag.ts';
export { type BuiltPack, packDag } from './pack/build.ts';
export type { NamedRole } from './pack/layout.ts';
export { sealedEvidence } from './pack/seal.ts';
export { type ShownPack, showPack, type UnpackedPack, unpackEvidence } from './pack/unpack.ts';
export { writeDag } from './pack/write.ts';
export {
  type Disclosure,
  openTarget,
  type PinCheck,
  type Pinnable,
  type PinPlace,
  type PinReport,
  type PinTarget,
  parsePlace,
  pinDag,
  pinnableOf,
  pinStatus,
  type TargetContext,
} from './pin/index.ts';
export { rest } from './pin/retry.ts';
export type { UnixFsFile } from './read/file.ts';
export { readFolder } from './read/folder.ts';
export type { ReadLimits } from './read/limits.ts';
