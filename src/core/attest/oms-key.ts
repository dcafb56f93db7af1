import { StemmaError } from '../errors/index.ts';
import type { PublicKey } from '../keys/index.ts';

/**
 * OMS v1.0 readers know ECDSA on P-256, P-384 and P-521 and nothing else.
 *
 * @throws StemmaError KEY_TYPE_REFUSED
 */
export function requireOmsKey(key: PublicKey): void {
  if (key.type === 'ecdsa-p256' || key.type === 'ecdsa-p384' || key.type === 'ecdsa-p521') return;
  throw new StemmaError(
    'KEY_TYPE_REFUSED',
    `a model.sig needs an ECDSA key on P-256, P-384 or P-521; this one is ${key.type}`,
    {
      hint: 'no other reader of OpenSSF Model Signing accepts it: use another key, or attest with --no-model-sig',
    },
  );
}
