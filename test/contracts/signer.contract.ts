import { describe, expect, test } from 'vitest';
import { type Signer, verifySignature } from '../../src/core/keys/index.ts';

/** How a contract case makes signers. */
export interface SignerCase {
  readonly name: string;
  /** A signer, the same key at every call. */
  readonly signer: () => Promise<Signer>;
  /** A signer of the same type with another key. */
  readonly stranger: () => Promise<Signer>;
  /** False for signers that cannot be deterministic (KMS, threshold): they say so where it matters. */
  readonly isDeterministic: boolean;
}

/** A signer may be a class: its methods are called on it. */
function methods(signer: Signer) {
  return { publicKey: signer.publicKey, sign: (message: Uint8Array) => signer.sign(message) };
}

/** What every Signer promises, whatever holds its key. */
export function signerContract({ name, signer, stranger, isDeterministic }: SignerCase): void {
  describe(`the signer contract: ${name}`, () => {
    const messages = [new Uint8Array(), Buffer.from('DSSEv1 1 a 1 b'), new Uint8Array(100_000).fill(7)];

    test('what it signs verifies under its public key', async () => {
      const { publicKey, sign } = methods(await signer());
      for (const message of messages) expect(verifySignature(publicKey, message, await sign(message))).toBe(true);
    });

    test('a signature holds for no other message', async () => {
      const { publicKey, sign } = methods(await signer());
      const signature = await sign(Buffer.from('a'));

      expect(verifySignature(publicKey, Buffer.from('b'), signature)).toBe(false);
      expect(verifySignature(publicKey, Buffer.from('a\0'), signature)).toBe(false);
      expect(verifySignature(publicKey, new Uint8Array(), signature)).toBe(false);
    });

    test('a signature holds under no other key', async () => {
      const [own, other] = [await signer(), await stranger()];
      const message = Buffer.from('a');

      expect(other.publicKey.fingerprint).not.toBe(own.publicKey.fingerprint);
      expect(verifySignature(other.publicKey, message, await own.sign(message))).toBe(false);
      expect(verifySignature(own.publicKey, message, await other.sign(message))).toBe(false);
    });

    test('signing does not change the message', async () => {
      const message = Buffer.from('unchanged');
      await (await signer()).sign(message);

      expect(message.toString()).toBe('unchanged');
    });

    test.runIf(isDeterministic)('equal messages give equal signatures, also after loading the key again', async () => {
      const message = Buffer.from('twice');

      const first = await (await signer()).sign(message);
      const second = await (await signer()).sign(message);

      expect(Buffer.from(second)).toEqual(Buffer.from(first));
    });

    test('signatures made at once do not disturb each other', async () => {
      const { publicKey, sign } = methods(await signer());
      const signatures = await Promise.all(messages.map((message) => sign(message)));

      for (const [i, message] of messages.entries()) {
        expect(verifySignature(publicKey, message, signatures[i] ?? new Uint8Array())).toBe(true);
      }
    });
  });
}
