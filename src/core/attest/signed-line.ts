import { INTOTO_PAYLOAD_TYPE, pae, writeBundle } from '../attestation/index.ts';
import type { Signer } from '../keys/index.ts';

/** Signs a payload as a Sigstore bundle v0.3 on one line, without a final newline. Deterministic where the signer is. */
export async function signedLine(
  payload: Uint8Array,
  signer: Signer,
  certificates: readonly Uint8Array[] = [],
): Promise<string> {
  const signature = await signer.sign(pae(INTOTO_PAYLOAD_TYPE, payload));
  return writeBundle(
    certificates.length === 0
      ? { payload, signature, hint: signer.publicKey.hint }
      : { payload, signature, certificates },
  );
}
