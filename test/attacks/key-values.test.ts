import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { concatBytes } from '../../src/core/bytes/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { keyFile, STRANGER, stranger } from './support/keys.ts';
import { ED25519, ed25519 } from './support/rewritten.ts';
import { MODEL_LINE } from './support/scene.ts';
import { parseLoose, payloadOf, resign, rewrap, sign, withSignature } from './support/signed.ts';

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

describeAttacks('keys', [...smallOrder, ...files]);
