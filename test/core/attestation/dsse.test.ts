import { describe, expect, it } from 'vitest';
import { pae, parseEnvelope } from '../../../src/core/attestation/index.ts';
import { isJsonObject } from '../../../src/core/attestation/json-fields.ts';
import { parseJson } from '../../../src/core/bytes/index.ts';
import { base64, codeOf, pointerOf } from './support.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const payload = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

const GOOD = { payload: base64('{}'), payloadType: 'application/x', signatures: [{ sig: base64('sig'), keyid: 'k' }] };
const parse = (value: unknown) => {
  const json = parseJson(JSON.stringify(value), { maxBytes: 1e8, what: 'envelope' });
  return isJsonObject(json) ? parseEnvelope(json) : expect.fail('expected an object');
};

describe('the pre-authentication encoding', () => {
  it('equals the vector of the DSSE specification', () => {
    expect(text(pae('http://example.com/HelloWorld', payload('hello world')))).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });

  it('counts bytes, not characters', () => {
    expect(text(pae('ü', payload('€')))).toBe('DSSEv1 2 ü 3 €');
  });

  it('encodes an empty payload', () => {
    expect(text(pae('t', payload('')))).toBe('DSSEv1 1 t 0 ');
  });

  it('tells apart inputs whose plain concatenation is equal, so that a signature cannot move to another payload type', () => {
    expect(text(pae('a', payload('b c')))).not.toBe(text(pae('a 3 b', payload('c'))));
    expect(text(pae('application/a', payload('b')))).not.toBe(text(pae('application/', payload('ab'))));
  });

  it('copies bytes that are not UTF-8 unchanged', () => {
    expect([...pae('t', Uint8Array.of(0xff, 0x00)).subarray(-2)]).toEqual([0xff, 0x00]);
  });
});

describe('reading an envelope', () => {
  it('decodes payload and signatures', () => {
    const envelope = parse(GOOD);
    expect(envelope.payloadType).toBe('application/x');
    expect(text(envelope.payload)).toBe('{}');
    expect(text(envelope.signatures[0]?.sig ?? Uint8Array.of())).toBe('sig');
    expect(envelope.signatures[0]?.keyid).toBe('k');
  });

  it('reads the URL-safe alphabet and the standard one alike', () => {
    const bytes = (sig: string) => [...(parse({ ...GOOD, signatures: [{ sig }] }).signatures[0]?.sig ?? [])];
    expect(bytes('-_-_')).toEqual([0xfb, 0xff, 0xbf]);
    expect(bytes('+/+/')).toEqual(bytes('-_-_'));
  });

  it.each([
    ['absent', {}],
    ['null', { keyid: null }],
    ['empty', { keyid: '' }],
  ])('reads a key id that is %s as none', (_, keyid) => {
    expect(parse({ ...GOOD, signatures: [{ sig: 'AAAA', ...keyid }] }).signatures[0]?.keyid).toBeUndefined();
  });

  it('accepts 16 and 32 signatures and ignores unknown members', () => {
    for (const count of [16, 32]) {
      const signatures = Array.from({ length: count }, () => ({ sig: 'AAAA', cert: 'x' }));
      expect(parse({ ...GOOD, signatures, extra: 1 }).signatures).toHaveLength(count);
    }
  });

  it.each<[string, unknown]>([
    ['no payload', { ...GOOD, payload: undefined }],
    ['a payload that is a number', { ...GOOD, payload: 1 }],
    ['white space in base64', { ...GOOD, payload: 'AA AA' }],
    ['a line break in base64', { ...GOOD, payload: 'AAAA\n' }],
    ['junk in base64', { ...GOOD, payload: 'AAA!' }],
    ['wrong padding', { ...GOOD, payload: 'AAAAA=' }],
    ['non-zero trailing bits', { ...GOOD, payload: 'AB==' }],
    ['mixed alphabets', { ...GOOD, payload: '+_AA' }],
    ['no payload type', { ...GOOD, payloadType: undefined }],
    ['an empty payload type', { ...GOOD, payloadType: '' }],
    ['a payload type of 2,000 characters', { ...GOOD, payloadType: 'x'.repeat(2000) }],
    ['no signatures', { ...GOOD, signatures: undefined }],
    ['an empty list of signatures', { ...GOOD, signatures: [] }],
    ['33 signatures', { ...GOOD, signatures: Array.from({ length: 33 }, () => ({ sig: 'AAAA' })) }],
    ['10,000 signatures', { ...GOOD, signatures: Array.from({ length: 10_000 }, () => ({ sig: 'AAAA' })) }],
    ['an object for the list of signatures', { ...GOOD, signatures: { 0: { sig: 'AAAA' } } }],
    ['a string for a signature', { ...GOOD, signatures: ['AAAA'] }],
    ['an empty signature', { ...GOOD, signatures: [{ sig: '' }] }],
    ['a signature of 100 kB', { ...GOOD, signatures: [{ sig: 'A'.repeat(136_000) }] }],
    ['a key id that is a number', { ...GOOD, signatures: [{ sig: 'AAAA', keyid: 7 }] }],
  ])('refuses %s', (_, value) => {
    expect(codeOf(() => parse(value))).toBe('ENVELOPE_INVALID');
  });

  it('names the JSON pointer of what is wrong', () => {
    expect(pointerOf(() => parse({ ...GOOD, signatures: [{ sig: 'AAAA' }, { sig: '!' }] }))).toBe('/signatures/1/sig');
  });
});
