import { concatBytes, decodeBase64, encodeUtf8, type JsonObject } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { JsonFields } from './json-fields.ts';

export const INTOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Enough for every threshold in use, and a bound on the work that one line can cause. */
const MAX_SIGNATURES = 32;
const MAX_PAYLOAD_TYPE = 1024;
/** The largest signature that is standardised (SLH-DSA-SHA2-256f) has 49,856 bytes. */
const MAX_SIGNATURE_BYTES = 65_536;

export interface EnvelopeSignature {
  readonly sig: Uint8Array;
  /** An unauthenticated hint: it may order the keys to try and decides nothing. Empty and null read as undefined. */
  readonly keyid: string | undefined;
}

/** A DSSE v1 envelope. What is signed is `pae(payloadType, payload)`, never the JSON around it. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** 1 to 32. */
  readonly signatures: readonly EnvelopeSignature[];
}

/** DSSE protocol.md, pre-authentication encoding: the lengths are decimal byte counts, so no two inputs share an encoding. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = encodeUtf8(payloadType);
  return concatBytes(encodeUtf8(`DSSEv1 ${type.length} `), type, encodeUtf8(` ${payload.length} `), payload);
}

/**
 * Reads a DSSE envelope (envelope.md): base64 of either alphabet, unknown members ignored. The payload type is not judged here.
 *
 * @throws StemmaError ENVELOPE_INVALID with the JSON pointer
 */
export function parseEnvelope(json: JsonObject, pointer = ''): Envelope {
  const fields = JsonFields.of(json, pointer, 'ENVELOPE_INVALID');
  const payloadType = fields.text('payloadType', MAX_PAYLOAD_TYPE);
  const payload = base64Field(fields, 'payload');
  const signatures = fields.objects('signatures', MAX_SIGNATURES).map((entry) => {
    const sig = base64Field(entry, 'sig');
    if (sig.length === 0) throw entry.bad('sig', 'expected a signature, found an empty string');
    if (sig.length > MAX_SIGNATURE_BYTES)
      throw entry.bad('sig', `expected at most ${MAX_SIGNATURE_BYTES} bytes, found ${sig.length}`);
    const keyid = entry.optionalString('keyid');
    return { sig, keyid: keyid === '' ? undefined : keyid };
  });
  if (signatures.length === 0) throw fields.bad('signatures', 'expected at least one signature, found none');
  return { payloadType, payload, signatures };
}

/** A member that holds base64; the codec's error is passed on under the format's own code. */
export function base64Field(fields: JsonFields, key: string): Uint8Array {
  const text = fields.string(key);
  try {
    return decodeBase64(text);
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    const { code, message, details } = fields.bad(key, error.message);
    throw new StemmaError(code, message, { ...(details === undefined ? {} : { details }), cause: error });
  }
}
