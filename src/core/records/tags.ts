import { encodeUtf8 } from '../bytes/index.ts';

/** Begins the leaf data of a log tree (design §3); the NUL ends it. */
export const RECORD_TAG = encodeUtf8('stemma/record/v1\0');

/** Begins the leaf data of a salted log tree; the 16-byte salt follows, then the record. */
export const SALTED_RECORD_TAG = encodeUtf8('stemma/salted-record/v1\0');
