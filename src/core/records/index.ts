export type { RecordKind } from './framing.ts';
export { RecordTree, type RecordTreeResult } from './record-tree.ts';
export { RECORD_TAG, SALTED_RECORD_TAG } from './tags.ts';
