import { canonicalJson, concatBytes, decodeHex, encodeUtf8, parseJson } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { TensorFacts } from '../model/index.ts';
import { RECORD_TAG, SALTED_RECORD_TAG } from '../records/index.ts';
import { type Proof, proofSchema } from './proof-schema.ts';
import { decodeRecord } from './record-bytes.ts';

/** The largest proof that is written or read, in bytes. */
export const MAX_PROOF_BYTES = 64 * 1024 * 1024;
/** A path of 64 hashes and a shape of 255 lengths are some 350 values. */
const MAX_VALUES = 1000;
const MAX_DEPTH = 3;

/** How the leaves of a model are made, handed in so that the check itself reads no file (`fileLeaf`, `tensorLeaf`). */
export interface ModelLeaves {
  readonly fileLeaf: (path: string, size: number, sha256: Uint8Array) => Uint8Array;
  readonly tensorLeaf: (tensor: TensorFacts, chunkRoot: Uint8Array) => Uint8Array;
}

/**
 * Reads one proof (docs/formats/proof.md): strict JSON in the form of RFC 8785, the members of its kind and no other, so that a
 * proof has one spelling.
 *
 * @param line without its LF
 * @throws StemmaError TOO_LARGE, JSON_INVALID, ENCODING_INVALID or PROOF_INVALID
 */
export function parseProof(line: Uint8Array): Proof {
  const limits = { maxBytes: MAX_PROOF_BYTES, maxValues: MAX_VALUES, maxDepth: MAX_DEPTH, integersOnly: true };
  const json = parseJson(line, { ...limits, what: 'the proof' });
  const parsed = proofSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const pointer = (issue?.path ?? []).map((part) => `/${String(part)}`).join('');
    const message = `${issue?.message ?? 'not a proof'} (at ${pointer === '' ? 'the top level' : pointer})`;
    throw new StemmaError('PROOF_INVALID', message, { details: { pointer } });
  }
  if (!sameText(line, canonicalJson(json))) {
    throw new StemmaError('PROOF_INVALID', 'expected the form of RFC 8785, found another spelling of the same JSON');
  }
  const proof = parsed.data;
  if (proof.kind === 'record' || proof.kind === 'salted-record') decodeRecord(proof.leaf);
  return proof;
}

/**
 * One proof as a line of a proof file, with its LF.
 *
 * @throws StemmaError TOO_LARGE for one that could not be read back
 */
export function writeProof(proof: Proof): Uint8Array {
  const line = encodeUtf8(`${canonicalJson(proof)}\n`);
  if (line.length > MAX_PROOF_BYTES) {
    throw new StemmaError('TOO_LARGE', `the proof has ${line.length} bytes; at most ${MAX_PROOF_BYTES} are read`);
  }
  return line;
}

/** The leaf data, made anew from the fields: a leaf hash from the prover could be an inner node (docs/formats/trees.md). */
export function leafData(proof: Proof, { fileLeaf, tensorLeaf }: ModelLeaves): Uint8Array {
  switch (proof.kind) {
    case 'record':
      return concatBytes(RECORD_TAG, decodeRecord(proof.leaf));
    case 'salted-record':
      return concatBytes(SALTED_RECORD_TAG, decodeHex(proof.leaf.salt), decodeRecord(proof.leaf));
    case 'file':
      return fileLeaf(proof.leaf.path, proof.leaf.size, decodeHex(proof.leaf.sha256));
    case 'tensor':
      return tensorLeaf(proof.leaf, decodeHex(proof.leaf.root));
  }
}

function sameText(line: Uint8Array, text: string): boolean {
  const bytes = encodeUtf8(text);
  return bytes.length === line.length && bytes.every((byte, i) => byte === line[i]);
}

export const isMalformed = (error: unknown): error is StemmaError =>
  isStemmaError(error) && error.errorClass === 'malformed';
