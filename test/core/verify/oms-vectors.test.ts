import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseBundle, parseOms, parseStatement } from '../../../src/core/attestation/index.ts';
import { sha256 } from '../../../src/core/digest/index.ts';
import { parseCertificate } from '../../../src/core/keys/certificate.ts';
import { parseCertificates } from '../../../src/core/keys/index.ts';
import type { TrustEntry } from '../../../src/core/verify/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import {
  checkOf,
  exitCode,
  type Overrides,
  requiredChecks,
  trustAnchors,
  trustKey,
  verify,
  writeModel,
} from './support.ts';

const IDENTITY = { identity: 'stefanb@us.ibm.com', issuer: 'https://sigstore.verify.ibm.com/oauth2' };
const keyless = (changes: Partial<typeof IDENTITY> = {}): TrustEntry => ({
  kind: 'identity',
  label: 'IBM',
  ...IDENTITY,
  ...changes,
});

// The files behind the public bundles are not shipped; these are the contents that the listed digests are of.
const SIGNED = { 'signme-1': 'signme-1\n', 'signme-2': 'signme-2', 'ignore-me': 'anything' };
const BY_SIGSTORE = { ...SIGNED, 'signme-1': 'signme-1' };

describeVectors('oms', (dir) => {
  const file = (name: string): string => path.join(dir, 'test-vectors/v1.0', `${name}.bundle.json`);
  const bundleOf = (name: string) => parseBundle(readFileSync(file(name)), name);
  const omsOf = (name: string) => parseOms(parseStatement(bundleOf(name).envelope), sha256);
  const { material } = bundleOf('valid/certificate');
  const chain = material.kind === 'certificateChain' ? material.chain : [];
  const intermediate: TrustEntry = { kind: 'anchors', label: 'intermediate', anchors: chain.slice(1) };
  const leafKey = chain[0] === undefined ? undefined : parseCertificate(chain[0]).publicKey;
  const leaf = (): TrustEntry =>
    leafKey === undefined ? expect.fail('expected a leaf with a key') : { kind: 'key', label: 'leaf', key: leafKey };

  const report = (name: string, trust: TrustEntry, overrides: Overrides = {}) =>
    verify(writeModel(SIGNED), {
      signature: file(name),
      trust: [trust],
      ...overrides,
    });

  describe.each<[string, () => TrustEntry]>([
    ['valid/key', leaf],
    ['valid/certificate', () => intermediate],
    ['valid/sigstore', () => keyless()],
  ])('%s', (name, trust) => {
    const contents = name === 'valid/sigstore' ? BY_SIGSTORE : SIGNED;

    test('verifies offline', async () => {
      const found = await verify(writeModel(contents), { signature: file(name), trust: [trust()] });

      expect(requiredChecks(found)).toEqual(['match.identity pass']);
      expect(found.notCovered.map(({ path: at }) => at)).toEqual(['ignore-me']);
    });

    test.each<[string, object]>([
      ['changed', { 'signme-2': 'signme-3' }],
      ['added', { 'signme-3': '' }],
    ])('fails when a file is %s', async (change, difference) => {
      const model = writeModel({ ...contents, ...difference });
      const found = await verify(model, { signature: file(name), trust: [trust()] });

      expect(requiredChecks(found)).toEqual(['match.identity fail']);
      expect(found.changes).toMatchObject([{ path: Object.keys(difference)[0], change }]);
    });

    test.each<[string, TrustEntry]>([
      ['another key', trustKey('p384')],
      ['another root', trustAnchors('root.pem')],
      ['another identity', keyless({ identity: 'someone@us.ibm.com' })],
      ['the identity with a dot for any character', keyless({ identity: 'stefanb@us.ibm.co.' })],
      ['a part of the identity', keyless({ identity: 'us.ibm.com' })],
      ['the identity under another issuer', keyless({ issuer: 'https://accounts.google.com' })],
    ])('is untrusted under %s', async (_, stranger) => {
      expect(requiredChecks(await report(name, stranger))).toEqual(['match.identity missing']);
    });
  });

  test('the public roots come out of the lists', () => {
    expect(omsOf('valid/key').recordedRoot).toBe('92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4');
    expect(omsOf('valid/sigstore').recordedRoot).toBe(
      '61d4849d9d90076d6215f4d525f13d6574af8e3f67aef3e6f36fc40a14fdd226',
    );
  });

  test.each<[string, string, () => TrustEntry]>([
    ['a key bundle', 'valid/key', () => intermediate],
    ['a key bundle', 'valid/key', () => keyless()],
    ['a certificate bundle', 'valid/certificate', leaf],
    ['a certificate bundle', 'valid/certificate', () => keyless()],
    ['a keyless bundle', 'valid/sigstore', leaf],
    ['a keyless bundle', 'valid/sigstore', () => intermediate],
  ])('%s is judged by no entry of another kind', async (_, name, trust) => {
    expect(requiredChecks(await report(name, trust()))).toEqual(['match.identity missing']);
  });

  test('a certificate is judged by the time that was given', async () => {
    const at = (text: string) => report('valid/certificate', intermediate, { at: new Date(text) });

    expect(checkOf(await at('2020-01-01T00:00:00Z'), 'authenticate.signature').outcome).toBe('missing');
    expect(checkOf(await at('2040-01-01T00:00:00Z'), 'authenticate.signature').outcome).toBe('missing');
  });

  test.each(['empty', 'missing-envelope', 'missing-verification-material', 'missing-tlog-entries'])(
    'invalid/%s is malformed',
    async (name) => {
      const model = writeModel({ 'signme-1': 'x' });
      copyFileSync(file(`invalid/${name}`), path.join(model, 'model.sig'));

      expect(await exitCode(model, { trust: [keyless()] })).toBe(4);
    },
  );

  test('invalid-payload/wrong-predicate is no identity evidence under any trust', async () => {
    const model = writeModel({ 'signme-1': 'x' });
    copyFileSync(file('invalid-payload/wrong-predicate'), path.join(model, 'model.sig'));
    const found = await verify(model, { trust: [leaf(), intermediate, keyless()] });

    expect(found.result).not.toBe('pass');
    expect(found.signers).toEqual([]);
  });

  test('parsing a certificate gives the key of the key vector', () => {
    expect(leafKey?.hint).toBe('e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e');
    expect(parseCertificates(chain[0] ?? new Uint8Array())).toHaveLength(1);
  });
});
