import { appendFileSync, copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Proof, proveFiles, proveTensors } from '../../../src/core/proof/index.ts';
import { attest, sign } from '../verify/attest-support.ts';
import { DIGITS, safetensors, tempFolder, trustKey, writeFiles, writeModel } from '../verify/support.ts';
import { check, coded, lineOf, open } from './support.ts';

const FILES = {
  'config.json': '{}\n',
  'a/model.safetensors': safetensors({ first: [1, 2], second: [3] }),
  'b/model.safetensors': safetensors({ second: [3], third: [] }),
};

async function attested(overrides: Parameters<typeof attest>[1] = {}): Promise<string> {
  const model = writeModel(FILES);
  await attest(model, overrides);
  return model;
}

const resultOf = async (proofs: readonly Proof[]): Promise<string> => (await check(proofs.map(lineOf).join(''))).result;

describe('files are proven', () => {
  test('each with its path, size and SHA-256', async () => {
    const { proofs, tree } = await proveFiles({
      model: await attested(),
      paths: ['config.json', 'a/model.safetensors'],
    });

    expect(proofs.map(({ index, leaf }) => [index, leaf])).toMatchObject([
      [2, { path: 'config.json', size: 3 }],
      [0, { path: 'a/model.safetensors' }],
    ]);
    expect(tree).toMatchObject({ name: '', size: 3, source: 'model.attestations.jsonl' });
    expect(await resultOf(proofs)).toBe('pass');
  });

  test('of a single-file model, which has no path in itself', async () => {
    const model = path.join(
      writeFiles(tempFolder(), { 'x.safetensors': FILES['a/model.safetensors'] }),
      'x.safetensors',
    );
    await attest(model);
    for (const given of ['x.safetensors', '.']) {
      const { proofs } = await proveFiles({ model, paths: [given] });
      expect(proofs).toMatchObject([{ index: 0, path: [], leaf: { path: '' } }]);
      expect(await resultOf(proofs)).toBe('pass');
    }
  });

  test('under the ignores of the statement, and not beyond', async () => {
    const model = await attested({ ignore: ['config.json'] });
    writeFileSync(path.join(model, 'config.json'), 'changed');

    expect(await resultOf((await proveFiles({ model, paths: ['a/model.safetensors'] })).proofs)).toBe('pass');
    await expect(proveFiles({ model, paths: ['config.json'] })).rejects.toThrow(coded('USAGE'));
  });

  test('from the statement about this model, where another one stands before it', async () => {
    const model = await attested();
    const other = writeModel({ 'config.json': 'other' });
    await attest(other);
    const own = readFileSync(path.join(model, 'model.attestations.jsonl'), 'utf8');
    const both = path.join(tempFolder(), 'both.jsonl');
    writeFileSync(both, readFileSync(path.join(other, 'model.attestations.jsonl'), 'utf8') + own);
    const { proofs, tree } = await proveFiles({ model, paths: ['config.json'], attestations: both });

    expect(tree.line).toBe(3);
    expect(await resultOf(proofs)).toBe('pass');
  });
});

describe('tensors are proven', () => {
  test('each with its data type, shape, length and chunk root', async () => {
    const { proofs } = await proveTensors({ model: await attested(), names: ['first'] });

    expect(proofs).toMatchObject([
      { kind: 'tensor', tree: { set: 'a/model.safetensors' }, leaf: { dtype: 'F32', shape: [2], length: 8 } },
    ]);
    expect(await resultOf(proofs)).toBe('pass');
  });

  test('also an empty one', async () => {
    const { proofs } = await proveTensors({ model: await attested(), names: ['third', 'second'] });

    expect(proofs).toMatchObject([{ leaf: { shape: [0], length: 0 } }, { leaf: { name: 'second' } }]);
    expect(await resultOf(proofs)).toBe('pass');
  });

  test.each([['resharded'], ['gguf'], ['fp16']])('of a real model: %s', async (name) => {
    const model = path.join(tempFolder(), 'model');
    cpSync(path.join(DIGITS, name), model, { recursive: true });
    await attest(model);
    const { proofs } = await proveTensors({ model, names: ['layers.0.weight', 'layers.2.bias'] });

    expect(await resultOf(proofs)).toBe('pass');
  });

  test('from one of several sets, which has to be named', async () => {
    const model = await attested();

    await expect(proveTensors({ model, names: ['second'] })).rejects.toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('stands in several sets') }),
    );
    const { proofs } = await proveTensors({ model, names: ['second'], set: 'b/model.safetensors' });
    expect(await resultOf(proofs)).toBe('pass');
  });

  test.each([
    ['that is not there', ['fourth'], 'has no tensor "fourth"'],
    ['beside one of another set', ['first', 'third'], 'no tensor set holds all'],
    ['beside one that is not there', ['first', 'fourth'], 'has no tensor "fourth"'],
  ])('but not one %s', async (_, names, why) => {
    await expect(proveTensors({ model: await attested(), names })).rejects.toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(why) }),
    );
  });

  test('but not from a set that is not there', async () => {
    await expect(proveTensors({ model: await attested(), names: ['first'], set: 'c' })).rejects.toThrow(
      coded('EVIDENCE_MISSING'),
    );
  });
});

describe('nothing is proven', () => {
  test('of a model that changed', async () => {
    const model = await attested();
    appendFileSync(path.join(model, 'config.json'), ' ');

    await expect(proveFiles({ model, paths: ['config.json'] })).rejects.toThrow(coded('NOT_COMMITTED'));
    await expect(proveTensors({ model, names: ['first'] })).rejects.toThrow(coded('NOT_COMMITTED'));
  });

  test('of a model that has no attestations, or an OMS signature alone', async () => {
    const model = writeModel(FILES);

    await expect(proveFiles({ model, paths: ['config.json'] })).rejects.toThrow(coded('EVIDENCE_MISSING'));
    await sign(model);
    const attestations = path.join(model, 'model.sig');
    await expect(proveFiles({ model, paths: ['config.json'], attestations })).rejects.toThrow(
      coded('EVIDENCE_MISSING'),
    );
  });

  test('of a folder under the statement about a file of the same bytes', async () => {
    const folder = writeFiles(tempFolder(), { x: 'x', 'in/x': 'x' });
    await attest(path.join(folder, 'x'));
    const attestations = path.join(folder, 'x.attestations.jsonl');

    await expect(proveFiles({ model: path.join(folder, 'in'), paths: ['x'], attestations })).rejects.toThrow(
      coded('NOT_COMMITTED'),
    );
  });

  test.each([
    ['that is not there', 'nowhere'],
    ['that is a side file', 'model.sig'],
    ['above the model', '../config.json'],
    ['by the name of a folder', 'a'],
  ])('of a file %s', async (_, wanted) => {
    await expect(proveFiles({ model: await attested(), paths: [wanted] })).rejects.toThrow(coded('USAGE'));
  });
});

describe('a proof of a model does not hold', () => {
  test.each<[string, (leaf: object) => object]>([
    ['for another path', (leaf) => ({ ...leaf, path: 'config2.json' })],
    ['for another size', (leaf) => ({ ...leaf, size: 4 })],
    ['for another SHA-256', (leaf) => ({ ...leaf, sha256: '00'.repeat(32) })],
  ])('%s of a file', async (_, change) => {
    const { proofs } = await proveFiles({ model: await attested(), paths: ['config.json'] });
    const report = await check(lineOf({ ...proofs[0], leaf: change(proofs[0]?.leaf ?? {}) }));

    expect(open(report)).toEqual(['content.inclusion fail']);
  });

  test.each<[string, (leaf: object) => object]>([
    ['name', (leaf) => ({ ...leaf, name: 'second' })],
    ['data type', (leaf) => ({ ...leaf, dtype: 'I32' })],
    ['shape', (leaf) => ({ ...leaf, shape: [1, 2] })],
    ['length', (leaf) => ({ ...leaf, length: 4 })],
    ['chunk root', (leaf) => ({ ...leaf, root: '00'.repeat(32) })],
  ])('for another %s of a tensor', async (_, change) => {
    const { proofs } = await proveTensors({ model: await attested(), names: ['first'] });
    const report = await check(lineOf({ ...proofs[0], leaf: change(proofs[0]?.leaf ?? {}) }));

    expect(open(report)).toEqual(['content.inclusion fail']);
  });

  test('under another tensor set, or one that the model does not have', async () => {
    const { proofs } = await proveTensors({ model: await attested(), names: ['first'] });

    expect(open(await check(lineOf({ ...proofs[0], tree: { set: 'b/model.safetensors' } })))).toEqual([
      'content.inclusion fail',
    ]);
    expect(open(await check(lineOf({ ...proofs[0], tree: { set: '' } })))).toEqual(['content.tree fail']);
  });

  test('under the statement of another key about the same model', async () => {
    const model = await attested();
    const copy = path.join(tempFolder(), 'model');
    cpSync(model, copy, { recursive: true });
    for (const side of ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl']) rmSync(path.join(copy, side));
    await attest(copy, { key: 'p384' });
    const { proofs } = await proveFiles({ model: copy, paths: ['config.json'] });

    expect((await check(proofs.map(lineOf).join(''))).result).toBe('incomplete');
    expect((await check(proofs.map(lineOf).join(''), { trust: [trustKey('p384')] })).result).toBe('pass');
  });

  test('for a file under the statement of a provenance, nor the reverse', async () => {
    const log = path.join(tempFolder(), 'l.jsonl');
    copyFileSync(path.join(DIGITS, 'logs/base.jsonl'), log);
    const model = await attested({ logs: [log] });
    const { proofs } = await proveFiles({ model, paths: ['config.json'] });
    const lines = readFileSync(path.join(model, 'model.attestations.jsonl'), 'utf8').trimEnd().split('\n');

    expect(open(await check(lineOf({ ...proofs[0], statement: lines[1] })))).toEqual(['content.tree fail']);
  });
});
