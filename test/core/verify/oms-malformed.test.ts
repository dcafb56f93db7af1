import { expect, test } from 'vitest';
import { pae } from '../../../src/core/attestation/index.ts';
import { encodeUtf8 } from '../../../src/core/bytes/index.ts';
import {
  omsStatement,
  putSignature,
  type Resource,
  resource,
  resourcesOf,
  rootOf,
  type SignedAs,
} from './oms-support.ts';
import { checkOf, checksOf, exitCode, requiredChecks, trustKey, verify, writeModel } from './support.ts';

const FILES = { 'a.txt': 'one', 'b.txt': 'two' };
const A = resource('a.txt', 'one');
const B = resource('b.txt', 'two');
const good = () => omsStatement([A, B]);
const json = (value: unknown): Uint8Array => encodeUtf8(JSON.stringify(value));

/** Each is signed by the trusted key: only the structure is wrong, so only a structural check can refuse it. */
const MALFORMED: Readonly<Record<string, unknown>> = {
  'no resources at all': omsStatement([]),
  'no predicate': { ...good(), predicate: undefined },
  'a predicate that is a list': { ...good(), predicate: [] },
  'no serialization': { ...good(), predicate: { resources: [A, B] } },
  'no subject': { ...good(), subject: [] },
  'two subjects': { ...good(), subject: [...good().subject, ...good().subject] },
  'a subject without a name': { ...good(), subject: [{ digest: good().subject[0]?.digest }] },
  'a subject with an empty name': { ...good(), subject: [{ ...good().subject[0], name: '' }] },
  'a subject without a digest': { ...good(), subject: [{ name: 'model' }] },
  'another statement type': { ...good(), _type: 'https://in-toto.io/Statement/v0.1' },
  'a name twice with equal digests': omsStatement([A, A, B]),
  'a name twice with different digests': omsStatement([A, { ...B, name: 'a.txt' }, B]),
  'a root over other digests': { ...good(), subject: [{ name: 'model', digest: { sha256: rootOf([A]) } }] },
  'a root over the digests in another order': {
    ...good(),
    subject: [{ name: 'model', digest: { sha256: rootOf([B, A]) } }],
  },
  'a subject digest under another algorithm': {
    ...good(),
    subject: [{ name: 'model', digest: { sha512: '00'.repeat(64) } }],
  },
  'a hash type nobody knows': omsStatement([A, B], { hash_type: 'md5' }),
  'a method nobody knows': omsStatement([A, B], { method: 'trees' }),
  'files with a shard size': omsStatement([A, B], { shard_size: 8 }),
  'shards without a shard size': omsStatement([{ ...A, name: 'a.txt:0:3' }], { method: 'shards' }),
  'a resource hashed with another algorithm than it says': omsStatement([{ ...A, algorithm: 'blake3' }, B]),
  'a digest that is too short': omsStatement([{ ...A, digest: A.digest.slice(2) }, B]),
  'a digest in upper case': omsStatement([{ ...A, digest: A.digest.toUpperCase() }, B]),
  'allow_symlinks that is text': omsStatement([A, B], { allow_symlinks: 'false' }),
  'allow_symlinks left out': omsStatement([A, B], { allow_symlinks: undefined }),
  'an ignored path with a glob': omsStatement([A, B], { ignore_paths: ['*.txt'] }),
  'a resource that is null': { ...good(), predicate: { ...good().predicate, resources: [null] } },
  '"." beside another file': omsStatement([{ ...A, name: '.' }, B]),
};

const NAMES = [
  '../a.txt',
  '/etc/passwd',
  'x/../../a.txt',
  './a.txt',
  'x//y',
  'a.txt/',
  '',
  '..',
  'x/..',
  'a\u0000b',
  '\ud800',
];

/** The report's required checks, and the one message that says why. */
async function refusal(statement: unknown, options: SignedAs = {}) {
  const model = writeModel(FILES);
  await putSignature(model, statement, options);
  const report = await verify(model);
  return {
    code: await exitCode(model),
    required: requiredChecks(report),
    message: checkOf(report, 'match.identity').message,
  };
}

test('the statement that the others are made from passes', async () => {
  expect(await refusal(good())).toMatchObject({ code: 0, required: ['match.identity pass'] });
});

test.each(Object.entries(MALFORMED))(
  'a statement with %s is malformed, though the trusted key signed it',
  async (_, statement) => {
    expect(await refusal(statement)).toMatchObject({ code: 4, required: ['match.identity error'] });
  },
);

test.each(NAMES)('a resource named %j is malformed before any file is looked for', async (name) => {
  expect(await refusal(omsStatement([{ ...A, name }, B]))).toMatchObject({ code: 4 });
});

test('the names are as hostile when files that are not listed may pass', async () => {
  const model = writeModel(FILES);
  await putSignature(model, omsStatement([A, { ...B, name: '../model/b.txt' }]));

  expect(await exitCode(model, { ignoreUnsignedFiles: true })).toBe(4);
});

test('a name twice in the JSON itself is malformed: readers would differ in what they take', async () => {
  const text = JSON.stringify(good()).replace(
    '"predicateType"',
    '"_type":"https://in-toto.io/Statement/v1","predicateType"',
  );

  expect(await refusal(undefined, { payload: encodeUtf8(text) })).toMatchObject({ code: 4 });
});

test.each([
  ['no JSON', encodeUtf8('model')],
  ['a JSON list', json([])],
  ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)],
  ['nothing', new Uint8Array()],
])('a signed payload that is %s is malformed', async (_, payload) => {
  expect(await refusal(undefined, { payload })).toMatchObject({ code: 4 });
});

test('an unknown payload type is unsupported, so there is no identity evidence', async () => {
  const { code, message } = await refusal(good(), { payloadType: 'text/plain' });

  expect(code).toBe(3);
  expect(message).toBe('no identity statement (model.sig or model/v1) by a trusted signer was found');
});

test('the payload type is part of what was signed', async () => {
  const model = writeModel(FILES);
  await putSignature(model, good(), { message: (_, payload) => pae('text/plain', payload) });
  const report = await verify(model);

  expect(checkOf(report, 'match.identity')).toMatchObject({
    outcome: 'fail',
    message: 'names p256.pub, but its signature does not verify',
  });
});

test.each([
  ['another predicate type', 'https://example.com/other/v1', 3],
  ['a version of OMS with another meaning', 'https://model_signing/signature/v2.0', 3],
  ['a predicate type that only begins like OMS', 'https://model_signing/signature/v1.0/x', 3],
])('%s is no identity statement', async (_, predicateType, code) => {
  expect(await refusal({ ...good(), predicateType })).toMatchObject({ code });
});

test('a later minor version is read as v1.0', async () => {
  expect(await refusal({ ...good(), predicateType: 'https://model_signing/signature/v1.1' })).toMatchObject({
    code: 0,
  });
});

test('two signatures in one bundle are malformed, even when both are genuine', async () => {
  const model = writeModel(FILES);
  await putSignature(model, good(), { signatures: 2 });

  expect(await exitCode(model)).toBe(4);
});

test('a malformed statement that a stranger signed is malformed evidence, and nobody we trust', async () => {
  const model = writeModel(FILES);
  await putSignature(model, omsStatement([]), { key: 'p384' });
  const report = await verify(model, { trust: [trustKey('p256')] });

  expect(requiredChecks(report)).toEqual(['match.identity error']);
  expect(checksOf(report, 'authenticate.signature').map(({ outcome }) => outcome)).toEqual(['skip']);
});

test('an unlisted name that equals a listed one after normalisation is another file', async () => {
  const nfc = '\u00e9.txt';
  const resources: Resource[] = resourcesOf({ [nfc]: 'x' });
  const model = writeModel({ 'e\u0301.txt': 'x' });
  await putSignature(model, omsStatement(resources));
  const report = await verify(model);

  expect(report.changes).toEqual([{ path: 'e\u0301.txt', change: 'renamed', from: nfc }]);
  expect(requiredChecks(report)).toContain('match.identity fail');
});
