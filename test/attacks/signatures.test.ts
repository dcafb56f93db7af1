import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { INTOTO_PAYLOAD_TYPE, pae } from '../../src/core/attestation/index.ts';
import { concatBytes, decodeBase64 } from '../../src/core/bytes/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { cofactorSignature } from './support/cofactor.ts';
import { derInteger, ED25519_ORDER, ecdsaParts, ecdsaSignature, littleEndian, P256_ORDER } from './support/ecdsa.ts';
import { keyFile, STRANGER, stranger, TRAINER, trainer } from './support/keys.ts';
import { ED25519, ed25519, rewritten } from './support/rewritten.ts';
import { MODEL_LINE } from './support/scene.ts';
import { bareEnvelope, parseLoose, payloadOf, rewrap, sign, withSignature } from './support/signed.ts';

const ed25519Signatures: AttackCase[] = (
  [
    ['S + L', (sig: Uint8Array) => concatBytes(sig.subarray(0, 32), littleEndian(readScalar(sig) + ED25519_ORDER))],
    ['S = L', (sig: Uint8Array) => concatBytes(sig.subarray(0, 32), littleEndian(ED25519_ORDER))],
    ['63 bytes', (sig: Uint8Array) => sig.subarray(0, 63)],
    ['65 bytes', (sig: Uint8Array) => concatBytes(sig, Uint8Array.of(0))],
    ['R above p', (sig: Uint8Array) => concatBytes(Buffer.alloc(32, 0xff), sig.subarray(32))],
  ] as const
).map(([what, edit]) => ({
  row: 16 as const,
  title: `an Ed25519 signature with ${what}`,
  build: rewritten(ed25519, ED25519, edit),
  exit: 1 as const,
}));

function readScalar(signature: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(signature.subarray(32).toReversed()).toString('hex')}`);
}

const cofactor = [false, true].map(
  (torsion): AttackCase => ({
    row: 17,
    title: torsion ? 'an Ed25519 signature that holds only after the cofactor' : 'the same made without the trick',
    build: (scene) => {
      const line = scene.line(MODEL_LINE);
      const message = pae(INTOTO_PAYLOAD_TYPE, decodeBase64(parseLoose(line).dsseEnvelope.payload));
      scene.onlyLines(withHint(withSignature(line, cofactorSignature(message, torsion)), ed25519.publicKey.hint));
      return ['--key', ED25519];
    },
    exit: torsion ? 1 : 0,
  }),
);

const ecdsa: AttackCase[] = [
  {
    row: 18,
    title: 'the high-S twin of an ECDSA signature',
    build: rewritten(trainer, TRAINER, (signature) => {
      const { r, s } = ecdsaParts(signature);
      return ecdsaSignature(r, P256_ORDER - s);
    }),
    exit: 0,
    also: (report) => expect(report.checks.find(({ id }) => id === 'match.identity')?.message).toContain('p256.pub'),
  },
  ...(
    [
      ['a long-form length', (sig) => concatBytes(Uint8Array.of(0x30, 0x81, sig[1] ?? 0), sig.subarray(2))],
      ['an indefinite length', (sig) => concatBytes(Uint8Array.of(0x30, 0x80), sig.subarray(2), Uint8Array.of(0, 0))],
      ['a negative r', (sig) => ecdsaSignature(ecdsaParts(sig).r, ecdsaParts(sig).s, { rawR: Uint8Array.of(0x80, 1) })],
      ['a padded s', (sig) => ecdsaSignature(ecdsaParts(sig).r, ecdsaParts(sig).s, { padS: true })],
      ['r = 0', (sig) => ecdsaSignature(0n, ecdsaParts(sig).s)],
      ['s = 0', (sig) => ecdsaSignature(ecdsaParts(sig).r, 0n)],
      ['r + n', (sig) => ecdsaSignature(ecdsaParts(sig).r + P256_ORDER, ecdsaParts(sig).s)],
      ['s + n', (sig) => ecdsaSignature(ecdsaParts(sig).r, ecdsaParts(sig).s + P256_ORDER)],
      ['a trailing byte', (sig) => concatBytes(sig, Uint8Array.of(0))],
      [
        'a trailing byte inside',
        (sig) => concatBytes(Uint8Array.of(0x30, (sig[1] ?? 0) + 1), sig.subarray(2), Uint8Array.of(0)),
      ],
      ['r and s as one integer', (sig) => concatBytes(Uint8Array.of(0x30, 3), derInteger(ecdsaParts(sig).r % 128n))],
    ] satisfies (readonly [string, (signature: Uint8Array) => Uint8Array])[]
  ).map(
    ([what, edit]): AttackCase => ({
      row: 19,
      title: `an ECDSA signature with ${what}`,
      build: rewritten(trainer, TRAINER, edit),
      exit: 1,
    }),
  ),
  {
    row: 20,
    title: 'raw r‖s where DER is expected',
    build: rewritten(trainer, TRAINER, (signature) => {
      const { r, s } = ecdsaParts(signature);
      return Buffer.from(r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0'), 'hex');
    }),
    exit: 1,
    says: /IEEE P1363/,
  },
  {
    row: 20,
    title: 'DER where 64 bytes are expected',
    build: async (scene) => {
      const line = await sign(payloadOf(scene.line(MODEL_LINE)), trainer);
      scene.onlyLines(withHint(line, ed25519.publicKey.hint));
      return ['--key', ED25519];
    },
    exit: 1,
  },
];

const withHint = (line: string, hint: string): string =>
  rewrap(line, (bundle) => void (bundle.verificationMaterial = { publicKey: { hint }, tlogEntries: [] }));

const confusion: AttackCase[] = [
  {
    row: 21,
    title: 'a P-384 signature that names a P-256 key',
    build: async (scene) => {
      const line = await sign(payloadOf(scene.line(MODEL_LINE)), stranger);
      scene.onlyLines(withHint(line, trainer.publicKey.hint));
    },
    exit: 1,
  },
  {
    row: 21,
    title: 'an HMAC with the public key as its secret',
    build: (scene) => {
      const line = scene.line(MODEL_LINE);
      const message = pae(INTOTO_PAYLOAD_TYPE, decodeBase64(parseLoose(line).dsseEnvelope.payload));
      scene.onlyLines(withSignature(line, createHmac('sha256', readFileSync(TRAINER)).update(message).digest()));
    },
    exit: 1,
  },
  { row: 21, title: 'an RSA key', build: () => ['--key', keyFile('rsa.pub')], exit: 4, error: 'KEY_INVALID' },
  { row: 21, title: 'an X25519 key', build: () => ['--key', keyFile('x25519.pub')], exit: 4, error: 'KEY_INVALID' },
  {
    row: 22,
    title: 'the hint of a trusted key, signed by another',
    build: async (scene) => {
      scene.onlyLines(withHint(await sign(payloadOf(scene.line(MODEL_LINE)), stranger), trainer.publicKey.hint));
    },
    exit: 1,
    says: /names p256\.pub/,
  },
  {
    row: 22,
    title: 'the key id of a trusted key in an envelope, signed by another',
    build: async (scene) => {
      const keyid = trainer.publicKey.fingerprint;
      scene.onlyLines(await bareEnvelope(scene.line(MODEL_LINE), [{ signer: stranger, keyid }]));
    },
    exit: 1,
  },
  {
    row: 22,
    title: 'a good signature under the hint of another key',
    build: async (scene) => {
      scene.onlyLines(withHint(await sign(payloadOf(scene.line(MODEL_LINE)), trainer), stranger.publicKey.hint));
    },
    exit: 0,
  },
  {
    row: 22,
    title: 'somebody else entirely',
    build: () => ['--key', STRANGER],
    exit: 3,
    says: /key hint [0-9a-f]{64}, which is not trusted here/,
  },
];

describeAttacks('signatures', [...ed25519Signatures, ...cofactor, ...ecdsa, ...confusion]);
