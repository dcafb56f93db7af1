import { pae } from '../attestation/index.ts';
import { base64Encode, hexEncode } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import type { Signer } from '../keys/index.ts';
import {
  invalidPolicy,
  POLICY_PAYLOAD_TYPES,
  type PolicyFormat,
  parsePolicy,
  readPolicyEnvelope,
  requireSelfContained,
} from '../policy/index.ts';

export interface SignedPolicy {
  /** DSSE v1, JSON on one line with a final line feed. */
  readonly envelope: string;
  readonly payloadType: string;
  /** Lower-case hex SHA-256 of the policy, as it was signed. */
  readonly digest: string;
  readonly name?: string;
  /** RFC 3339. */
  readonly expires: string;
}

/**
 * Signs the very bytes of a policy (docs/formats/policy.md), once they are read as `verify` would read them: what cannot be used is not
 * signed. Deterministic where the signer is.
 *
 * @throws StemmaError POLICY_INVALID
 */
export async function signPolicy(bytes: Uint8Array, format: PolicyFormat, signer: Signer): Promise<SignedPolicy> {
  if (readPolicyEnvelope(bytes) !== undefined)
    throw invalidPolicy('expected a policy, found one that is signed already: sign what it was made from');
  const { name, expires, ...document } = parsePolicy(bytes, format);
  requireSelfContained({ ...document, expires });
  const payloadType = POLICY_PAYLOAD_TYPES[format];
  const sig = await signer.sign(pae(payloadType, bytes));
  const envelope = {
    payload: base64Encode(bytes),
    payloadType,
    signatures: [{ sig: base64Encode(sig), keyid: '' }],
  };
  return {
    envelope: `${JSON.stringify(envelope)}\n`,
    payloadType,
    digest: hexEncode(sha256(bytes)),
    ...(name === undefined ? {} : { name }),
    expires,
  };
}
