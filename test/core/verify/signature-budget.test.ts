import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/digest/index.ts';
import { parsePublicKey, verifyCertificatePath, verifyKeyless } from '../../../src/core/keys/index.ts';
import { budgeted, isBudgetSpent } from '../../../src/core/verify/checks/signature-budget.ts';
import { readKey } from './support.ts';

const KEY = parsePublicKey(readKey('p256.pub'));
const OTHER = parsePublicKey(readKey('p384.pub'));
const message = (text: string, length = 1): Uint8Array => new Uint8Array(length).fill(text.charCodeAt(0));

/** Checks that count how often a signature is really verified; only the signature `[1]` verifies. */
function counted(maxWork: number) {
  const calls: string[] = [];
  const checks = budgeted(
    {
      sha256,
      verifyCertificatePath,
      verifyKeyless,
      signatureHint: () => undefined,
      verifySignature: (key, bytes, signature) => {
        calls.push(`${key.fingerprint.slice(0, 4)} ${bytes[0]} ${signature[0]}`);
        return signature[0] === 1;
      },
    },
    maxWork,
  );
  return { calls, checks };
}

test('a signature of one message by one key is verified once, and its answer kept', () => {
  const { calls, checks } = counted(10);
  for (let i = 0; i < 100; i++) {
    expect(checks.verifySignature(KEY, message('a'), Uint8Array.of(1))).toBe(true);
    expect(checks.verifySignature(KEY, message('a'), Uint8Array.of(2))).toBe(false);
  }
  expect(calls).toHaveLength(2);
});

test('another key, message, signature or hash is another question', () => {
  const { calls, checks } = counted(10);
  checks.verifySignature(KEY, message('a'), Uint8Array.of(1));
  checks.verifySignature(OTHER, message('a'), Uint8Array.of(1));
  checks.verifySignature(KEY, message('b'), Uint8Array.of(1));
  checks.verifySignature(KEY, message('a'), Uint8Array.of(3));
  checks.verifySignature(KEY, message('a'), Uint8Array.of(1), { hash: 'sha256' });
  expect(calls).toHaveLength(5);
});

const refusal = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

test('beyond the budget nothing more is verified', () => {
  const { calls, checks } = counted(3);
  const all = [1, 2, 3, 4, 5].map((byte) =>
    refusal(() => checks.verifySignature(KEY, message('a'), Uint8Array.of(byte))),
  );
  expect(all.map(isBudgetSpent)).toEqual([false, false, false, true, true]);
  expect(calls).toHaveLength(3);
});

test('a long message costs more of the budget, since it is hashed for each signature', () => {
  const { checks } = counted(3);
  const long = message('a', 1024 * 1024);
  expect(isBudgetSpent(refusal(() => checks.verifySignature(KEY, long, Uint8Array.of(1))))).toBe(true);
});

test('certificate chains and keyless bundles count too', () => {
  const { checks } = counted(3);
  const chain = [1, 2, 3, 4].map(() => new Uint8Array(1));
  expect(isBudgetSpent(refusal(() => checks.verifyCertificatePath({ chain, anchors: [], at: new Date(0) })))).toBe(
    true,
  );
  const keyless = { bundleJson: {}, identity: 'a', issuer: 'b', trustedRoot: undefined };
  expect(isBudgetSpent(refusal(() => checks.verifyKeyless(keyless)))).toBe(true);
});
