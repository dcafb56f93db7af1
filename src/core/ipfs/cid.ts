import { base32 } from 'multiformats/bases/base32';
import { base36 } from 'multiformats/bases/base36';
import { base58btc } from 'multiformats/bases/base58';
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';

/** Multicodec codes: the two codecs of UnixFS and the one hash function that is taken. */
export const RAW = 0x55;
export const DAG_PB = 0x70;
const SHA2_256 = 0x12;

/** Length in bytes of a CIDv1 of ours: version, codec, hash function, digest length, digest. */
export const CID_BYTES = 36;
const CID_V0_BYTES = 34;
/** CIDs with SHA-256 are at most 62 characters long in the bases that are read. */
const MAX_TEXT = 64;

const BASES = { b: base32, k: base36, z: base58btc } as const;

/** CIDv1 of a raw block. @param digest its SHA-256 */
export function rawCid(digest: Uint8Array): CID {
  return CID.createV1(RAW, Digest.create(SHA2_256, digest));
}

/** CIDv1 of a dag-pb block. @param digest its SHA-256 */
export function dagPbCid(digest: Uint8Array): CID {
  return CID.createV1(DAG_PB, Digest.create(SHA2_256, digest));
}

/**
 * Reads the text of a CID: version 1 in base32, base36 or base58, or version 0 (`Qm…`), each as its encoder writes it.
 * Raw and dag-pb blocks with SHA-256 are all that UnixFS of today needs; an identity CID would carry its bytes itself,
 * and a weaker hash would bind nothing.
 *
 * @throws StemmaError CID_INVALID
 */
export function parseCid(text: string): CID {
  if (text.length > MAX_TEXT) throw invalid(`a CID has at most ${MAX_TEXT} characters, found ${text.length}`);
  const base = text.startsWith('Q') ? base58btc : BASES[text[0] as keyof typeof BASES];
  if (base === undefined) {
    throw invalid(`expected a CID (bafy…, bafk…, k…, z… or Qm…), found ${quote(text)}`);
  }
  let bytes: Uint8Array;
  try {
    bytes = CID.parse(text, base).bytes;
  } catch (cause) {
    throw invalid(`${quote(text)} is not a CID`, cause);
  }
  // Read anew: a CID that was parsed says that its text is what it was parsed from, and the library takes capitals too.
  const cid = decodeCid(bytes);
  if (cid.toString(base) !== text) throw invalid(`${quote(text)} is not how this CID is written`);
  return cid;
}

/**
 * Reads the bytes of a CID, and no byte more.
 *
 * @throws StemmaError CID_INVALID
 */
export function decodeCid(bytes: Uint8Array): CID {
  let cid: CID;
  try {
    cid = CID.decode(bytes);
  } catch (cause) {
    throw invalid('these bytes are not a CID', cause);
  }
  supported(cid);
  // The library also takes numbers in longer forms than needed: one block would have many names.
  const expected = cid.version === 0 ? CID_V0_BYTES : CID_BYTES;
  if (bytes.length !== expected) throw invalid(`expected a CID of ${expected} bytes, found ${bytes.length}`);
  return cid;
}

/** Version 1 in base32 (`bafy…`, `bafk…`), version 0 in base58 (`Qm…`). */
export function formatCid(cid: CID): string {
  return cid.toString();
}

/** @throws StemmaError CID_INVALID for another codec or hash function, an identity CID among them */
function supported(cid: CID): CID {
  if (cid.code !== RAW && cid.code !== DAG_PB) {
    throw invalid(`expected a CID of a raw (0x55) or dag-pb (0x70) block, found codec 0x${cid.code.toString(16)}`);
  }
  const { code, size } = cid.multihash;
  if (code !== SHA2_256 || size !== 32) {
    throw invalid(
      `expected a CID with a SHA-256 of 32 bytes, found hash function 0x${code.toString(16)}, ${size} bytes`,
    );
  }
  return cid;
}

function invalid(message: string, cause?: unknown): StemmaError {
  return new StemmaError('CID_INVALID', message, cause === undefined ? {} : { cause });
}
