import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { verifyKeyless } from '../../../src/core/keys/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { codeOf } from './support.ts';

const IDENTITY = 'stefanb@us.ibm.com';
const ISSUER = 'https://sigstore.verify.ibm.com/oauth2';

interface Seeds {
  readonly [mirror: string]: { readonly targets: { readonly 'trusted_root.json': string } };
}

/** The trusted root that `@sigstore/tuf` ships, as its JSON text. */
const embedded = ((): string => {
  const seeds: Seeds = createRequire(import.meta.url)('@sigstore/tuf/seeds.json');
  const [seed] = Object.values(seeds);
  return Buffer.from(seed?.targets['trusted_root.json'] ?? '', 'base64').toString();
})();

interface LogEntry {
  canonicalizedBody: string;
  integratedTime: string;
}

/** The fields that the tests change in place. */
interface KeylessBundle {
  verificationMaterial: { certificate: { rawBytes: string }; tlogEntries: LogEntry[] };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
}

interface TrustedRootJson {
  readonly certificateAuthorities: readonly unknown[];
  readonly tlogs: readonly { readonly baseUrl: string }[];
}

describeVectors('oms', (dir) => {
  const file = (name: string): string => readFileSync(path.join(dir, 'test-vectors/v1.0', name), 'utf8');
  const text = file('valid/sigstore.bundle.json');

  const verify = (
    changes: { bundle?: unknown; identity?: string; issuer?: string; trustedRoot?: Uint8Array | undefined } = {},
  ) =>
    verifyKeyless({
      bundleJson: changes.bundle ?? JSON.parse(text),
      identity: changes.identity ?? IDENTITY,
      issuer: changes.issuer ?? ISSUER,
      trustedRoot: changes.trustedRoot,
    });
  const changed = (change: (bundle: KeylessBundle, entry: LogEntry) => void): KeylessBundle => {
    const bundle: KeylessBundle = JSON.parse(text);
    change(bundle, bundle.verificationMaterial.tlogEntries[0] ?? { canonicalizedBody: '', integratedTime: '' });
    return bundle;
  };

  describe('a keyless bundle', () => {
    afterEach(() => vi.restoreAllMocks());

    test('passes for its identity and issuer, and opens no connection', async () => {
      const connect = vi.spyOn(net.Socket.prototype, 'connect');

      expect(await verify()).toEqual({
        outcome: 'pass',
        message: `signed by "${IDENTITY}", as "${ISSUER}" says`,
        identity: IDENTITY,
        issuer: ISSUER,
        integratedTime: new Date('2025-10-10T02:12:20Z'),
      });
      expect(connect).not.toHaveBeenCalled();
    });

    test('passes under the same root given as a file, bare or in a ClientTrustConfig', async () => {
      const config = JSON.stringify({
        mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
        trustedRoot: JSON.parse(embedded),
        signingConfig: {},
      });

      expect((await verify({ trustedRoot: Buffer.from(embedded) })).outcome).toBe('pass');
      expect((await verify({ trustedRoot: Buffer.from(config) })).outcome).toBe('pass');
    });

    test.each([
      ['a pattern that matches everything', '.*'],
      ['a dot that is a pattern', 'stefanb@us.ibm.com'.replace('.', '?')],
      ['a pattern where the address has a dot', 'stefanb@us\\.ibm\\.com'],
      ['a part of the address', 'ibm.com'],
      ['the beginning of the address', 'stefanb@us.ibm.co'],
      ['an address that contains it', `x${IDENTITY}`],
      ['other capitals', IDENTITY.toUpperCase()],
      ['an anchored pattern', `^${IDENTITY}$`],
      ['nothing', ''],
    ])('fails for %s, and says who signed', async (_what, identity) => {
      expect(await verify({ identity })).toMatchObject({ outcome: 'fail', identity: IDENTITY, issuer: ISSUER });
    });

    test.each([`${ISSUER}/`, 'https://accounts.google.com', 'https://sigstore.verify.ibm.com', ''])(
      'fails for the issuer %j',
      async (issuer) => {
        expect(await verify({ issuer })).toMatchObject({ outcome: 'fail', issuer: ISSUER });
      },
    );

    test('fails under a trusted root without its certificate authority or its log', async () => {
      const root: TrustedRootJson = JSON.parse(embedded);
      const under = (changes: object) => verify({ trustedRoot: Buffer.from(JSON.stringify({ ...root, ...changes })) });

      // Each of the lists holds several entries; without the one that counts, the others do not help.
      const verdicts = [
        await under({ certificateAuthorities: root.certificateAuthorities.slice(0, 1) }),
        await under({ tlogs: root.tlogs.filter((log) => log.baseUrl !== 'https://rekor.sigstore.dev') }),
        await under({ ctlogs: [] }),
      ];

      for (const verdict of verdicts) expect(verdict).toMatchObject({ outcome: 'fail' });
      for (const verdict of verdicts) expect(verdict.identity).toBeUndefined();
    });

    const flip = (base64: string): string => {
      const bytes = Buffer.from(base64, 'base64');
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes.toString('base64');
    };
    test.each<[string, Parameters<typeof changed>[0]]>([
      ['payload', ({ dsseEnvelope: envelope }) => void (envelope.payload = flip(envelope.payload))],
      ['payload type', ({ dsseEnvelope: envelope }) => void (envelope.payloadType = 'application/json')],
      [
        'signature',
        ({ dsseEnvelope: envelope }) =>
          void (envelope.signatures = envelope.signatures.map(({ sig }) => ({ sig: flip(sig) }))),
      ],
      ['log entry', (_bundle, entry) => void (entry.canonicalizedBody = flip(entry.canonicalizedBody))],
      ['log time', (_bundle, entry) => void (entry.integratedTime = '1760062341')],
      ['list of log entries', ({ verificationMaterial: material }) => void (material.tlogEntries = [])],
    ])('fails when its %s is changed', async (_what, change) => {
      expect(await verify({ bundle: changed(change) })).toMatchObject({ outcome: 'fail' });
    });

    test('is malformed without its certificate or envelope, or with one that is none', async () => {
      const { verificationMaterial, dsseEnvelope, ...rest } = changed(() => undefined);
      const { certificate: _certificate, ...material } = verificationMaterial;
      const damaged = { ...material, certificate: { rawBytes: 'AAAA' } };
      const malformed = [
        { ...rest, dsseEnvelope },
        { ...rest, verificationMaterial },
        { ...rest, dsseEnvelope, verificationMaterial: material },
        { ...rest, dsseEnvelope, verificationMaterial: damaged },
        { ...rest, dsseEnvelope, verificationMaterial: 7 },
        {},
        [],
        'text',
        7,
      ];

      for (const bundle of malformed) expect(await codeOf(() => verify({ bundle }))).toBe('BUNDLE_INVALID');
    });

    test('is not replaced by a key bundle or a certificate bundle', async () => {
      for (const name of ['valid/key.bundle.json', 'valid/certificate.bundle.json']) {
        expect(await codeOf(() => verify({ bundle: JSON.parse(file(name)) }))).toBe('BUNDLE_INVALID');
      }
    });

    test.each([
      ['no JSON', 'x'],
      ['an array', '[]'],
      ['an empty object', '{}'],
      ['a root without logs', '{"certificateAuthorities":[{}],"tlogs":[]}'],
      ['entries of a wrong type', '{"certificateAuthorities":[7],"tlogs":[7]}'],
      ['a log without a key', embedded.replace(/"publicKey": \{/, '"publicKeys": {')],
      ['a key that is none', embedded.replace(/"rawBytes": "MFkw/, '"rawBytes": "AFkw')],
      ['a duplicate member', '{"tlogs":[],"tlogs":[]}'],
    ])('a trusted root that is %s is malformed', async (_what, root) => {
      expect(await codeOf(() => verify({ trustedRoot: Buffer.from(root) }))).toBe('TRUSTED_ROOT_INVALID');
    });

    test('a trusted root beyond four megabytes is not read', async () => {
      expect(await codeOf(() => verify({ trustedRoot: Buffer.alloc(4 * 1024 * 1024 + 1, ' ') }))).toBe('TOO_LARGE');
    });
  });
});
