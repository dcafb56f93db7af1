import { type Envelope, parseEnvelope } from '../attestation/index.ts';
import { type JsonObject, type JsonValue, parseJson } from '../bytes/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { invalid } from './invalid.ts';
import { MAX_POLICY_BYTES, type PolicyFormat } from './parse.ts';

/** The payload types of a signed policy, and no others: a signature over something else never becomes one over a policy. */
export const POLICY_PAYLOAD_TYPES = {
  yaml: 'application/vnd.stemma.policy.v1+yaml',
  json: 'application/vnd.stemma.policy.v1+json',
} as const satisfies Record<PolicyFormat, string>;

/** Base64 makes four bytes of three; signatures and JSON around it need little. */
const MAX_ENVELOPE_BYTES = 2 * MAX_POLICY_BYTES;

/**
 * A file that holds a DSSE envelope, or undefined where it is none: then it is a policy as such. Nothing of the payload is read.
 *
 * @throws StemmaError POLICY_INVALID for an envelope that is malformed
 */
export function readPolicyEnvelope(file: Uint8Array): Envelope | undefined {
  const json = asObject(file);
  if (json === undefined || !('payloadType' in json || 'payload' in json)) return undefined;
  try {
    return parseEnvelope(json);
  } catch (error) {
    if (isStemmaError(error)) throw invalid(error.message);
    throw error;
  }
}

/** The format that a payload type is for. */
export function policyFormatOf(payloadType: string): PolicyFormat | undefined {
  return (['yaml', 'json'] as const).find((format) => POLICY_PAYLOAD_TYPES[format] === payloadType);
}

function asObject(file: Uint8Array): JsonObject | undefined {
  if (file.length > MAX_ENVELOPE_BYTES)
    throw invalid(`expected at most ${MAX_ENVELOPE_BYTES} bytes with signatures, found ${file.length}`);
  let value: JsonValue;
  try {
    value = parseJson(file, { maxBytes: MAX_ENVELOPE_BYTES, what: 'the policy' });
  } catch (error) {
    // YAML, or a JSON policy that its own parser will complain about.
    if (isStemmaError(error)) return undefined;
    throw error;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
