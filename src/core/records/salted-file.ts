import { bigEndian32, bigEndian64, concatBytes, encodeUtf8 } from '../bytes/index.ts';

/** Begins the leaf data of the tree of a salted dataset (design §3). */
const SALTED_FILE_TAG = encodeUtf8('stemma/salted-file/v1\0');

/**
 * Leaf data of one file of a salted dataset: neither its digest nor its length.
 *
 * @param path relative to the dataset; empty for a single file
 * @param records how many records it has: the size of its salted tree
 * @param root of its salted tree, 32 bytes
 */
export function saltedFileLeaf(path: string, records: number, root: Uint8Array): Uint8Array {
  const name = encodeUtf8(path);
  return concatBytes(SALTED_FILE_TAG, bigEndian32(name.length), name, bigEndian64(records), root);
}
