import { appendFileSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ProvedLeaves, proveFiles, proveRecords } from '../../../src/core/proof/index.ts';
import { attestData } from '../attest/dataset-support.ts';
import { attest } from '../verify/attest-support.ts';
import { tempFolder, trustKey, writeFiles } from '../verify/support.ts';
import { check, coded, lineOf, open } from './support.ts';

const FILES = { 'train.csv': 'a,b\n1,2\n', 'img/one.png': 'pixels', 'README.md': '# data\n' };
const EVIDENCE = 'model.attestations.jsonl';

async function attested(overrides: Parameters<typeof attestData>[1] = {}): Promise<string> {
  const data = writeFiles(path.join(tempFolder(), 'data'), FILES);
  await attestData(data, overrides);
  return data;
}

const prove = (data: string, ...paths: readonly string[]): Promise<ProvedLeaves> => proveFiles({ model: data, paths });

describe('files of a dataset are proven', () => {
  test('each with its path, size and SHA-256, under the statement of the dataset', async () => {
    const { proofs, tree } = await prove(await attested(), 'train.csv', './img/one.png');
    const report = await check(proofs.map(lineOf).join(''));

    expect(tree).toMatchObject({ predicateType: 'https://w3id.org/stemma/dataset/v1', name: '', size: 3 });
    expect(proofs).toMatchObject([
      { kind: 'file', index: 2, leaf: { path: 'train.csv', size: 8 } },
      { kind: 'file', index: 1, leaf: { path: 'img/one.png', size: 6 } },
    ]);
    expect(report.proofs.map(({ verdict }) => verdict)).toEqual([
      'proven: the file "train.csv" is leaf 3 of 3 in the file tree of "data", with this size and SHA-256',
      'proven: the file "img/one.png" is leaf 2 of 3 in the file tree of "data", with this size and SHA-256',
    ]);
  });

  test('of a single file, of one without records, and under the ignores of the statement', async () => {
    const file = path.join(writeFiles(tempFolder(), { 'one.csv': 'x\n' }), 'one.csv');
    await attestData(file);
    expect((await prove(file, 'one.csv')).proofs).toMatchObject([{ leaf: { path: '', size: 2 } }]);
    expect((await prove(await attested({ records: false }), 'train.csv')).proofs).toHaveLength(1);
    const data = await attested({ ignore: ['img'] });
    appendFileSync(path.join(data, 'img/one.png'), 'x');
    expect((await prove(data, 'train.csv')).tree.size).toBe(2);
    await expect(prove(data, 'img/one.png')).rejects.toThrow(coded('USAGE'));
  });

  test('of a model and of its dataset from one attestations file, each from its own statement', async () => {
    const data = await attested();
    const model = writeFiles(path.join(tempFolder(), 'model'), { 'config.json': '{}' });
    await attest(model, { datasets: [{ kind: 'path', path: data }] });
    const attestations = path.join(model, EVIDENCE);
    const own = await proveFiles({ model, paths: ['config.json'], attestations });
    const other = await proveFiles({ model: data, paths: ['train.csv'], attestations });
    expect([own.tree.predicateType, other.tree.predicateType]).toEqual([
      'https://w3id.org/stemma/model/v1',
      'https://w3id.org/stemma/dataset/v1',
    ]);
  });
});

describe('no file of a dataset is proven', () => {
  test('where any file changed, came or is a link', async () => {
    const data = await attested();
    appendFileSync(path.join(data, 'README.md'), 'x');
    await expect(prove(data, 'train.csv')).rejects.toThrow(coded('NOT_COMMITTED'));
    writeFileSync(path.join(data, 'README.md'), FILES['README.md']);
    expect((await prove(data, 'train.csv')).proofs).toHaveLength(1);
    writeFileSync(path.join(data, 'new'), '');
    await expect(prove(data, 'train.csv')).rejects.toThrow(coded('NOT_COMMITTED'));
    const linked = await attested();
    symlinkSync('train.csv', path.join(linked, 'link.csv'));
    await expect(prove(linked, 'train.csv')).rejects.toThrow(coded('SYMLINK_REFUSED'));
  });

  test('that is not in it, or is a folder', async () => {
    const data = await attested();
    for (const name of ['nowhere', 'img', '../data/train.csv', '', EVIDENCE])
      await expect(prove(data, name)).rejects.toThrow(coded('USAGE'));
  });

  test('where it is salted, and the hint says how', async () => {
    const secret = path.join(tempFolder(), 's');
    const data = await attested({ secret });
    await expect(prove(data, 'train.csv')).rejects.toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MISSING', hint: expect.stringContaining('stemma prove record') }),
    );
  });

  test('of another dataset, or of a folder under the statement about a file', async () => {
    const data = await attested();
    const other = writeFiles(path.join(tempFolder(), 'data'), { 'train.csv': 'other' });
    copyFileSync(path.join(data, EVIDENCE), path.join(other, EVIDENCE));
    await expect(prove(other, 'train.csv')).rejects.toThrow(coded('NOT_COMMITTED'));
    const folder = writeFiles(tempFolder(), { 'x.csv': 'x' });
    await attestData(path.join(folder, 'x.csv'));
    mkdirSync(path.join(folder, 'in'));
    copyFileSync(path.join(folder, 'x.csv'), path.join(folder, 'in/x.csv'));
    const attestations = path.join(folder, 'x.csv.attestations.jsonl');
    await expect(proveFiles({ model: path.join(folder, 'in'), paths: ['x.csv'], attestations })).rejects.toThrow(
      coded('NOT_COMMITTED'),
    );
  });
});

describe('a proof of a file of a dataset does not hold', () => {
  test.each<[string, (proof: Record<string, unknown>, leaf: Record<string, unknown>) => object, string]>([
    [
      'for another path',
      (proof, leaf) => ({ ...proof, leaf: { ...leaf, path: 'test.csv' } }),
      'content.inclusion fail',
    ],
    ['for another size', (proof, leaf) => ({ ...proof, leaf: { ...leaf, size: 9 } }), 'content.inclusion fail'],
    ['at another index', (proof) => ({ ...proof, index: 1 }), 'content.inclusion fail'],
    ['beyond the files', (proof) => ({ ...proof, index: 3 }), 'content.inclusion error'],
    ['without a sibling', (proof) => ({ ...proof, path: [] }), 'content.inclusion fail'],
  ])('%s', async (_, change, why) => {
    const [proof] = (await prove(await attested(), 'train.csv')).proofs;
    const changed = change({ ...proof }, { ...proof?.leaf });
    expect(open(await check(lineOf(changed)))).toEqual([why]);
  });

  test('under the statement of another dataset, or of a salted one', async () => {
    const [proof] = (await prove(await attested(), 'README.md')).proofs;
    const other = await attested({ ignore: ['img'] });
    const [elsewhere] = (await prove(other, 'README.md')).proofs;
    expect(open(await check(lineOf({ ...proof, statement: elsewhere?.statement })))).toEqual([
      'content.inclusion fail',
    ]);
    const secret = path.join(tempFolder(), 's');
    const salted = await attested({ secret });
    const [record] = (
      await proveRecords({
        file: path.join(salted, 'train.csv'),
        lines: [1],
        attestations: path.join(salted, EVIDENCE),
        dataset: salted,
        secret: new Uint8Array(readFileSync(secret)),
      })
    ).proofs;
    expect(open(await check(lineOf({ ...proof, statement: record?.statement })))).toEqual(['content.tree fail']);
  });

  test('where a stranger signed the statement', async () => {
    const [proof] = (await prove(await attested(), 'train.csv')).proofs;
    const report = await check(lineOf(proof ?? {}), { trust: [trustKey('p384')] });
    expect(report.result).toBe('incomplete');
  });
});
