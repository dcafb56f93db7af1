import type { CID } from 'multiformats/cid';
import { decodeUtf8 } from '../../bytes/index.ts';
import { isStemmaError } from '../../errors/index.ts';
import { CID_BYTES, decodeCid } from '../cid.ts';
import { invalid, readMessage } from './protobuf.ts';

/** Hash function, digest length and digest: a CID of version 0 has nothing else. */
const CID_V0_BYTES = 34;

export interface PbLink {
  readonly cid: CID;
  /** Untrusted; empty for the parts of a file. */
  readonly name: string;
  /** What somebody says the DAG below weighs; never relied on. */
  readonly tsize: number | undefined;
}

export interface PbNode {
  readonly links: readonly PbLink[];
  readonly data: Uint8Array | undefined;
}

/**
 * Reads a dag-pb block (https://ipld.io/specs/codecs/dag-pb/spec/), strictly but for the order of its two fields, of which old
 * writers had another. The order of the links is kept.
 *
 * @throws StemmaError UNIXFS_INVALID, CID_INVALID
 */
export function decodeNode(block: Uint8Array): PbNode {
  const links: PbLink[] = [];
  let data: Uint8Array | undefined;
  readMessage(block, 'a dag-pb block', {
    1: { kind: 'bytes', read: (bytes) => (data = bytes) },
    2: { kind: 'bytes', repeated: true, read: (bytes) => links.push(decodeLink(bytes)) },
  });
  return { links, data };
}

function decodeLink(message: Uint8Array): PbLink {
  let hash: Uint8Array | undefined;
  let name = '';
  let tsize: number | undefined;
  readMessage(message, 'a dag-pb link', {
    1: { kind: 'bytes', read: (bytes) => (hash = bytes) },
    2: { kind: 'bytes', read: (bytes) => (name = decodeName(bytes)) },
    3: { kind: 'number', read: (value) => (tsize = value) },
  });
  if (hash === undefined) throw invalid('a dag-pb link names no block');
  const cid = decodeCid(hash);
  // The library also takes numbers in longer forms than needed: one block would have many names.
  if (hash.length !== (cid.version === 0 ? CID_V0_BYTES : CID_BYTES))
    throw invalid(`a dag-pb link has a CID of ${hash.length} bytes`);
  return { cid, name, tsize };
}

function decodeName(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (isStemmaError(error)) throw invalid(`a name in a dag-pb block: ${error.message}`);
    throw error;
  }
}
