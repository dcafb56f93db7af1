import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isStemmaError } from '../../../src/core/errors/index.ts';
import { parseCertificate } from '../../../src/core/keys/certificate.ts';
import { mayIssue } from '../../../src/core/keys/certificate-rules.ts';
import { verifyCertificatePath } from '../../../src/core/keys/index.ts';
import { certificate, codeOf, fixture } from './support.ts';

const NOW = new Date('2030-06-01T00:00:00Z');

/** Names of fixtures; `chain` is leaf first. */
function check(chain: readonly string[], anchors: readonly string[], at: Date = NOW) {
  return verifyCertificatePath({ chain: chain.map(certificate), anchors: anchors.map(certificate), at });
}
const reasonOf = (...args: Parameters<typeof check>): string => {
  const verdict = check(...args);
  return verdict.outcome === 'pass' ? 'pass' : verdict.reason;
};

describe('a sound path', () => {
  const chain = ['leaf.pem', 'intermediate.pem'];

  test('leads from leaf over intermediate to the root that the user named', () => {
    const verdict = check(chain, ['root.pem']);

    expect(verdict).toMatchObject({
      outcome: 'pass',
      leaf: { subject: 'CN=Model Signer', issuer: 'CN=Test CA', notBefore: new Date('2025-01-01') },
    });
    expect(verdict.leaf.publicKey?.type).toBe('ecdsa-p256');
  });

  test.each([
    ['the root is in the bundle too', [...chain, 'root.pem'], ['root.pem']],
    ['the rest is in another order', ['leaf.pem', 'root.pem', 'intermediate.pem'], ['root.pem']],
    ['the anchor is the intermediate', chain, ['intermediate.pem']],
    ['the anchor is the intermediate and the bundle holds the leaf alone', ['leaf.pem'], ['intermediate.pem']],
    ['the user gives intermediate and root', ['leaf.pem'], ['root.pem', 'intermediate.pem']],
    ['another root is trusted as well', chain, ['other-root.pem', 'root.pem']],
    [
      'strangers stand in the bundle',
      ['leaf.pem', 'other-root.pem', 'loop-a-by-b.pem', 'intermediate.pem'],
      ['root.pem'],
    ],
    [
      'an expired twin of the intermediate stands first',
      ['leaf.pem', 'intermediate-expired.pem', 'intermediate.pem'],
      ['root.pem'],
    ],
    ['a twin that is no CA stands first', ['leaf.pem', 'intermediate-not-ca.pem', 'intermediate.pem'], ['root.pem']],
    ['the leaf itself is the anchor', ['leaf.pem'], ['leaf.pem']],
    ['the anchor is a self-signed leaf', ['leaf-self-signed.pem'], ['leaf-self-signed.pem']],
    ['the leaf has key usage only', ['leaf-usage-only.pem', 'intermediate.pem'], ['root.pem']],
    ['the leaf has the code signing purpose only', ['leaf-purpose-only.pem', 'intermediate.pem'], ['root.pem']],
  ])('passes where %s', (_what, certificates, anchors) => {
    expect(reasonOf(certificates, anchors)).toBe('pass');
  });
});

describe('a path is refused', () => {
  test.each([
    ['the anchor is another root', ['leaf.pem', 'intermediate.pem'], ['other-root.pem'], 'untrusted'],
    ['the root is only in the bundle', ['leaf.pem', 'intermediate.pem', 'root.pem'], ['other-root.pem'], 'untrusted'],
    [
      'the anchor only bears the name of the root',
      ['leaf.pem', 'intermediate.pem'],
      ['impostor-root.pem'],
      'untrusted',
    ],
    ['the intermediate is missing', ['leaf.pem'], ['root.pem'], 'untrusted'],
    [
      'the leaf is signed by another key than the CA of that name',
      ['leaf-impostor.pem', 'intermediate.pem'],
      ['root.pem'],
      'untrusted',
    ],
    ['a self-signed leaf brings itself', ['leaf-self-signed.pem'], ['root.pem'], 'untrusted'],
    [
      'CAs certify each other in a loop',
      ['leaf-loop.pem', 'loop-a-by-b.pem', 'loop-b-by-a.pem'],
      ['root.pem'],
      'untrusted',
    ],
    ['a link is signed over SHA-1', ['leaf-sha1.pem'], ['root.pem'], 'untrusted'],
    ['the intermediate says that it is no CA', ['leaf.pem', 'intermediate-not-ca.pem'], ['root.pem'], 'authority'],
    [
      'the intermediate has no basic constraints',
      ['leaf.pem', 'intermediate-no-constraints.pem'],
      ['root.pem'],
      'authority',
    ],
    [
      'a leaf issued the leaf',
      ['leaf-under-leaf.pem', 'leaf-purpose-only.pem', 'intermediate.pem'],
      ['root.pem'],
      'authority',
    ],
    ['a leaf issued the leaf and is the anchor', ['leaf-under-leaf.pem'], ['leaf-purpose-only.pem'], 'authority'],
    [
      'the path is longer than the intermediate allows',
      ['leaf-under-sub-ca.pem', 'sub-ca.pem', 'intermediate.pem'],
      ['root.pem'],
      'authority',
    ],
    [
      'the intermediate has an unknown critical extension',
      ['leaf.pem', 'intermediate-unknown-critical.pem'],
      ['root.pem'],
      'authority',
    ],
    ['the root has an RSA key of 1,024 bits', ['leaf-weak.pem'], ['weak-root.pem'], 'authority'],
    ['the leaf has an RSA key', ['leaf-rsa.pem', 'intermediate.pem'], ['root.pem'], 'key-type'],
    ['the leaf has an Ed25519 key', ['leaf-ed25519.pem', 'intermediate.pem'], ['root.pem'], 'key-type'],
    ['the leaf has neither usage nor purpose', ['leaf-no-usage.pem', 'intermediate.pem'], ['root.pem'], 'usage'],
    ['the leaf is for key agreement', ['leaf-key-agreement.pem', 'intermediate.pem'], ['root.pem'], 'usage'],
    ['the leaf is for TLS servers', ['leaf-server.pem', 'intermediate.pem'], ['root.pem'], 'usage'],
    [
      'the leaf has an unknown critical extension',
      ['leaf-unknown-critical.pem', 'intermediate.pem'],
      ['root.pem'],
      'usage',
    ],
    ['the leaf is a CA and nothing else', ['intermediate.pem'], ['root.pem'], 'usage'],
    [
      'the leaf expired under a CA that was already valid',
      ['leaf-expired.pem', 'intermediate.pem'],
      ['root.pem'],
      'expired',
    ],
    ['the intermediate expired', ['leaf.pem', 'intermediate-expired.pem'], ['root.pem'], 'expired'],
    [
      'expired, and of another root: that is no question of time',
      ['leaf-expired.pem', 'intermediate.pem'],
      ['other-root.pem'],
      'untrusted',
    ],
  ])('where %s', (_what, chain, anchors, reason) => {
    expect(reasonOf(chain, anchors)).toBe(reason);
  });

  test('where an issuer may sign but not certify: OpenSSL already refuses the link, so it is no path at all', () => {
    expect(reasonOf(['leaf.pem', 'intermediate-no-certsign.pem'], ['root.pem'])).toBe('untrusted');
    expect(reasonOf(['leaf-under-leaf.pem', 'leaf.pem', 'intermediate.pem'], ['root.pem'])).toBe('untrusted');
    expect(reasonOf(['leaf-under-leaf.pem'], ['leaf.pem'])).toBe('untrusted');
    expect(mayIssue(parseCertificate(certificate('intermediate-no-certsign.pem')), 0)).toBe(false);
    expect(mayIssue(parseCertificate(certificate('intermediate.pem')), 0)).toBe(true);
  });

  test('with a message that names the certificate and the day', () => {
    expect(check(['leaf-expired.pem', 'intermediate.pem'], ['root.pem'])).toMatchObject({
      message: 'the certificate "CN=Model Signer" expired on 2022-01-01T00:00:00.000Z',
    });
  });

  test('with the leaf described all the same, so that a report can say whose it is', () => {
    const verdict = check(['leaf.pem', 'intermediate.pem'], ['other-root.pem']);

    expect(verdict.leaf).toMatchObject({ subject: 'CN=Model Signer', issuer: 'CN=Test CA' });
    expect(verdict.leaf.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the time', () => {
  const at = (time: string) => reasonOf(['leaf.pem', 'intermediate.pem'], ['root.pem'], new Date(time));

  test('counts to the second, both ends included', () => {
    expect(at('2024-12-31T23:59:59Z')).toBe('not-yet-valid');
    expect(at('2025-01-01T00:00:00Z')).toBe('pass');
    expect(at('2045-01-01T00:00:00Z')).toBe('pass');
    expect(at('2045-01-01T00:00:01Z')).toBe('expired');
  });

  test('a clock at 1970 or 2100 refuses', () => {
    expect(at('1970-01-01T00:00:00Z')).toBe('not-yet-valid');
    expect(at('2100-01-01T00:00:00Z')).toBe('expired');
  });

  test('an invalid date passes nothing', () => {
    expect(at('never')).toBe('expired');
  });
});

describe('hostile certificates', () => {
  const leaf = certificate('leaf.pem');
  const anchors = [certificate('root.pem')];

  test.each([
    ['an empty chain', []],
    ['seventeen certificates', Array.from({ length: 17 }, () => leaf)],
    ['an empty certificate', [new Uint8Array()]],
    ['a truncated certificate', [leaf.subarray(0, -1)]],
    ['a trailing byte', [Uint8Array.of(...leaf, 0)]],
    ['PEM where DER is expected', [fixture('leaf.pem')]],
    ['a damaged second certificate', [leaf, leaf.subarray(1)]],
    ['a certificate of 65 KiB', [new Uint8Array(65 * 1024).fill(0x30)]],
  ])('%s is malformed', async (_what, chain) => {
    expect(await codeOf(() => verifyCertificatePath({ chain, anchors, at: NOW }))).toBe('CERTIFICATE_INVALID');
  });

  test('no anchors are an error, never the roots of the web', async () => {
    expect(await codeOf(() => verifyCertificatePath({ chain: [leaf], anchors: [], at: NOW }))).toBe(
      'CERTIFICATE_INVALID',
    );
  });

  test('no flipped byte of the leaf passes', () => {
    const chain = [leaf, certificate('intermediate.pem')];
    for (let at = 0; at < leaf.length; at++) {
      const mutated = Uint8Array.from(leaf);
      mutated[at] = (leaf[at] ?? 0) ^ 1;
      try {
        expect(verifyCertificatePath({ chain: [mutated, ...chain.slice(1)], anchors, at: NOW }).outcome, `${at}`).toBe(
          'fail',
        );
      } catch (error) {
        if (!isStemmaError(error)) throw error;
        expect(error.code).toBe('CERTIFICATE_INVALID');
      }
    }
  });

  test('whatever the bytes, only a StemmaError is thrown', () => {
    const mutation = fc.array(fc.record({ at: fc.nat(leaf.length - 1), value: fc.nat(255) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(mutation, (changes) => {
        const mutated = Uint8Array.from(leaf);
        for (const { at, value } of changes) mutated[at] = value;
        try {
          verifyCertificatePath({ chain: [mutated], anchors: [mutated], at: NOW });
        } catch (error) {
          expect(isStemmaError(error) && error.code === 'CERTIFICATE_INVALID').toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a full bundle of CAs is searched in no time', () => {
    const loop = ['loop-a-by-b.pem', 'loop-b-by-a.pem'].map(certificate);
    const chain = [certificate('leaf-loop.pem'), ...Array.from({ length: 15 }, (_, i) => loop[i % 2] ?? leaf)];
    const start = performance.now();

    expect(verifyCertificatePath({ chain, anchors, at: NOW })).toMatchObject({ reason: 'untrusted' });
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
