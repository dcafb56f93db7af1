import { expect, test } from 'vitest';
import { omsStatement, putSignature, resourcesOf, type SignedAs } from './oms-support.ts';
import {
  checkOf,
  checksOf,
  exitCode,
  type Overrides,
  signerOf,
  trustAnchors,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

const FILES = { 'weights.bin': 'numbers' };
const CHAIN = ['leaf.pem', 'intermediate.pem'];
const ROOT = trustAnchors('root.pem');

async function signed(options: SignedAs = { key: 'leaf', chain: CHAIN }): Promise<string> {
  const model = writeModel(FILES);
  await putSignature(model, omsStatement(resourcesOf(FILES)), options);
  return model;
}

const byCertificate = async (chain: readonly string[], overrides: Overrides = {}): Promise<number> =>
  exitCode(await signed({ key: 'leaf', chain }), { trust: [ROOT], ...overrides });

test('a leaf under the given root verifies, and not after a byte changed', async () => {
  const model = await signed();

  expect(await exitCode(model, { trust: [ROOT] })).toBe(0);
  writeFiles(model, { 'weights.bin': 'nunbers' });
  expect(await exitCode(model, { trust: [ROOT] })).toBe(1);
});

test.each([
  ['digitalSignature alone', ['leaf-usage-only.pem', 'intermediate.pem']],
  ['codeSigning alone', ['leaf-purpose-only.pem', 'intermediate.pem']],
  ['the root in the chain', [...CHAIN, 'root.pem']],
  ['a stranger in the chain', ['leaf.pem', 'other-root.pem', 'intermediate.pem']],
])('a chain with %s verifies', async (_, chain) => {
  expect(await byCertificate(chain)).toBe(0);
});

test.each([
  ['a leaf without any usage', ['leaf-no-usage.pem', 'intermediate.pem'], 1],
  ['a leaf for servers', ['leaf-server.pem', 'intermediate.pem'], 1],
  ['a leaf for key agreement', ['leaf-key-agreement.pem', 'intermediate.pem'], 1],
  ['a leaf with an unknown critical extension', ['leaf-unknown-critical.pem', 'intermediate.pem'], 1],
  ['no intermediate', ['leaf.pem'], 3],
  ['an intermediate that is no CA', ['leaf.pem', 'intermediate-not-ca.pem'], 1],
  ['an intermediate that may not sign certificates', ['leaf.pem', 'intermediate-no-certsign.pem'], 3],
  ['a leaf under another leaf', ['leaf-impostor.pem', 'intermediate.pem'], 3],
  ['a leaf that signed itself', ['leaf-self-signed.pem'], 3],
  ['a loop', ['leaf-loop.pem', 'loop-a-by-b.pem', 'loop-b-by-a.pem'], 3],
])('a chain with %s does not', async (_, chain, code) => {
  expect(await byCertificate(chain)).toBe(code);
});

test.each([
  ['another root', trustAnchors('other-root.pem')],
  ['a root of the same name with another key', trustAnchors('impostor-root.pem')],
  ['no certificate at all, but a key', trustKey('p256')],
])('under %s there is no trusted signer', async (_, trust) => {
  const report = await verify(await signed(), { trust: [trust] });

  expect(checkOf(report, 'match.identity').outcome).toBe('missing');
  expect(checkOf(report, 'authenticate.signature').outcome).toBe('skip');
});

test('a root that only the bundle brings is no anchor', async () => {
  const model = await signed({ key: 'leaf', chain: [...CHAIN, 'root.pem'] });

  expect(await exitCode(model, { trust: [trustAnchors('other-root.pem')] })).toBe(3);
});

test('an anchor may be the intermediate, or the leaf itself', async () => {
  const model = await signed();

  expect(await exitCode(model, { trust: [trustAnchors('intermediate.pem')] })).toBe(0);
  expect(await exitCode(model, { trust: [trustAnchors('other-root.pem', 'root.pem')] })).toBe(0);
});

test('an expired leaf is missing evidence now, and good at a time when it was valid', async () => {
  const model = await signed({ key: 'leaf', chain: ['leaf-expired.pem', 'intermediate.pem'] });
  const now = await verify(model, { trust: [ROOT] });

  expect(checkOf(now, 'match.identity')).toMatchObject({
    outcome: 'missing',
    message: expect.stringMatching(/expired|2022/),
  });
  expect(await exitCode(model, { trust: [ROOT] })).toBe(3);
  expect(await exitCode(model, { trust: [ROOT], at: new Date('2021-06-01T00:00:00Z') })).toBe(0);
});

test('a leaf that is not valid yet is missing evidence', async () => {
  expect(await byCertificate(CHAIN, { at: new Date('2024-01-01T00:00:00Z') })).toBe(3);
});

test('an expired intermediate is missing evidence, even where its leaf is valid', async () => {
  expect(await byCertificate(['leaf.pem', 'intermediate-expired.pem'])).toBe(3);
});

test('an expired leaf whose signature does not verify is a bad signature first', async () => {
  const model = await signed({ key: 'p256', chain: ['leaf-expired.pem', 'intermediate.pem'] });

  expect(await exitCode(model, { trust: [ROOT] })).toBe(1);
});

test('expired evidence does not spoil good evidence beside it', async () => {
  const model = await signed({ key: 'leaf', chain: ['leaf-expired.pem', 'intermediate.pem'] });
  const statement = omsStatement(resourcesOf(FILES), { ignore_paths: ['model.sig'] });
  await putSignature(model, statement, { at: `${model}/model.attestations.jsonl`, key: 'leaf', chain: CHAIN });
  const report = await verify(model, { trust: [ROOT] });

  expect(report.result).toBe('pass');
  expect(checksOf(report, 'authenticate.signature').map(({ outcome }) => outcome)).toEqual(['missing', 'pass']);
});

test('the report says by which time certificates were judged, and no time where none was', async () => {
  const at = new Date('2030-01-02T03:04:05Z');

  expect((await verify(await signed(), { trust: [ROOT], at })).time).toBe('2030-01-02T03:04:05.000Z');
  expect((await verify(await signed({ key: 'p256' }), { at })).time).toBeNull();
});

test('a signature by another key than the leaf holds fails', async () => {
  expect(await exitCode(await signed({ key: 'p256', chain: CHAIN }), { trust: [ROOT] })).toBe(1);
});

test('the key of a certificate bundle, trusted as a bare key, does not let it pass', async () => {
  const model = await signed();
  const { publicKey } = await signerOf('leaf');

  expect(await exitCode(model, { trust: [{ kind: 'key', label: 'leaf.pub', key: publicKey }] })).toBe(3);
});

test('a key bundle does not pass where only certificates are trusted, though the key is in one', async () => {
  expect(await exitCode(await signed({ key: 'leaf' }), { trust: [ROOT] })).toBe(3);
});

test('certificates that are none are malformed evidence', async () => {
  const model = await signed();
  await putSignature(model, omsStatement(resourcesOf(FILES)), {
    verificationMaterial: { x509CertificateChain: { certificates: [{ rawBytes: 'AAAA' }] } },
  });
  expect(await exitCode(model, { trust: [ROOT] })).toBe(4);
});

test('one signer with a key and a certificate for it is one signer', async () => {
  const model = await signed();
  const { publicKey } = await signerOf('leaf');
  const statement = omsStatement(resourcesOf(FILES), { ignore_paths: ['model.sig'] });
  await putSignature(model, statement, { at: `${model}/model.attestations.jsonl`, key: 'leaf' });
  const statementOfFile = omsStatement(resourcesOf(FILES), { ignore_paths: ['model.attestations.jsonl'] });
  await putSignature(model, statementOfFile, { key: 'leaf', chain: CHAIN });
  const trust = [ROOT, { kind: 'key', label: 'leaf.pub', key: publicKey } as const];

  expect(await exitCode(model, { trust })).toBe(0);
  expect(await exitCode(model, { trust, threshold: 2 })).toBe(3);
});
