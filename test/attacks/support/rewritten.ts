import type { Signer } from '../../../src/core/keys/index.ts';
import { keyFile, signerOf } from './keys.ts';
import { MODEL_LINE, type Scene } from './scene.ts';
import { payloadOf, sign, signatureOf, withSignature } from './signed.ts';

export const ED25519 = keyFile('ed25519.pub');
export const ed25519 = await signerOf('ed25519');

/** The model statement signed by a key, and the signature then rewritten. */
export const rewritten =
  (signer: Signer, key: string, edit: (signature: Uint8Array) => Uint8Array) => async (scene: Scene) => {
    const line = await sign(payloadOf(scene.line(MODEL_LINE)), signer);
    scene.onlyLines(withSignature(line, edit(signatureOf(line))));
    return ['--key', key];
  };
