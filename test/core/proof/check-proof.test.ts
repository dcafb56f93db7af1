import { beforeAll, describe, expect, test } from 'vitest';
import type { Proof } from '../../../src/core/proof/index.ts';
import { trustAnchors, trustKey } from '../verify/support.ts';
import { check, coded, fourRecords, lineOf, open, provenance, signed, text, treeOf } from './support.ts';

type RecordProof = Extract<Proof, { kind: 'record' }>;

let proofs: readonly RecordProof[];
let second: RecordProof;

beforeAll(async () => {
  proofs = (await fourRecords()).proofs as readonly RecordProof[];
  second = proofs[1] as RecordProof;
});

const changed = (change: object): string => lineOf({ ...second, ...change });

describe('a proof', () => {
  test('of each record holds, and the answer says what that shows and what not', async () => {
    const report = await check(proofs.map(lineOf).join(''));

    expect(report).toMatchObject({ result: 'pass', verdict: '4 of 4 proofs hold' });
    expect(report.proofs[1]).toMatchObject({
      line: 2,
      proven: 'these bytes are record 2 of 4 in the log "train.jsonl" of "tiny"',
      notProven: ['anything about the other 3 records', 'that what the record says is true'],
      tree: { name: 'train.jsonl', size: 4 },
      statement: { subject: 'tiny', trustedAs: ['p256.pub'] },
    });
  });

  test('about the expected subject holds', async () => {
    const report = await check(changed({}), { expect: { sha256: 'ab'.repeat(32) }, expectName: 'tiny' });

    expect(report.result).toBe('pass');
  });

  test.each([
    ['another digest', { expect: { sha256: 'cd'.repeat(32) } }, 'fail', 'match.expect fail'],
    [
      'a key that the statement does not have',
      { expect: { sha256: 'ab'.repeat(32), stemmaFileTreeV1: 'ab'.repeat(32) } },
      'incomplete',
      'match.expect unknown',
    ],
    ['another name', { expectName: 'huge' }, 'fail', 'match.expect-name fail'],
  ])('about a subject with %s does not', async (_, overrides, result, why) => {
    const report = await check(changed({}), overrides);

    expect([report.result, open(report)]).toEqual([result, [why]]);
  });
});

describe('a proof fails (attack rows 33, 34, 37)', () => {
  const cases: readonly [string, () => object][] = [
    ['for another index', () => ({ index: 2 })],
    ['with another record', () => ({ leaf: { text: '{"step":3}\n' } })],
    ['with a record without its line end', () => ({ leaf: { text: '{"step":2}' } })],
    ['with a path that is one longer', () => ({ path: [...second.path, 'ab'.repeat(32)] })],
    ['with a path that is one shorter', () => ({ path: second.path.slice(0, 1) })],
    ['without a path', () => ({ path: [] })],
    ['with the siblings swapped', () => ({ path: second.path.toReversed() })],
    ['with the path of another record', () => ({ path: proofs[3]?.path })],
    [
      'with an inner node as its leaf',
      () => ({ index: 0, path: second.path.slice(1), leaf: { text: second.path.join('') } }),
    ],
    ['for the last record repeated', () => ({ index: 3, leaf: proofs[2]?.leaf, path: proofs[3]?.path })],
    ['for a log that is not listed', () => ({ tree: { log: 1 } })],
    ['for a file of a dataset under a provenance', () => ({ tree: { file: 'train.jsonl' } })],
    [
      'for a salted log under a plain one',
      () => ({ kind: 'salted-record', leaf: { salt: '00'.repeat(16), text: 'a' } }),
    ],
    [
      'for a file under a provenance',
      () => ({ kind: 'file', tree: undefined, leaf: { path: 'a', size: 1, sha256: 'ab'.repeat(32) } }),
    ],
  ];
  test.each(cases)('%s', async (_, change) => {
    const { tree, ...rest } = { ...second, ...change() };
    const report = await check(lineOf(tree === undefined ? rest : { ...rest, tree }));

    expect([report.result, open(report).every((line) => line.endsWith(' fail'))]).toEqual(['fail', true]);
    expect(report.proofs[0]?.proven).toBeUndefined();
  });

  test('whose inner node is 64 bytes that hash like a leaf', async () => {
    const [left = '', right = ''] = second.path;
    const report = await check(
      changed({ index: 0, path: [], leaf: { base64: Buffer.from(left + right, 'hex').toString('base64') } }),
    );

    expect(report.result).toBe('fail');
  });

  test('under a statement about a log of another size, whatever the proof was made for', async () => {
    const tree = treeOf(['{"step":1}\n', '{"step":2}\n', 'three\r\n', 'last'].map(text));
    const statement = await signed(provenance([{ name: 'train.jsonl', size: 5, root: tree.root() }]));

    expect((await check(changed({ statement }))).result).toBe('fail');
  });

  test('under a statement about another log', async () => {
    const other = treeOf(['a\n', 'b\n', 'c\n', 'd\n'].map(text));
    const statement = await signed(provenance([{ name: 'train.jsonl', size: 4, root: other.root() }]));

    expect((await check(changed({ statement }))).result).toBe('fail');
  });

  test('with the signature of another statement', async () => {
    const other = await signed(provenance([{ name: 'train.jsonl', size: 4, root: treeOf([text('x')]).root() }]));
    const bundle = JSON.parse(second.statement);
    bundle.dsseEnvelope.signatures = JSON.parse(other).dsseEnvelope.signatures;
    const report = await check(changed({ statement: JSON.stringify(bundle) }));

    expect([report.result, open(report)]).toEqual(['fail', ['authenticate.signature fail']]);
  });
});

describe('a proof is left open', () => {
  test('where nobody who is trusted signed the statement, and no root of it is used', async () => {
    const report = await check(changed({}), { trust: [trustKey('p384')] });

    expect([report.result, open(report)]).toEqual(['incomplete', ['authenticate.signature missing']]);
    expect(report.proofs[0]).not.toHaveProperty('tree');
    expect(report.proofs[0]?.statement).not.toHaveProperty('subject');
  });

  test('where a certificate is trusted and a key signed', async () => {
    expect((await check(changed({}), { trust: [trustAnchors('root.pem')] })).result).toBe('incomplete');
  });

  test('without anybody to trust, as a question that cannot be put', async () => {
    await expect(check(changed({}), { trust: [] })).rejects.toThrow(coded('TRUST_ROOT_MISSING'));
  });
});

describe('a proof is malformed (attack rows 35, 36)', () => {
  test('for a position beyond the signed size', async () => {
    const report = await check(changed({ index: 4 }));

    expect([report.result, open(report)]).toEqual(['malformed', ['content.inclusion error']]);
  });

  test('for a position in an empty tree', async () => {
    const statement = await signed(provenance([{ name: 'train.jsonl', size: 0, root: treeOf([]).root() }]));

    expect((await check(changed({ statement, index: 0, path: [] }))).result).toBe('malformed');
  });

  test('with a provenance that is not what its type says', async () => {
    const root = treeOf([text('a')]).root();
    const payload = provenance([{ name: 'train.jsonl', size: 1, root }]);
    const broken = text(new TextDecoder().decode(payload).replace('"lf"', '"cr"'));
    const report = await check(changed({ statement: await signed(broken) }));

    expect([report.result, open(report)]).toEqual(['malformed', ['content.tree error']]);
  });

  test('beside others that hold: the others go on, and the file does not pass', async () => {
    const report = await check(`${changed({})}{}\n${changed({ index: 0 })}`);

    expect(report.proofs.map(({ result }) => result)).toEqual(['pass', 'malformed', 'fail']);
    expect(report).toMatchObject({ result: 'fail', verdict: expect.stringMatching(/^1 of 3 proofs hold; line 3: /) });
  });
});

test('one of several trusted keys is enough', async () => {
  const statement = await signed(provenance([{ name: 'l', size: 1, root: treeOf([text('a')]).root() }]), 'p384');
  const proof = lineOf({ ...second, index: 0, path: [], leaf: { text: 'a' }, statement });
  const report = await check(proof, { trust: [trustKey('p256'), trustKey('p384')] });

  expect(report).toMatchObject({ result: 'pass', proofs: [{ statement: { trustedAs: ['p384.pub'] } }] });
});
