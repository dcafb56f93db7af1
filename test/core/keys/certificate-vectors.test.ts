import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parsePublicKey, verifyCertificatePath, verifySignature } from '../../../src/core/keys/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { certificate, fixture } from './support.ts';

const NOW = new Date('2030-06-01T00:00:00Z');

describeVectors('oms', (dir) => {
  interface CertificateBundle {
    readonly verificationMaterial: {
      readonly x509CertificateChain: { readonly certificates: { readonly rawBytes: string }[] };
    };
    readonly dsseEnvelope: {
      readonly payload: string;
      readonly payloadType: string;
      readonly signatures: { readonly sig: string }[];
    };
  }
  const read = (name: string): CertificateBundle =>
    JSON.parse(readFileSync(path.join(dir, 'test-vectors/v1.0/valid', name), 'utf8'));
  const bundle = read('certificate.bundle.json');
  const chain = bundle.verificationMaterial.x509CertificateChain.certificates.map(({ rawBytes }) =>
    Buffer.from(rawBytes, 'base64'),
  );
  const [leaf = Buffer.of(), intermediate = Buffer.of()] = chain;

  function signatureHolds(
    verdict: ReturnType<typeof verifyCertificatePath>,
    { dsseEnvelope }: CertificateBundle,
  ): boolean {
    const payload = Buffer.from(dsseEnvelope.payload, 'base64');
    const { payloadType } = dsseEnvelope;
    const pae = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
    const key = verdict.leaf.publicKey ?? parsePublicKey(fixture('p384.pub'));
    return verifySignature(key, pae, Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64'));
  }

  test('the self-issued name of the leaf ends no path: anchored at the intermediate it passes', () => {
    const verdict = verifyCertificatePath({ chain, anchors: [intermediate], at: NOW });

    expect(verdict.outcome).toBe('pass');
    expect(verdict.leaf.subject).toBe(verdict.leaf.issuer);
    expect(signatureHolds(verdict, bundle)).toBe(true);
  });

  test('the leaf key is the one of the hint in the key bundle, whose signature it verifies', () => {
    const verdict = verifyCertificatePath({ chain, anchors: [intermediate], at: NOW });

    expect(verdict.leaf.publicKey?.hint).toBe('e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e');
    expect(signatureHolds(verdict, read('key.bundle.json'))).toBe(true);
  });

  test('it is untrusted under other roots, and expired in 2036', () => {
    expect(verifyCertificatePath({ chain, anchors: [certificate('root.pem')], at: NOW })).toMatchObject({
      reason: 'untrusted',
    });
    expect(verifyCertificatePath({ chain: [leaf], anchors: [intermediate], at: new Date('2036-01-01') })).toMatchObject(
      {
        reason: 'expired',
      },
    );
  });
});
