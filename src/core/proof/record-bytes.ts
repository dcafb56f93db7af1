import { base64Encode, decodeBase64, decodeUtf8, encodeUtf8 } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { RecordLeaf } from './proof-schema.ts';

type Encoded = { readonly text: string } | { readonly base64: string };

/** The one way in which a proof holds these bytes: as text where they are UTF-8 without a byte order mark, else as base64. */
export function encodeRecord(record: Uint8Array): Encoded {
  const text = asText(record);
  return text === undefined ? { base64: base64Encode(record) } : { text };
}

/**
 * The bytes of a record. What `encodeRecord` would have written otherwise is refused, so that a record has one spelling.
 *
 * @throws StemmaError PROOF_INVALID
 */
export function decodeRecord(leaf: RecordLeaf): Uint8Array {
  if ('text' in leaf) {
    const bytes = encodeUtf8(leaf.text);
    if (asText(bytes) === undefined) throw otherSpelling('text with a byte order mark');
    return bytes;
  }
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(leaf.base64);
  } catch (cause) {
    if (!isStemmaError(cause)) throw cause;
    throw new StemmaError('PROOF_INVALID', `${cause.message} (at /leaf/base64)`, { cause });
  }
  if (asText(bytes) !== undefined || base64Encode(bytes) !== leaf.base64) throw otherSpelling('another spelling');
  return bytes;
}

function otherSpelling(found: string): StemmaError {
  const expected = 'expected text for UTF-8 and padded standard base64 for other bytes';
  return new StemmaError('PROOF_INVALID', `${expected}, found ${found} (at /leaf)`);
}

function asText(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (isStemmaError(error) && error.code === 'ENCODING_INVALID') return undefined;
    throw error;
  }
}
