export { assertUnchanged, openChecked, readBlock } from './checked-file.ts';
export { hashFiles } from './engine.ts';
export { Meter } from './meter.ts';
export { createHash, hasNativeBlake3, sha256 } from './native.ts';
export * from './pure.ts';
export type { EngineOptions, FileIdentity, FileRequest, FileResult, SegmentRequest } from './request.ts';
export { startThreadsAhead } from './thread.ts';
