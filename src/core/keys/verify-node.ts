import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { CURVES } from './key-types.ts';
import type { PublicKey } from './public-key.ts';
import { isStrictSignature, type SignatureBackend, strictVerifier, type VerifySignature } from './verify.ts';

const handles = new WeakMap<Uint8Array, KeyObject>();

/** OpenSSL's handle of a checked key, made once per key. */
function handleOf({ spki }: PublicKey): KeyObject {
  let handle = handles.get(spki);
  if (handle === undefined) {
    handle = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    handles.set(spki, handle);
  }
  return handle;
}

const backend = {
  ecdsa: (key, message, signature, hash) =>
    verify(hash, message, { key: handleOf(key), dsaEncoding: 'der' }, signature),
  // OpenSSL demands S < L and the equation without cofactor; Node 22 would accept small-order points, which strictVerifier refused.
  ed25519: (key, message, signature) => verify(null, message, handleOf(key), signature),
} satisfies SignatureBackend;

/**
 * The verifier of `verify` and of everything else in Node. Ed25519: exactly the 43 clean CCTV vectors, on every Node
 * version; ECDSA: strict DER, either S, the hash of the curve.
 */
export const verifySignature: VerifySignature = strictVerifier(backend);

/** The same on another thread, for those who have thousands to ask about: never rejects for what a signature is. */
export async function verifySignatureAside(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!isStrictSignature(key, signature)) return false;
  const hash = key.type === 'ed25519' ? null : CURVES[key.type].hash;
  return new Promise((resolve, reject) => {
    // DER is what Node takes where nothing is said; to say it costs more than all else that this thread does here.
    verify(hash, message, handleOf(key), signature, (error, verifies) => {
      if (error === null) resolve(verifies);
      else reject(error);
    });
  });
}
