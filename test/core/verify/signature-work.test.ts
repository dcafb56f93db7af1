import { expect, test } from 'vitest';
import { type EnvelopeSignature, INTOTO_PAYLOAD_TYPE } from '../../../src/core/attestation/index.ts';
import { encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { parsePublicKey, verifyCertificatePath, verifyKeyless } from '../../../src/core/keys/index.ts';
import { authenticate, type CollectedBundle } from '../../../src/core/verify/checks/authenticate.ts';
import { budgeted } from '../../../src/core/verify/checks/signature-budget.ts';
import type { TrustEntry } from '../../../src/core/verify/trust.ts';
import { readKey } from './support.ts';

const NAMES = ['p256', 'p384', 'p521'] as const;
const trust: TrustEntry[] = NAMES.map((label) => ({
  kind: 'key',
  label,
  key: parsePublicKey(readKey(`${label}.pub`)),
}));
const keyOf = (label: (typeof NAMES)[number]) => parsePublicKey(readKey(`${label}.pub`));

const statement = (name: string): string =>
  JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: '00'.repeat(32) } }],
    predicateType: 'https://example.com/v1',
  });

const bundle = (name: string, signatures: readonly EnvelopeSignature[]): CollectedBundle => ({
  ref: { source: 'a.jsonl' },
  origin: 'attestations',
  isSignatureFile: false,
  content: {
    bundle: {
      material: { kind: 'none' },
      envelope: { payloadType: INTOTO_PAYLOAD_TYPE, payload: encodeUtf8(statement(name)), signatures },
      json: {},
    },
  },
});

/** Checks for which a signature is the fingerprint of its maker; `asked` are the keys that were tried. */
function counted() {
  const asked: string[] = [];
  const checks = budgeted({
    sha256,
    verifyCertificatePath,
    verifyKeyless,
    signatureHint: () => undefined,
    verifySignature: (key, _, signature) => {
      asked.push(NAMES.find((name) => keyOf(name).fingerprint === key.fingerprint) ?? '');
      return Buffer.from(signature).toString() === key.fingerprint;
    },
  });
  const run = (collected: CollectedBundle) =>
    authenticate(collected, { trust, checks, at: new Date(0), integrityOnly: false });
  return { asked, run };
}

const by = (maker: (typeof NAMES)[number], keyid?: string): EnvelopeSignature => ({
  sig: encodeUtf8(keyOf(maker).fingerprint),
  keyid,
});

test('the key that a signature names is tried first, and no other once its maker is known', async () => {
  const { asked, run } = counted();
  const { trust: level, signer } = await run(bundle('a', [by('p521', keyOf('p521').hint)]));
  expect([level, signer, asked]).toEqual(['trusted', expect.stringContaining(keyOf('p521').fingerprint), ['p521']]);
});

test.each([
  ['nobody', undefined],
  ['somebody unknown', 'ab'.repeat(32)],
  ['another trusted key', keyOf('p256').fingerprint],
])('a genuine signature that names %s is found all the same: a hint decides nothing', async (_, keyid) => {
  const { run } = counted();
  expect((await run(bundle('a', [by('p384', keyid)]))).signer).toContain(keyOf('p384').fingerprint);
});

test('every signer of an envelope is found', async () => {
  const { run } = counted();
  const { signer } = await run(
    bundle(
      'a',
      NAMES.toReversed().map((name) => by(name)),
    ),
  );
  expect(NAMES.filter((name) => !signer.includes(keyOf(name).fingerprint))).toEqual([]);
});

test('a flood of 5,000 lines of 32 signatures costs the budget and no more, and is malformed from there on', async () => {
  const { asked, run } = counted();
  const levels = new Map<string, number>();
  for (let line = 0; line < 5000; line++) {
    const signatures = Array.from({ length: 32 }, (_, i) => ({ sig: encodeUtf8(`${line} ${i}`), keyid: undefined }));
    const { trust: level, error } = await run(bundle(`${line}`, signatures));
    levels.set(`${level} ${error?.code}`, (levels.get(`${level} ${error?.code}`) ?? 0) + 1);
  }
  // P-256, P-384 and P-521 cost 1, 8 and 18.
  expect(asked.length).toBeLessThanOrEqual((3 * 10_000) / 27 + 3);
  expect(levels.get('malformed TOO_LARGE') ?? 0).toBeGreaterThan(4900);
});
