import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseBundle } from '../../../src/core/attestation/index.ts';
import { attest, sign } from './attest-support.ts';
import { bundleOf, omsStatement, putSignature, resourcesOf } from './oms-support.ts';
import {
  checkOf,
  checksOf,
  exitCode,
  type KeyName,
  tempFolder,
  trustAnchors,
  trustKey,
  verify,
  writeFiles,
  writeModel,
} from './support.ts';

const FILES = { 'config.json': '{}', 'weights.bin': 'numbers' };
const LINES = 'model.attestations.jsonl';

const hintOf = (name: Exclude<KeyName, 'leaf'>): string => {
  const entry = trustKey(name);
  return entry.kind === 'key' ? entry.key.hint : '';
};

async function attested(): Promise<string> {
  const model = writeModel(FILES);
  await attest(model);
  return model;
}

test('a wrong key is told whose signature was found instead', async () => {
  const check = checkOf(await verify(await attested(), { trust: [trustKey('p384')] }), 'match.identity');

  expect(check).toMatchObject({
    outcome: 'missing',
    hint: 'check that the key is the one the publisher announced; stemma key show prints the hint of a key',
  });
  expect(check.message).toContain(hintOf('p256'));
});

test('a right key among wrong ones is enough, and the report says which', async () => {
  const report = await verify(await attested(), {
    trust: [trustKey('p384'), trustKey('p256', 'alice.pub'), trustKey('ed25519')],
  });

  expect(report.result).toBe('pass');
  expect(report.signers).toMatchObject([{ trustedAs: 'alice.pub' }]);
});

test.each<Exclude<KeyName, 'leaf'>>(['ed25519', 'secp256k1', 'p384', 'p521'])(
  'statements signed with %s verify, and not under another key',
  async (key) => {
    const model = writeModel(FILES);
    await attest(model, { key, modelSig: key !== 'ed25519' && key !== 'secp256k1' });

    expect(await exitCode(model, { trust: [trustKey(key)] })).toBe(0);
    expect(await exitCode(model, { trust: [trustKey('p256')] })).toBe(3);
  },
);

test('nobody to trust is a question that cannot be put', async () => {
  await expect(verify(await attested(), { trust: [] })).rejects.toMatchObject({ code: 'TRUST_ROOT_MISSING' });
});

test('no evidence at all is missing evidence', async () => {
  const report = await verify(writeModel(FILES));

  expect(checkOf(report, 'match.identity')).toMatchObject({
    outcome: 'missing',
    message: 'no evidence was found with the model',
  });
});

test('a model that is not there is a mistake of the caller', async () => {
  await expect(verify(path.join(tempFolder(), 'none'))).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('a key id or hint alone makes nobody a signer', async () => {
  const model = writeModel(FILES);
  const options = { key: 'p384', publicKey: { hint: hintOf('p256') }, keyid: { keyid: hintOf('p256') } } as const;
  await putSignature(model, omsStatement(resourcesOf(FILES)), options);
  const report = await verify(model);

  expect(report.signers).toEqual([]);
  expect(checkOf(report, 'match.identity')).toMatchObject({
    outcome: 'fail',
    message: expect.stringMatching(/does not verify/),
  });
});

test('a signature that is cut short, empty or of another encoding does not verify', async () => {
  const model = writeModel(FILES);
  const text = JSON.stringify(await bundleOf(omsStatement(resourcesOf(FILES))));
  const { envelope } = parseBundle(text, 'test');
  const sig = Buffer.from(envelope.signatures[0]?.sig ?? []);
  const broken = [sig.subarray(0, -1), Buffer.concat([sig, Buffer.of(0)]), Buffer.alloc(0), Buffer.alloc(64, 1)];

  for (const bytes of broken) {
    writeFileSync(path.join(model, 'model.sig'), text.replace(sig.toString('base64'), bytes.toString('base64')));
    expect([1, 4]).toContain(await exitCode(model));
  }
  writeFileSync(path.join(model, 'model.sig'), text);
  expect(await exitCode(model)).toBe(0);
});

test('several bare DSSE signatures count each trusted signer once', async () => {
  const model = writeModel(FILES);
  const statement = omsStatement(resourcesOf(FILES), { ignore_paths: [LINES] });
  const [a, b] = await Promise.all([bundleOf(statement), bundleOf(statement, { key: 'p384' })]);
  const envelopes = [a, b, a].map((bundle): Envelope => JSON.parse(JSON.stringify(bundle['dsseEnvelope'])));
  const signatures = envelopes.flatMap((envelope) => envelope.signatures);
  writeFiles(model, { [LINES]: `${JSON.stringify({ ...envelopes[0], signatures })}\n` });
  const trust = [trustKey('p256'), trustKey('p384'), trustKey('p521')];

  expect(await exitCode(model, { trust, threshold: 2 })).toBe(0);
  expect(await exitCode(model, { trust, threshold: 3 })).toBe(3);
});

test('malformed lines are reported and do not spoil good evidence', async () => {
  const model = await attested();
  appendFileSync(path.join(model, LINES), 'not json\n{}\n\n[]\n{"payload":1}\n');
  const report = await verify(model);

  expect(report.result).toBe('pass');
  expect(checksOf(report, 'authenticate.signature').filter(({ outcome }) => outcome === 'error')).toHaveLength(4);
});

test('a malformed line alone is malformed evidence, a stranger alone is missing evidence', async () => {
  const model = writeModel(FILES);
  writeFiles(model, { [LINES]: 'not json\n' });
  expect(await exitCode(model)).toBe(4);
  await sign(model, { key: 'p384', signature: path.join(model, 'model.sig') });
  writeFiles(model, { [LINES]: '\n' });
  expect(await exitCode(model)).toBe(3);
});

test('a contradiction comes before a malformed line', async () => {
  const model = await attested();
  appendFileSync(path.join(model, LINES), 'not json\n');
  writeFiles(model, { 'weights.bin': 'nunbers' });

  expect(await exitCode(model)).toBe(1);
});

test('an identity statement from --attestations counts where it matches', async () => {
  const model = await attested();
  const moved = path.join(tempFolder(), 'evidence.jsonl');
  writeFileSync(moved, readFileSync(path.join(model, LINES)));
  const bare = writeModel(FILES);

  expect(await exitCode(bare, { attestations: [moved] })).toBe(0);
  writeFiles(bare, { 'weights.bin': 'nunbers' });
  expect(await exitCode(bare, { attestations: [moved] })).toBe(3);
});

test('from --attestations, one equal and one different key contradict', async () => {
  const model = writeModel({ 'weights.bin': 'numbers' });
  await attest(model, { modelSig: false, manifest: false });
  const report = await verify(model);
  const digest = { ...report.subject.digests, sha256: '0'.repeat(64) };
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest }],
    predicateType: 'https://example.com/audit/v1',
    predicate: {},
  };
  const file = path.join(writeFiles(tempFolder(), { 'x.json': JSON.stringify(await bundleOf(statement)) }), 'x.json');

  const found = await verify(model, { attestations: [file], require: ['https://example.com/audit/v1'] });
  expect(checkOf(found, 'policy.require').outcome).toBe('fail');
});

test('a bundle that is read twice is still one signer', async () => {
  const model = await attested();
  const attestations = [path.join(model, LINES), path.join(model, LINES)];

  expect(await exitCode(model, { attestations, threshold: 2, trust: [trustKey('p256'), trustKey('p384')] })).toBe(3);
});

test('a key and anchors together: either kind of evidence is judged by its own', async () => {
  const model = writeModel(FILES);
  const statement = omsStatement(resourcesOf(FILES), { ignore_paths: [LINES] });
  await putSignature(model, statement, { key: 'leaf', chain: ['leaf.pem', 'intermediate.pem'] });
  writeFiles(model, {
    [LINES]: `${JSON.stringify(await bundleOf(omsStatement(resourcesOf(FILES), { ignore_paths: ['model.sig'] })))}\n`,
  });
  const trust = [trustKey('p256'), trustAnchors('root.pem')];

  expect(await exitCode(model, { trust, threshold: 2 })).toBe(0);
  expect(
    await exitCode(model, {
      trust: [trustKey('p256'), trustAnchors('root.pem'), trustAnchors('intermediate.pem')],
      threshold: 3,
    }),
  ).toBe(3);
});

interface Envelope {
  readonly signatures: readonly object[];
}
