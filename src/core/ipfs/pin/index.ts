/** Loads `multiformats`: commands import this room when they pin, never at their start. */
export type { Disclosure } from './disclosure.ts';
export { pinDag } from './pin-dag.ts';
export { pinStatus } from './pin-status.ts';
export { type Pinnable, pinnableOf } from './pinnable.ts';
export type { PinCheck, PinReport } from './report.ts';
export { openTarget, type PinPlace, parsePlace } from './table.ts';
export type { PinTarget, TargetContext } from './target.ts';
