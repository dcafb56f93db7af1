export { LINE_FRAMING, type RecordFraming, type RecordKind } from './framing.ts';
export { RecordCutter } from './record-cutter.ts';
export { RecordTree, type RecordTreeResult } from './record-tree.ts';
export { fileSecret, RecordSalts, SECRET_BYTES } from './salted.ts';
export { saltedFileLeaf } from './salted-file.ts';
export { RECORD_TAG, SALTED_RECORD_TAG } from './tags.ts';
export { TfRecordFraming } from './tfrecord.ts';
