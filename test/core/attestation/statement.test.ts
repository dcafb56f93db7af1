import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { buildStatement, parseStatement } from '../../../src/core/attestation/index.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { codeOf, envelopeOf, type Place, pointerOf, sha256Hex, statementOf, withMember } from './support.ts';

const DIGEST = sha256Hex('x');
const GOOD = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'm', digest: { sha256: DIGEST } }],
  predicateType: 'https://example.com/p/v1',
  predicate: { a: 1 },
};
const changed = (where: Place, member: unknown) => () => statementOf(withMember(GOOD, where, member));

describe('reading a statement', () => {
  it('returns subjects, predicate and the bytes that were signed', () => {
    const payload = encodeUtf8(JSON.stringify(GOOD));
    const statement = parseStatement(envelopeOf(payload));
    expect(statement).toEqual({
      subject: GOOD.subject,
      predicateType: GOOD.predicateType,
      predicate: { a: 1 },
      payload,
    });
  });

  it('gives the predicate of a large statement again where it was not kept in memory', async () => {
    const predicate = { a: 1, long: 'x'.repeat(2 ** 20) };
    const statement = statementOf({ ...GOOD, predicate });
    const first = new WeakRef(statement.predicate ?? {});
    expect(first.deref()).toEqual(predicate);

    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    // A weak reference holds until the turn in which it was read is over.
    await setTimeout(1);
    collectGarbage();

    expect(first.deref()).toBeUndefined();
    expect(statement.predicate).toEqual(predicate);
  });

  it('reads a subject without a name, a missing predicate and unknown members', () => {
    const statement = statementOf({
      ...GOOD,
      subject: [{ digest: { sha256: DIGEST }, downloadLocation: 'x' }],
      predicate: undefined,
      x: 1,
    });
    expect(statement.subject).toEqual([{ name: undefined, digest: { sha256: DIGEST } }]);
    expect(statement.predicate).toBeUndefined();
  });

  it('keeps annotations and unknown algorithms, since two sets must agree on every key they share', () => {
    const subject = [
      { digest: { md5: 'd41d8cd98f00b204e9800998ecf8427e', newHash: 'ab' }, annotations: { ignored: ['x'] } },
    ];
    expect(statementOf({ ...GOOD, subject }).subject).toEqual([{ name: undefined, ...subject[0] }]);
  });

  it('reads 10,000 subjects', () => {
    const subject = Array.from({ length: 10_000 }, (_, i) => ({ name: `f${i}`, digest: { sha256: DIGEST } }));
    expect(statementOf({ ...GOOD, subject }).subject).toHaveLength(10_000);
  });

  it.each<[string, () => unknown]>([
    ['an array', () => statementOf([])],
    ['no type', changed(['_type'], undefined)],
    ['version 0.1', changed(['_type'], 'https://in-toto.io/Statement/v0.1')],
    ['a type with a trailing slash', changed(['_type'], 'https://in-toto.io/Statement/v1/')],
    ['no predicate type', changed(['predicateType'], undefined)],
    ['an empty predicate type', changed(['predicateType'], '')],
    ['a predicate type of 2,000 characters', changed(['predicateType'], 'x'.repeat(2000))],
    ['a predicate that is an array', changed(['predicate'], [])],
    ['a predicate that is a string', changed(['predicate'], 'x')],
    ['no subject', changed(['subject'], undefined)],
    ['zero subjects', changed(['subject'], [])],
    ['an object for the subjects', changed(['subject'], { 0: GOOD.subject[0] })],
    ['a subject that is a string', changed(['subject'], ['m'])],
    ['a subject without a digest', changed(['subject', 0, 'digest'], undefined)],
    ['a subject whose name is a number', changed(['subject', 0, 'name'], 1)],
    ['annotations that are a list', changed(['subject', 0, 'annotations'], [])],
  ])('refuses %s', (_, call) => {
    expect(codeOf(call)).toBe('STATEMENT_INVALID');
  });

  it.each<[string, unknown]>([
    ['an empty digest set', {}],
    ['upper-case hex', { sha256: DIGEST.toUpperCase() }],
    ['a digest that is too short', { sha256: DIGEST.slice(2) }],
    ['odd length', { other: 'abc' }],
    ['a prefix', { sha256: `sha256:${DIGEST}` }],
    ['a number', { sha256: 1 }],
  ])('refuses a subject with %s', (_, digest) => {
    expect(codeOf(changed(['subject', 0, 'digest'], digest))).toBe('DIGEST_SET_INVALID');
  });

  it.each<[string, string]>([
    ['a subject twice', JSON.stringify(GOOD).replace('"predicateType"', '"subject":[],"predicateType"')],
    ['trailing garbage', `${JSON.stringify(GOOD)}{}`],
    ['__proto__ inside the predicate', JSON.stringify(GOOD).replace('{"a":1}', '{"__proto__":{"a":1}}')],
    ['an integer beyond 2^53', JSON.stringify(GOOD).replace('"a":1', '"a":9007199254740993')],
    ['negative zero', JSON.stringify(GOOD).replace('"a":1', '"a":-0')],
    ['nesting beyond 64', JSON.stringify(GOOD).replace('"a":1', `"a":${'['.repeat(80)}${']'.repeat(80)}`)],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => statementOf(text))).toBe('JSON_INVALID');
  });

  it('refuses another payload type, an empty payload and invalid UTF-8', () => {
    const payload = encodeUtf8(JSON.stringify(GOOD));
    expect(codeOf(() => parseStatement({ ...envelopeOf(payload), payloadType: 'text/plain' }))).toBe(
      'STATEMENT_INVALID',
    );
    expect(codeOf(() => parseStatement(envelopeOf(new Uint8Array())))).toBe('JSON_INVALID');
    expect(codeOf(() => parseStatement(envelopeOf(Uint8Array.of(0xc0, 0x80))))).toBe('ENCODING_INVALID');
  });

  it('refuses half a million subjects', () => {
    const text = JSON.stringify(GOOD).replace(
      /"subject":\[.*?\]/,
      `"subject":[${'{"digest":{"a":"00"}},'.repeat(499_999)}{"digest":{"a":"00"}}]`,
    );
    expect(codeOf(() => statementOf(text))).toBe('STATEMENT_INVALID');
  });

  it('names the subject that is wrong', () => {
    expect(pointerOf(changed(['subject', 1], { name: 'n' }))).toBe('/subject/1/digest');
  });
});

describe('building a statement', () => {
  it('writes compact JSON in fixed order with sorted digests', () => {
    const payload = buildStatement({ name: 'm', digest: { stemmaFileTreeV1: DIGEST, sha256: DIGEST } }, 't', { b: 1 });
    expect(decodeUtf8(payload)).toBe(
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m","digest":{"sha256":"${DIGEST}","stemmaFileTreeV1":"${DIGEST}"}}],"predicateType":"t","predicate":{"b":1}}`,
    );
  });

  it('refuses to sign a digest that no reader accepts', () => {
    expect(codeOf(() => buildStatement({ name: 'm', digest: { sha256: 'AB' } }, 't', {}))).toBe('DIGEST_SET_INVALID');
    expect(codeOf(() => buildStatement({ name: 'm', digest: {} }, 't', {}))).toBe('DIGEST_SET_INVALID');
  });
});
