import { describe, expect, test } from 'vitest';
import { parseCertificates } from '../../../src/core/keys/index.ts';
import { certificate, codeOf, fixture } from './support.ts';

describe('reading certificate files', () => {
  test('PEM holds one or several, with text between them; DER holds one', () => {
    const two = Buffer.concat([fixture('root.pem'), Buffer.from('Subject: CN=Test CA\n'), fixture('intermediate.pem')]);

    expect(parseCertificates(two)).toEqual([certificate('root.pem'), certificate('intermediate.pem')]);
    expect(parseCertificates(certificate('root.pem'))).toEqual([certificate('root.pem')]);
  });

  test.each([
    ['an empty file', Buffer.of()],
    ['a key', fixture('p256.pub')],
    ['a certificate and a private key', Buffer.concat([fixture('leaf.pem'), fixture('leaf.key')])],
    ['a damaged block', Buffer.from(fixture('leaf.pem').toString().replace('M', ''))],
    ['DER with a trailing byte', Buffer.concat([certificate('leaf.pem'), Buffer.of(0)])],
    ['257 certificates', Buffer.concat(Array.from({ length: 257 }, () => fixture('leaf.pem')))],
  ])('%s is malformed', async (_what, bytes) => {
    expect(await codeOf(() => parseCertificates(bytes))).toBe('CERTIFICATE_INVALID');
  });
});
