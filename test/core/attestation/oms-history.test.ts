import { describe, expect, it } from 'vitest';
import { legacyPae, OMS_LEGACY_PREDICATE_TYPE, parseOms } from '../../../src/core/attestation/index.ts';
import { pythonBytesRepr } from '../../../src/core/attestation/oms-history.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { codeOf, type Place, sha256, sha256Hex, statementOf, withMember } from './support.ts';

const repr = (bytes: Uint8Array | string): string =>
  decodeUtf8(pythonBytesRepr(typeof bytes === 'string' ? encodeUtf8(bytes) : bytes));

describe('the encoding that model_signing v0.2.0 signed', () => {
  it.each([
    ['plain text', 'abc', "b'abc'"],
    ['nothing', '', "b''"],
    ['JSON with line breaks', '{\n  "a": 1\n}', `b'{\\n  "a": 1\\n}'`],
    ['tab and carriage return', '\t\r', "b'\\t\\r'"],
    ['a backslash', 'a\\b', "b'a\\\\b'"],
    ['single quotes alone, which switch the quote', "it's", `b"it's"`],
    ['both quotes', `'"`, `b'\\'"'`],
    ['double quotes alone', '"', `b'"'`],
    ['UTF-8', 'ü', "b'\\xc3\\xbc'"],
  ])('spells %s as Python does', (_, text, expected) => {
    expect(repr(text)).toBe(expected);
  });

  it('escapes every other byte as two lower-case hex digits', () => {
    expect(repr(Uint8Array.of(0x00, 0x1f, 0x20, 0x7e, 0x7f, 0xff))).toBe("b'\\x00\\x1f ~\\x7f\\xff'");
  });

  it('counts the payload, not its spelling', () => {
    expect(decodeUtf8(legacyPae('t', encodeUtf8('ü\n')))).toBe("DSSEV1 1 t 3 b'\\xc3\\xbc\\n'");
  });
});

const GOOD = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [
    { name: 'signme-1', digest: { sha256: sha256Hex('1') }, annotations: { actual_hash_algorithm: 'file-sha256' } },
    { name: 'signme-2', digest: { sha256: sha256Hex('2') } },
  ],
  predicateType: OMS_LEGACY_PREDICATE_TYPE,
  predicate: { unused: 'x' },
};
const parse = (json: unknown) => parseOms(statementOf(json), sha256);
const changed = (where: Place, member: unknown) => () => parse(withMember(GOOD, where, member));

describe('reading a statement of model_signing v0.2.0', () => {
  it('takes the subjects for the files', () => {
    const { resources, ...rest } = parse(GOOD);
    expect([...resources]).toEqual([
      { name: 'signme-1', hash: 'sha256', digest: sha256('1') },
      { name: 'signme-2', hash: 'sha256', digest: sha256('2') },
    ]);
    expect(rest).toEqual({
      subjectName: undefined,
      recordedRoot: sha256Hex(Buffer.concat([sha256('1'), sha256('2')])),
      method: 'files',
      allowSymlinks: false,
      ignorePaths: [],
      singleFile: false,
      notes: ['written by model_signing v0.2, which records neither the model name nor the ignored paths'],
    });
  });

  it.each<[string, () => unknown]>([
    ['a file without a name', changed(['subject', 0, 'name'], undefined)],
    ['an escaping name', changed(['subject', 0, 'name'], '../signme-1')],
    ['an absolute name', changed(['subject', 0, 'name'], '/signme-1')],
    ['a name listed twice', changed(['subject', 0, 'name'], 'signme-2')],
    ['another digest', changed(['subject', 0, 'digest'], { sha512: 'ab'.repeat(64) })],
    ['a digest of shards', changed(['subject', 0, 'annotations'], { actual_hash_algorithm: 'file-sha256-sharded-8' })],
    ['an annotation that is a number', changed(['subject', 0, 'annotations'], { actual_hash_algorithm: 1 })],
  ])('refuses %s', (_, call) => {
    expect(codeOf(call)).toBe('OMS_INVALID');
  });
});
