import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { INTOTO_PAYLOAD_TYPE, pae } from '../../src/core/attestation/index.ts';
import { concatBytes, decodeBase64 } from '../../src/core/bytes/index.ts';
import type { Signer } from '../../src/core/keys/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { derInteger, ED25519_ORDER, ecdsaParts, ecdsaSignature, littleEndian, P256_ORDER } from './support/ecdsa.ts';
import { keyFile, STRANGER, signerOf, stranger, TRAINER, trainer } from './support/keys.ts';
import { attest, MODEL_LINE, type Scene } from './support/scene.ts';
import {
  bareEnvelope,
  parseLoose,
  payloadOf,
  resign,
  rewrap,
  sign,
  signatureOf,
  withSignature,
} from './support/signed.ts';

const ED25519 = keyFile('ed25519.pub');
const ed25519 = await signerOf('ed25519');
const passphrase = { STEMMA_PASSPHRASE: 'correct horse' };

const spki = (point: Uint8Array): string => {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), point]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
};

/** Encodings of points of small order, among them the identity; the last four are not canonical. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
] as const;

const smallOrder: AttackCase[] = [
  ...[0, 3, 8, 11].map(
    (index): AttackCase => ({
      row: 15,
      title: `a trusted key of small order (${index})`,
      build: (scene) => ['--key', scene.beside('k.pub', spki(Buffer.from(SMALL_ORDER[index] ?? '', 'hex')))],
      exit: 4,
      error: 'KEY_INVALID',
    }),
  ),
  ...SMALL_ORDER.map(
    (hex, index): AttackCase => ({
      row: 15,
      title: `R of small order and S = 0 (${index})`,
      build: async (scene) => {
        const line = await sign(payloadOf(scene.line(MODEL_LINE)), ed25519);
        scene.onlyLines(withSignature(line, concatBytes(Buffer.from(hex, 'hex'), new Uint8Array(32))));
        return ['--key', ED25519];
      },
      exit: 1,
    }),
  ),
];

/** The model statement signed by a key, and the signature then rewritten. */
const rewritten =
  (signer: Signer, key: string, edit: (signature: Uint8Array) => Uint8Array) => async (scene: Scene) => {
    const line = await sign(payloadOf(scene.line(MODEL_LINE)), signer);
    scene.onlyLines(withSignature(line, edit(signatureOf(line))));
    return ['--key', key];
  };

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

const two = ['--threshold', '2'] as const;

const threshold: AttackCase[] = [
  {
    row: 23,
    title: 'one key that signed two statements',
    build: () => ['--key', TRAINER, '--key', STRANGER, ...two],
    exit: 3,
    says: /1 distinct signer of 2/,
  },
  { row: 23, title: 'one key given twice', build: () => ['--key', TRAINER, '--key', TRAINER, ...two], exit: 3 },
  {
    row: 23,
    title: 'one key given as its public and its private half',
    build: () => ['--key', TRAINER, '--key', keyFile('p256.key'), ...two],
    exit: 3,
  },
  {
    row: 23,
    title: 'one key under two key ids of one envelope',
    build: async (scene) => {
      const line = await bareEnvelope(scene.line(MODEL_LINE), [
        { signer: trainer, keyid: 'a' },
        { signer: trainer, keyid: stranger.publicKey.hint },
      ]);
      scene.onlyLines(line);
      return ['--key', TRAINER, '--key', STRANGER, ...two];
    },
    exit: 3,
  },
  {
    row: 23,
    title: 'complementary ignores',
    build: async (scene) => {
      scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
      await attest(scene.model, { ignore: ['config.json'], modelSig: false, manifest: false });
      await attest(scene.model, { signer: stranger, ignore: ['README.md'], modelSig: false, manifest: false });
      return ['--key', TRAINER, '--key', STRANGER, ...two];
    },
    exit: 3,
    says: /(?:README\.md|config\.json)\\" is not/,
  },
  {
    row: 23,
    title: 'two signers',
    build: async (scene) => {
      await attest(scene.model, { signer: stranger });
      return ['--key', TRAINER, '--key', STRANGER, ...two];
    },
    exit: 0,
  },
];

const oneBad = async (scene: Scene): Promise<void> => {
  const signatures = [{ signer: trainer }, { signer: stranger, spoil: true }];
  scene.onlyLines(await bareEnvelope(scene.line(MODEL_LINE), signatures));
};

const badBesideGood: AttackCase[] = [
  {
    row: 24,
    title: 'one good and one bad signature in an envelope',
    build: async (scene) => {
      await oneBad(scene);
      return ['--key', TRAINER, '--key', STRANGER];
    },
    exit: 0,
    says: /names p384\.pub, but it does not verify/,
  },
  {
    row: 24,
    title: 'the same under --require-all',
    build: async (scene) => {
      await oneBad(scene);
      return ['--key', TRAINER, '--key', STRANGER, '--require-all'];
    },
    exit: 1,
    check: 'authenticate.signature',
  },
  {
    row: 24,
    title: 'a bad line beside good ones',
    build: (scene) => {
      scene.lines = [...scene.lines, withSignature(scene.line(MODEL_LINE), signatureOf(scene.line(1)))];
    },
    exit: 0,
    check: 'authenticate.signature',
    outcome: 'fail',
  },
  {
    row: 24,
    title: 'the same under --require-all',
    build: (scene) => {
      scene.lines = [...scene.lines, withSignature(scene.line(MODEL_LINE), signatureOf(scene.line(1)))];
      return ['--key', TRAINER, '--require-all'];
    },
    exit: 1,
    check: 'authenticate.signature',
  },
];

const secret = readFileSync(keyFile('p256.key'), 'utf8').split('\n')[1] ?? '';

const files: AttackCase[] = [
  {
    row: 26,
    title: 'a private key as --key',
    build: () => ['--key', keyFile('p256.key')],
    exit: 0,
    says: /is a private key: only its public half is needed/,
    also: (report, { stdout, stderr }) => {
      expect(secret.length).toBeGreaterThan(30);
      expect(stdout + stderr + JSON.stringify(report)).not.toContain(secret.slice(0, 30));
    },
  },
  {
    row: 27,
    title: 'an encrypted private key as --key',
    build: () => ['--key', keyFile('p256-encrypted.key')],
    exit: 4,
    error: 'KEY_INVALID',
  },
  {
    row: 27,
    title: 'attest with a wrong passphrase',
    build: (scene) => ({ argv: ['attest', scene.model, '--no-source', '--key', keyFile('p256-encrypted.key')] }),
    env: { STEMMA_PASSPHRASE: 'wrong' },
    exit: 4,
    error: 'PASSPHRASE_WRONG',
  },
  {
    row: 27,
    title: 'attest with an encrypted key and no passphrase',
    build: (scene) => ({ argv: ['attest', scene.model, '--no-source', '--key', keyFile('p256-encrypted.key')] }),
    exit: 2,
    error: 'PASSPHRASE_MISSING',
  },
  {
    row: 27,
    title: 'attest with a key whose scrypt would take a gigabyte',
    build: (scene) => ({ argv: ['attest', scene.model, '--no-source', '--key', keyFile('p256-scrypt.key')] }),
    env: passphrase,
    exit: 4,
    error: 'KEY_INVALID',
  },
  {
    row: 28,
    title: 'a bundle with its own key, and nobody trusted',
    build: () => [],
    exit: 2,
    error: 'TRUST_ROOT_MISSING',
  },
  {
    row: 28,
    title: 'a bundle with its own key, and somebody else trusted',
    build: async (scene) => {
      const line = await sign(payloadOf(scene.line(MODEL_LINE)), stranger);
      const rawBytes = readFileSync(STRANGER).toString('base64');
      scene.onlyLines(
        rewrap(line, (bundle) => void (bundle.verificationMaterial = { publicKey: { rawBytes }, tlogEntries: [] })),
      );
    },
    exit: 3,
  },
  {
    row: 28,
    title: 'a bundle that carries its signer as a member named key',
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), stranger, () => undefined);
      scene.onlyLines(JSON.stringify({ ...parseLoose(line), publicKey: readFileSync(STRANGER, 'utf8') }));
    },
    exit: 3,
  },
];

describeAttacks('keys and signatures', [
  ...smallOrder,
  ...ed25519Signatures,
  ...ecdsa,
  ...confusion,
  ...threshold,
  ...badBesideGood,
  ...files,
]);
