/** What the library gives its users of this room; `remoteSource` alone reaches a network. */
export { type Block, type BlockSource } from './block.ts';
export { CAR_LIMITS, type Car, openCar } from './car/read.ts';
export { type CarLimits } from './car/stream.ts';
export { carLength, writeCar } from './car/write.ts';
export { formatCid, parseCid } from './cid.ts';
export { type Dag } from './dag.ts';
export { evidenceDag } from './evidence-dag.ts';
export { type Fetched, type FetchOptions, fetchDag } from './fetch/fetch.ts';
export { type Remote } from './gateway/ask.ts';
export { cachedSource } from './gateway/cache.ts';
export { type RemoteSourceOptions, remoteSource } from './gateway/source.ts';
export { type ModelCid, type ModelCidOptions, modelCid } from './model-cid.ts';
export { type ModelDagOptions, modelDag } from './model-dag.ts';
