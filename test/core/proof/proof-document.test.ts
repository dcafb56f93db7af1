import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/core/bytes/index.ts';
import { type Proof, parseProof, writeProof } from '../../../src/core/proof/index.ts';
import { check, coded, fourRecords, lineOf, open, text } from './support.ts';

let proof: Proof;
let line: string;

beforeAll(async () => {
  [proof] = (await fourRecords()).proofs as [Proof];
  line = lineOf(proof).trimEnd();
});

const parse = (input: string | Uint8Array): Proof => parseProof(typeof input === 'string' ? text(input) : input);
const changed = (change: object): string => canonicalJson({ ...proof, ...change });

test('a proof is read as it was written', () => {
  expect(parse(writeProof(proof).subarray(0, -1))).toEqual(proof);
});

describe('a proof has one spelling', () => {
  test.each([
    ['a blank', (s: string) => s.replace('"index":', '"index": ')],
    ['a blank at the end', (s: string) => `${s} `],
    ['a carriage return at the end', (s: string) => `${s}\r`],
    ['a line feed in the middle', (s: string) => s.replace('"kind"', '\n"kind"')],
    ['another order of members', (s: string) => s.replace('{"index":0,', '{').replace(/\}$/, ',"index":0}')],
    ['an escape that need not be', (s: string) => s.replace('"record"', '"\\u0072ecord"')],
    ['an escaped solidus', (s: string) => s.replace('https://w3id', 'https:\\/\\/w3id')],
  ])('and %s makes it malformed', (_, change) => {
    expect(change(line)).not.toBe(line);
    expect(() => parse(change(line))).toThrow(coded('PROOF_INVALID'));
  });

  test.each([
    ['a duplicate member', (s: string) => s.replace('"index":0,', '"index":0,"index":0,')],
    ['a byte order mark', (s: string) => `\ufeff${s}`],
    ['a number with a point', (s: string) => s.replace('"index":0', '"index":0.0')],
    ['a number with an exponent', (s: string) => s.replace('"index":0', '"index":0e0')],
    ['a number with a leading zero', (s: string) => s.replace('"index":0', '"index":00')],
    ['a number with a sign', (s: string) => s.replace('"index":0', '"index":+0')],
    ['minus zero', (s: string) => s.replace('"index":0', '"index":-0')],
    ['a number beyond 2^53', (s: string) => s.replace('"index":0', '"index":9007199254740993')],
    ['__proto__', (s: string) => s.replace('"index":0', '"__proto__":{},"index":0')],
    ['a second document', (s: string) => s + s],
    ['half of it', (s: string) => s.slice(0, s.length / 2)],
    ['nothing', () => ''],
  ])('and %s is refused', (_, change) => {
    expect(() => parse(change(line))).toThrow(expect.objectContaining({ errorClass: 'malformed' }));
  });

  test.each([
    ['an object of another kind', '{"kind":"checkpoint"}'],
    ['a record of predictions', '{"y":1,"y_hat":1}'],
    ['a list', '[]'],
  ])('and %s is told from a proof by a sentence that says what is one', (_, text) => {
    expect(() => parse(text)).toThrow(/^expected a proof of the kind record, salted-record, file or tensor/);
  });

  test('and neither a text in base64 nor other bytes as text', () => {
    expect(() => parse(changed({ leaf: { base64: 'YQ==' } }))).toThrow(coded('PROOF_INVALID'));
    expect(() => parse(changed({ leaf: { base64: '_w==' } }))).toThrow(coded('PROOF_INVALID'));
    expect(() => parse(changed({ leaf: { base64: '/w' } }))).toThrow(coded('PROOF_INVALID'));
    expect(() => parse(changed({ leaf: { base64: '/x==' } }))).toThrow(coded('PROOF_INVALID'));
    expect(() => parse(changed({ leaf: { text: '\ufeffa' } }))).toThrow(coded('PROOF_INVALID'));
    expect(parse(changed({ leaf: { base64: '/w==' } })).leaf).toEqual({ base64: '/w==' });
  });
});

describe('a proof is malformed', () => {
  test.each<[string, object]>([
    ['of another version', { type: 'https://w3id.org/stemma/proof/v2' }],
    ['of another kind', { kind: 'segment' }],
    ['with a negative position', { index: -1 }],
    ['with a position in words', { index: '0' }],
    ['with a sibling of 31 bytes', { path: ['ab'.repeat(31)] }],
    ['with a sibling of 33 bytes', { path: ['ab'.repeat(33)] }],
    ['with an empty sibling', { path: [''] }],
    ['with a sibling in upper case', { path: ['AB'.repeat(32)] }],
    ['with a path of 65', { path: Array.from({ length: 65 }, () => 'ab'.repeat(32)) }],
    ['with a size of its own', { size: 4 }],
    ['with a root of its own', { root: 'ab'.repeat(32) }],
    ['with a salt on a plain record', { leaf: { text: 'a', salt: '00'.repeat(16) } }],
    ['with text and base64', { leaf: { text: 'a', base64: '/w==' } }],
    ['with neither', { leaf: {} }],
    ['with a salt of 15 bytes', { kind: 'salted-record', leaf: { text: 'a', salt: '00'.repeat(15) } }],
    ['without a salt', { kind: 'salted-record', leaf: { text: 'a' } }],
    ['with two trees', { tree: { log: 0, file: 'a' } }],
    [
      'with a salted file under a plain record',
      { tree: { file: 'a', records: 1, root: 'ab'.repeat(32), index: 0, path: [] } },
    ],
    [
      'with a plain file under a salted record',
      { kind: 'salted-record', tree: { file: 'a' }, leaf: { text: 'a', salt: '00'.repeat(16) } },
    ],
    ['with a tree by a path that leaves the dataset', { tree: { file: '../a' } }],
    ['with the members of another kind', { kind: 'file' }],
    ['without a statement', { statement: '' }],
    ['with a statement as an object', { statement: {} }],
    [
      'with a shape that is no list',
      {
        kind: 'tensor',
        tree: { set: '' },
        leaf: { name: 'a', dtype: 'F32', shape: 1, length: 4, root: 'ab'.repeat(32) },
      },
    ],
    [
      'with a dtype of 256 bytes',
      {
        kind: 'tensor',
        tree: { set: '' },
        leaf: { name: 'a', dtype: 'x'.repeat(256), shape: [1], length: 4, root: 'ab'.repeat(32) },
      },
    ],
  ])('%s', (_, change) => {
    expect(() => parse(changed(change))).toThrow(coded('PROOF_INVALID'));
  });

  test('nested deeper than any proof', () => {
    expect(() => parse(`{"index":${'['.repeat(5_000_000)}`)).toThrow(coded('JSON_INVALID'));
  });

  test('larger than any proof, before it is parsed', () => {
    expect(() => parse(new Uint8Array(64 * 1024 * 1024 + 1))).toThrow(coded('TOO_LARGE'));
  });

  test('with more values than any proof', () => {
    expect(() => parse(`{"path":[${'0,'.repeat(2000)}0]}`)).toThrow(coded('TOO_LARGE'));
  });

  test('as a list or a word', () => {
    for (const json of ['[]', 'null', '"proof"', '1', 'true'])
      expect(() => parse(json)).toThrow(coded('PROOF_INVALID'));
  });
});

describe('a proof file', () => {
  test.each([
    ['is empty', ''],
    ['has no last line feed', () => line],
  ])('that %s is refused: an empty selection shows nothing (attack row 38)', async (_, content) => {
    await expect(check(typeof content === 'string' ? content : content())).rejects.toThrow(coded('PROOF_INVALID'));
  });

  test.each([
    ['an empty line', () => `${line}\n\n`],
    ['an empty first line', () => `\n${line}\n`],
    ['carriage returns', () => `${line}\r\n`],
  ])('with %s has a proof that cannot be read', async (_, content) => {
    const report = await check(content());

    expect([report.result, open(report)]).toEqual(['malformed', ['collect.proof error']]);
  });

  test('with more than 10,000 lines is refused', async () => {
    await expect(check('\n'.repeat(10_001))).rejects.toThrow(coded('TOO_LARGE'));
  });
});
