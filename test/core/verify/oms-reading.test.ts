import path from 'node:path';
import { expect, test } from 'vitest';
import { legacyPae, OMS_LEGACY_PREDICATE_TYPE, pae } from '../../../src/core/attestation/index.ts';
import {
  base64,
  type Json,
  omsStatement,
  putSignature,
  type Resource,
  resource,
  resourcesOf,
  type SignedAs,
} from './oms-support.ts';
import {
  checkOf,
  exitCode,
  type KeyName,
  readKey,
  tempFolder,
  trustAnchors,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

/** The ordering model of reference/model-signing.md §2.5. */
const FILES = { 'a-b': '1\n', 'a.txt': '2\n', 'a/b': '3\n' };
const SORTED = resourcesOf(FILES);
const at = (...indices: readonly number[]): Resource[] => indices.flatMap((index) => SORTED[index] ?? []);
const CODE_POINT_ROOT = 'a923b890b833f20d136825a055883b67f68b487793c62f8b116264893d30c2d3';

async function signed(statement: unknown, options: SignedAs = {}): Promise<string> {
  const model = writeModel(FILES);
  await putSignature(model, statement, options);
  return model;
}

/** The exit code for the model as signed, and for the same with one byte changed. */
async function bothWays(statement: unknown, options: SignedAs = {}): Promise<readonly number[]> {
  const model = await signed(statement, options);
  const trust = [
    options.chain === undefined
      ? trustKey((options.key as Exclude<KeyName, 'leaf'>) ?? 'p256')
      : trustAnchors('root.pem'),
  ];
  const intact = await exitCode(model, { trust });
  writeFiles(model, { 'a/b': '4\n' });
  return [intact, await exitCode(model, { trust })];
}

const READ: readonly (readonly [string, unknown, SignedAs])[] = [
  ['in code-point order', omsStatement(SORTED), {}],
  ["in Python's order", omsStatement(at(2, 0, 1)), {}],
  ['in no order at all', omsStatement(at(1, 2, 0)), {}],
  ['by a P-384 key', omsStatement(SORTED), { key: 'p384' }],
  ['by a P-521 key', omsStatement(SORTED), { key: 'p521' }],
  [
    'with rawBytes and keyDetails in place of the hint',
    omsStatement(SORTED),
    { publicKey: { rawBytes: base64(readKey('p256.pub')), keyDetails: 'PKIX_ECDSA_P256_SHA_256' } },
  ],
  ['with no key named', omsStatement(SORTED), { publicKey: {} }],
  ['with a key id of null', omsStatement(SORTED), { keyid: { keyid: null } }],
  ['without a key id', omsStatement(SORTED), { keyid: {} }],
  ['without tlogEntries', omsStatement(SORTED), { material: {} }],
  [
    'with BLAKE2b called blake2',
    omsStatement(
      resourcesOf(FILES, 'blake2b').map((entry) => ({ ...entry, algorithm: 'blake2' })),
      { hash_type: 'blake2' },
    ),
    {},
  ],
  [
    'with ignored paths that match nothing',
    omsStatement(SORTED, { ignore_paths: ['.gitmodules', 'test/assets/x', '/home/someone/model.sig', '../junk'] }),
    {},
  ],
  [
    'with members that a verifier ignores',
    { ...omsStatement(SORTED), predicate: { ...omsStatement(SORTED).predicate, extra: 1 } },
    {},
  ],
  ['by a certificate', omsStatement(SORTED), { key: 'leaf', chain: ['leaf.pem', 'intermediate.pem'] }],
  [
    'by a certificate with its root in the chain',
    omsStatement(SORTED),
    { key: 'leaf', chain: ['leaf.pem', 'intermediate.pem', 'root.pem'] },
  ],
];

test.each(READ)('a statement %s verifies, and not after a byte changed', async (_, statement, options) => {
  expect(await bothWays(statement, options)).toEqual([0, 1]);
});

test("the report's sha256 is the root in code-point order, whatever order was signed", async () => {
  const report = await verify(await signed(omsStatement(at(2, 0, 1))));

  expect(report.subject.digests['sha256']).toBe(CODE_POINT_ROOT);
});

test('a raw key in the bundle is no trust: the verifier names its own', async () => {
  const publicKey: Json = { rawBytes: base64(readKey('p384.pub')) };
  const model = await signed(omsStatement(SORTED), { key: 'p384', publicKey });

  expect(await exitCode(model)).toBe(3);
});

test('a hint that names the trusted key over a signature by another fails', async () => {
  const { key } = trustKey('p256') as Extract<ReturnType<typeof trustKey>, { readonly kind: 'key' }>;
  const model = await signed(omsStatement(SORTED), { key: 'p384', publicKey: { hint: key.hint } });

  expect(checkOf(await verify(model), 'match.identity')).toMatchObject({ outcome: 'fail' });
});

/** v0.2.0: the files are the subjects, and the signature is over a PAE that Python spelled. */
const LEGACY = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: SORTED.map(({ name, digest }) => ({
    name,
    digest: { sha256: digest },
    annotations: { actual_hash_algorithm: 'file-sha256' },
  })),
  predicateType: OMS_LEGACY_PREDICATE_TYPE,
  predicate: { unused: 'Unused, just passed due to API requirements' },
};

test.each([
  ['its own PAE', legacyPae],
  ['the right PAE', pae],
])('a v0.2 statement under %s verifies with a key', async (_, message) => {
  expect(await bothWays(LEGACY, { message })).toEqual([0, 1]);
});

test('a v0.2 statement verifies with a certificate', async () => {
  expect(await bothWays(LEGACY, { message: legacyPae, key: 'leaf', chain: ['leaf.pem', 'intermediate.pem'] })).toEqual([
    0, 1,
  ]);
});

test("v0.2's PAE is taken for v0.2 statements alone", async () => {
  const model = await signed(omsStatement(SORTED), { message: legacyPae });

  expect(await exitCode(model)).toBe(1);
});

test('a v0.2 statement records no ignored paths, so a file beside the listed ones needs --ignore', async () => {
  const model = await signed(LEGACY, { message: legacyPae });
  writeFiles(model, { notes: 'x' });

  expect(await exitCode(model)).toBe(1);
  expect(await exitCode(model, { ignore: ['notes'] })).toBe(0);
});

test('in the style of v0.3, what is not recorded as ignored needs --ignore', async () => {
  const options: SignedAs = {
    publicKey: { rawBytes: base64(readKey('p256.pub')) },
    keyid: { keyid: null },
    material: {},
  };
  const model = await signed(omsStatement(SORTED), options);
  writeFiles(model, { 'ignore-me': 'x' });

  expect(await exitCode(model)).toBe(1);
  const report = await verify(model, { ignore: ['ignore-me'] });
  expect(report.result).toBe('pass');
  expect(report.notCovered).toEqual([{ path: 'ignore-me', because: 'ignored by the caller' }]);
});

test.each([
  ['its own name', 'weights.bin', 'weights.bin'],
  ['a dot, as Python writes it', '.', 'weights.bin'],
  ['the name it had when it was signed', 'old.bin', 'old.bin'],
])('a single file listed under %s verifies, and not after a byte changed', async (_, name, subject) => {
  const folder = writeFiles(tempFolder(), { 'weights.bin': 'numbers' });
  const file = path.join(folder, 'weights.bin');
  await putSignature(file, omsStatement([resource(name, 'numbers')], {}, subject), { at: `${file}.sig` });

  expect(await exitCode(file)).toBe(0);
  writeFiles(folder, { 'weights.bin': 'numberz' });
  expect(await exitCode(file)).toBe(1);
});

test('a statement about a folder of one file is not about that file', async () => {
  const folder = writeFiles(tempFolder(), { 'weights.bin': 'numbers' });
  const file = path.join(folder, 'weights.bin');
  await putSignature(file, omsStatement([resource('weights.bin', 'numbers')], {}, 'model'), { at: `${file}.sig` });

  expect(await exitCode(file)).toBe(1);
});

test('a statement about a single file named "." is not about a folder that holds it', async () => {
  const model = writeModel({ 'weights.bin': 'numbers' });
  await putSignature(model, omsStatement([resource('.', 'numbers')]));

  expect(await exitCode(model)).toBe(1);
});
