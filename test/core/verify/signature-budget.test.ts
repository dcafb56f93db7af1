import { expect, test } from 'vitest';
import { sha256 } from '../../../src/core/digest/index.ts';
import {
  parseCertificates,
  parsePublicKey,
  verifyCertificatePath,
  verifyKeyless,
} from '../../../src/core/keys/index.ts';
import { budgeted, isBudgetSpent } from '../../../src/core/verify/checks/signature-budget.ts';
import { readKey } from './support.ts';

const KEY = parsePublicKey(readKey('p256.pub'));
const OTHER = parsePublicKey(readKey('ed25519.pub'));
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
  const { calls, checks } = counted(7);
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

test.each([
  ['p256.pub', 100],
  ['ed25519.pub', 33],
  ['secp256k1.pub', 33],
  ['p384.pub', 12],
  ['p521.pub', 5],
])('a budget of 100 pays for as much of %s as takes that long: %i signatures', (file, count) => {
  const { calls, checks } = counted(100);
  const key = parsePublicKey(readKey(file));
  for (let i = 0; i <= count; i++) refusal(() => checks.verifySignature(key, message('a', i + 1), Uint8Array.of(1)));
  expect(calls).toHaveLength(count);
});

test('a chain of certificates costs the square of its length, since each may have signed each', () => {
  const chainOf = (length: number) => ({
    chain: Array.from({ length }, (_, i) => Uint8Array.of(i)),
    anchors: [],
    at: new Date(0),
  });
  const spent = (length: number): boolean =>
    isBudgetSpent(refusal(() => counted(18 * 16).checks.verifyCertificatePath(chainOf(length))));
  expect([spent(4), spent(5)]).toEqual([false, true]);
});

test('a chain is judged once for one time and one set of anchors', () => {
  const asked: string[] = [];
  const [leaf, root] = ['leaf.pem', 'root.pem'].map((name) => parseCertificates(readKey(name))[0] as Uint8Array);
  const verdict = verifyCertificatePath({
    chain: [leaf as Uint8Array],
    anchors: [root as Uint8Array],
    at: new Date(0),
  });
  const checks = budgeted({
    sha256,
    verifyKeyless,
    verifySignature: () => false,
    signatureHint: () => undefined,
    verifyCertificatePath: ({ at }) => {
      asked.push(at.toISOString());
      return verdict;
    },
  });
  const chain = [leaf as Uint8Array];
  for (const at of [new Date(0), new Date(0), new Date(1)])
    checks.verifyCertificatePath({ chain, anchors: [root as Uint8Array], at });
  checks.verifyCertificatePath({ chain, anchors: chain, at: new Date(0) });
  checks.verifyCertificatePath({ chain: [...chain, root as Uint8Array], anchors: chain, at: new Date(0) });
  expect(asked).toHaveLength(4);
});

test('a keyless bundle counts for many signatures', () => {
  const { checks } = counted(3);
  const keyless = { bundleJson: {}, identity: 'a', issuer: 'b', trustedRoot: undefined };
  expect(isBudgetSpent(refusal(() => checks.verifyKeyless(keyless)))).toBe(true);
});
