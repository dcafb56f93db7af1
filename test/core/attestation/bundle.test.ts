import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  buildOmsStatement,
  MAX_BUNDLE_BYTES,
  pae,
  parseBundle,
  writeBundle,
} from '../../../src/core/attestation/index.ts';
import { encodeUtf8, hexEncode } from '../../../src/core/bytes/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { base64, codeOf, type Place, readJsonObject, sha256, withMember } from './support.ts';

const payload = buildOmsStatement(
  { subjectName: 'm', files: [{ path: 'a', sha256: sha256('a') }], ignorePaths: [], allowSymlinks: false },
  sha256,
);
const hint = hexEncode(sha256('key'));
const keyBundle = writeBundle({ payload, signature: Uint8Array.of(1, 2, 3), hint });
const GOOD: object = parseBundle(keyBundle, 'model.sig').json;
const parse = (value: unknown) => parseBundle(JSON.stringify(value), 'model.sig');
const changed = (where: Place, member: unknown) => () => parse(withMember(GOOD, where, member));
const material = (member: unknown) => changed(['verificationMaterial'], member);

describe('writing a bundle', () => {
  it('has exactly the members of OMS v1.0 in the documented order, on one line', () => {
    expect(keyBundle).toBe(
      `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"${hint}"},"tlogEntries":[]},` +
        `"dsseEnvelope":{"payload":"${Buffer.from(payload).toString('base64')}","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AQID","keyid":""}]}}`,
    );
  });

  it('is read back as it was written', () => {
    const bundle = parseBundle(keyBundle, 'model.sig');
    expect(bundle.material).toEqual({ kind: 'publicKey', hint });
    expect(bundle.mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
    expect(bundle.envelope).toEqual({
      payloadType: 'application/vnd.in-toto+json',
      payload,
      signatures: [{ sig: Uint8Array.of(1, 2, 3), keyid: undefined }],
    });
    expect(bundle.json).toEqual(JSON.parse(keyBundle));
  });

  it('writes a certificate chain, leaf first', () => {
    const text = writeBundle({
      payload,
      signature: Uint8Array.of(1),
      certificates: [Uint8Array.of(7), Uint8Array.of(8)],
    });
    expect(parseBundle(text, 'b').material).toEqual({
      kind: 'certificateChain',
      chain: [Uint8Array.of(7), Uint8Array.of(8)],
      tlogEntries: 0,
    });
  });
});

describe('reading a bundle', () => {
  it('reads a bare DSSE envelope with several signatures', () => {
    const bare = { payload: base64('{}'), payloadType: 'x', signatures: [{ sig: 'AAAA' }, { sig: 'AAAB' }] };
    const bundle = parse(bare);
    expect(bundle.material).toEqual({ kind: 'none' });
    expect(bundle.envelope.signatures).toHaveLength(2);
    expect(bundle.mediaType).toBeUndefined();
  });

  it.each([
    'application/vnd.dev.sigstore.bundle+json;version=0.1',
    'application/vnd.dev.sigstore.bundle+json;version=0.2',
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
  ])('reads the media type %s', (mediaType) => {
    expect(changed(['mediaType'], mediaType)().mediaType).toBe(mediaType);
  });

  it('reads what producers before model_signing 1.1.0 wrote: the PEM text of the key, a null key id, no log entries', () => {
    const pem = '-----BEGIN PUBLIC KEY-----\n';
    const old = withMember(GOOD, ['verificationMaterial'], {
      publicKey: { rawBytes: base64(pem), keyDetails: 'PKIX_ECDSA_P384_SHA_384' },
    });
    const bundle = parse(withMember(old, ['dsseEnvelope', 'signatures', 0, 'keyid'], null));
    expect(bundle.material).toEqual({ kind: 'publicKey', hint: undefined, rawKeyPem: encodeUtf8(pem) });
  });

  it('reads a key without a hint, which is a hint only', () => {
    expect(material({ publicKey: {} })().material).toEqual({ kind: 'publicKey', hint: undefined });
    expect(material({ publicKey: { hint: '' } })().material).toEqual({ kind: 'publicKey', hint: undefined });
  });

  it('ignores unknown members and acts on none', () => {
    expect(parse({ ...GOOD, model: { trusted: true } }).material).toEqual({ kind: 'publicKey', hint });
  });

  it('keeps the number of log entries beside a certificate', () => {
    expect(material({ certificate: { rawBytes: 'AAAA' }, tlogEntries: [{}, {}] })().material).toEqual({
      kind: 'certificate',
      certificate: Uint8Array.of(0, 0, 0),
      tlogEntries: 2,
    });
  });

  it.each<[string, () => unknown]>([
    ['an array', () => parse([])],
    ['a string', () => parse('x')],
    ['null', () => parse(null)],
    ['an object that is neither a bundle nor an envelope', () => parse({ a: 1 })],
    ['a bundle that is also a bare envelope', () => parse({ ...GOOD, payload: 'AAAA' })],
    ['no media type', changed(['mediaType'], undefined)],
    ['an unknown media type', changed(['mediaType'], 'application/vnd.dev.sigstore.bundle.v0.4+json')],
    ['a media type with a suffix', changed(['mediaType'], 'application/vnd.dev.sigstore.bundle.v0.3+json;x')],
    ['no verification material', changed(['verificationMaterial'], undefined)],
    ['empty verification material', material({})],
    [
      'a key and a certificate at once',
      material({ publicKey: { hint }, certificate: { rawBytes: 'AAAA' }, tlogEntries: [{}] }),
    ],
    [
      'a key and a chain at once',
      material({ publicKey: { hint }, x509CertificateChain: { certificates: [{ rawBytes: 'AAAA' }] } }),
    ],
    ['a hint that is a number', material({ publicKey: { hint: 1 } })],
    ['a hint of 2,000 characters', material({ publicKey: { hint: 'a'.repeat(2000) } })],
    ['raw key bytes that are not base64', material({ publicKey: { rawBytes: '-----BEGIN' } })],
    ['an empty chain', material({ x509CertificateChain: { certificates: [] } })],
    ['a chain without its list', material({ x509CertificateChain: {} })],
    ['an empty certificate', material({ x509CertificateChain: { certificates: [{ rawBytes: '' }] } })],
    [
      '33 certificates',
      material({ x509CertificateChain: { certificates: Array.from({ length: 33 }, () => ({ rawBytes: 'AAAA' })) } }),
    ],
    [
      'a certificate of 100 kB',
      material({ x509CertificateChain: { certificates: [{ rawBytes: 'A'.repeat(136_000) }] } }),
    ],
    ['a keyless certificate without a log entry', material({ certificate: { rawBytes: 'AAAA' }, tlogEntries: [] })],
    [
      '33 log entries',
      material({ certificate: { rawBytes: 'AAAA' }, tlogEntries: Array.from({ length: 33 }, () => ({})) }),
    ],
    ['log entries that are no objects', material({ publicKey: { hint }, tlogEntries: [1] })],
    ['no envelope', changed(['dsseEnvelope'], undefined)],
    ['an envelope that is a string', changed(['dsseEnvelope'], 'AAAA')],
    ['a message signature', () => parse({ ...GOOD, messageSignature: {} })],
    ['two signatures', changed(['dsseEnvelope', 'signatures'], [{ sig: 'AAAA' }, { sig: 'AAAA' }])],
  ])('refuses %s', (_, call) => {
    expect(codeOf(call)).toBe('BUNDLE_INVALID');
  });

  it('passes on what is wrong with the envelope', () => {
    expect(codeOf(changed(['dsseEnvelope', 'signatures'], []))).toBe('ENVELOPE_INVALID');
    expect(codeOf(changed(['dsseEnvelope', 'payload'], 'AB=='))).toBe('ENVELOPE_INVALID');
  });
});

describe('hostile JSON around a bundle', () => {
  const text = keyBundle;
  it.each<[string, string | Uint8Array, string]>([
    ['an empty file', '', 'JSON_INVALID'],
    ['a member twice', text.replace('"dsseEnvelope":', '"mediaType":"x","dsseEnvelope":'), 'JSON_INVALID'],
    ['the payload twice', text.replace('"payload":', '"payload":"AAAA","payload":'), 'JSON_INVALID'],
    ['__proto__ as a member', text.replace('{"mediaType"', '{"__proto__":{"polluted":1},"mediaType"'), 'JSON_INVALID'],
    ['trailing garbage', `${text}x`, 'JSON_INVALID'],
    ['two documents', `${text}\n${text}`, 'JSON_INVALID'],
    ['a byte order mark', `\ufeff${text}`, 'JSON_INVALID'],
    ['a byte order mark in bytes', encodeUtf8(`\ufeff${text}`), 'ENCODING_INVALID'],
    ['invalid UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'ENCODING_INVALID'],
    ['a lone surrogate', text.replace('"hint":"', '"hint":"\\ud800'), 'JSON_INVALID'],
    ['an integer beyond 2^53', text.replace('{"mediaType"', '{"n":9007199254740993,"mediaType"'), 'JSON_INVALID'],
    ['a number that overflows', text.replace('{"mediaType"', '{"n":1e400,"mediaType"'), 'JSON_INVALID'],
    ['five million open brackets', '['.repeat(5_000_000), 'JSON_INVALID'],
    ['a NUL byte', `${text}\0`, 'JSON_INVALID'],
    ['more than the size cap', new Uint8Array(MAX_BUNDLE_BYTES + 1), 'TOO_LARGE'],
  ])('refuses %s', (_, input, code) => {
    expect(codeOf(() => parseBundle(input, 'model.sig'))).toBe(code);
  });

  it('reads constructor and toString as ordinary unknown members and leaves Object.prototype alone', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const hostile = text.replace(
      '{"mediaType"',
      '{"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":0,"mediaType"',
    );
    expect(parseBundle(hostile, 'b').material.kind).toBe('publicKey');
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(codeOf(() => parseBundle('{"toString":1,"constructor":2}', 'b'))).toBe('BUNDLE_INVALID');
  });

  it('changes the encoding that is signed when one bit of the payload type or payload changes', () => {
    const { envelope } = parseBundle(keyBundle, 'b');
    const signed = hexEncode(pae(envelope.payloadType, envelope.payload));
    const flipped = envelope.payload.slice();
    flipped[10] = (flipped[10] ?? 0) ^ 1;
    expect(hexEncode(pae(envelope.payloadType, flipped))).not.toBe(signed);
    expect(hexEncode(pae('application/vnd.in-toto+jsoo', envelope.payload))).not.toBe(signed);
  });
});

describeVectors('oms', (dir) => {
  const read = (folder: string) =>
    readdirSync(path.join(dir, 'test-vectors/v1.0', folder)).map((name) => {
      const file = path.join(dir, 'test-vectors/v1.0', folder, name);
      return [name, new Uint8Array(readFileSync(file))] as const;
    });

  it.each(read('valid'))('valid/%s is read as its method', (name, bytes) => {
    const kind = { key: 'publicKey', certificate: 'certificateChain', sigstore: 'certificate' }[
      name.split('.')[0] ?? ''
    ];
    expect(parseBundle(bytes, name).material.kind).toBe(kind);
  });

  it.each(read('invalid'))('invalid/%s is refused', (name, bytes) => {
    expect(codeOf(() => parseBundle(bytes, name))).toBe(name.startsWith('empty') ? 'JSON_INVALID' : 'BUNDLE_INVALID');
  });

  it('what we write validates against the schema of the specification', () => {
    const ajv = new Ajv2020({ strict: false });
    for (const name of ['envelope', 'predicate', 'statement', 'bundle']) {
      ajv.addSchema(readJsonObject(dir, `schemas/v1.0/${name}.schema.json`));
    }
    const validate = ajv.getSchema('https://model_signing/bundle/v1.0/schema');
    const chain = writeBundle({ payload, signature: Uint8Array.of(1), certificates: [Uint8Array.of(7)] });
    for (const text of [keyBundle, chain])
      expect([validate?.(JSON.parse(text)), validate?.errors]).toEqual([true, null]);
    expect(validate?.({ ...GOOD, extra: 1 })).toBe(false);
  });
});

describe('members that nobody reads', () => {
  const bare = (extra: string): string =>
    `{"payloadType":"application/x","payload":"eA==","signatures":[{"sig":"AAAA"}],"x":[${extra}0]}`;

  it('are refused where there are too many to be built', () => {
    expect(parseBundle(bare('[],'.repeat(40_000)), 'a line').envelope.signatures).toHaveLength(1);
    expect(codeOf(() => parseBundle(bare('[],'.repeat(50_000)), 'a line'))).toBe('TOO_LARGE');
  });

  it('are parsed again where they are asked for, not kept', () => {
    const bundle = parseBundle(bare('1,'), 'a line');
    expect(bundle.json['x']).toEqual([1, 0]);
    expect(bundle.json).not.toBe(bundle.json);
  });
});
