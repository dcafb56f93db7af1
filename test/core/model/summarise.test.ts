import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inspectNamed, summariseModel } from '../../../src/core/model/index.ts';
import { digest, expectCode, type Files, modelOf, safetensors, sha256, tempDir } from './support.ts';

const OPTIONS = { ignore: [], opaque: [], allowSymlinks: false, segmentHash: 'blake3' } as const;
/** reference/model-signing.md §2.5: the files whose two orders differ, and both roots. */
const TWO_ORDERS: Files = { 'a-b': '1\n', 'a.txt': '2\n', 'a/b': '3\n' };
const CODE_POINTS = 'a923b890b833f20d136825a055883b67f68b487793c62f8b116264893d30c2d3';
const PYTHON = 'c2387c2a28e95e0c9724c9faa84ff2a3fec83bd19e25834e40a18991e8ea9b1d';

const summarise = (model: string, options = {}) => summariseModel(model, { ...OPTIONS, ...options });

describe('the summary of a model', () => {
  it('has its name, its roots and its digest set', async () => {
    const dir = modelOf({ 'model.safetensors': safetensors({ a: { data: 'aaaa' } }), 'run.py': 'x' });
    const { trees } = await digest(dir);
    const summary = await summarise(dir);
    expect(summary).toMatchObject({ name: 'model', ...trees });
    expect(summary.findings.map(({ kind }) => kind)).toEqual(['remote-code']);
  });

  it('has the root in the order of Python where the two differ', async () => {
    const { digests, pythonSha256 } = await summarise(modelOf(TWO_ORDERS));
    expect([digests['sha256'], pythonSha256]).toEqual([CODE_POINTS, PYTHON]);
  });

  it.each<[string, Files]>([
    ['without folders', { 'a-b': '1', 'a.txt': '2', b: '3' }],
    ['whose folders sort alike', { 'a/b': '1', 'b/c': '2', z: '3' }],
    ['whose files in question are equal', { 'a-b': 'x', 'a/b': 'x' }],
  ])('has no second root for a model %s', async (_, files) => {
    expect(await summarise(modelOf(files))).not.toHaveProperty('pythonSha256');
  });

  it('has none for a single file', async () => {
    const dir = modelOf({ 'a.bin': 'x' });
    const summary = await summarise(`${dir}/a.bin`);
    expect(summary).toMatchObject({ name: 'a.bin', kind: 'file', files: 1, bytes: 1 });
    expect(summary.digests['sha256']).toBe(sha256('x').toString('hex'));
    expect(summary).not.toHaveProperty('pythonSha256');
  });

  it('leaves out what is ignored, in both roots', async () => {
    const { digests, pythonSha256 } = await summarise(modelOf({ ...TWO_ORDERS, x: '4' }), { ignore: ['x'] });
    expect([digests['sha256'], pythonSha256]).toEqual([CODE_POINTS, PYTHON]);
    const left = await summarise(modelOf(TWO_ORDERS), { ignore: ['a'] });
    const joined = Buffer.concat([sha256('1\n'), sha256('2\n')]);
    expect(left.digests['sha256']).toBe(createHash('sha256').update(joined).digest('hex'));
    expect(left).not.toHaveProperty('pythonSha256');
  });

  it.each<[string, Files, object, string]>([
    ['is empty', {}, {}, 'MODEL_EMPTY'],
    ['is ignored whole, file by file', { a: 'x' }, { ignore: ['a'] }, 'MODEL_EMPTY'],
    ['is malformed', { 'm.safetensors': 'junk' }, {}, 'SAFETENSORS_INVALID'],
    ['has no file that is to be opaque', { a: 'x' }, { opaque: ['b'] }, 'USAGE'],
    ['has an ignored path outside', { a: 'x' }, { ignore: ['../a'] }, 'USAGE'],
  ])('is refused where it %s', async (_, files, options, code) => {
    await expect(summarise(modelOf(files), options)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it('is refused where there is none', async () => {
    await expectCode(summarise(`${tempDir()}/none`), 'PATH_NOT_FOUND');
    await expectCode(inspectNamed(`${tempDir()}/none`, OPTIONS), 'PATH_NOT_FOUND');
  });
});

describe('the inspection of a model', () => {
  it('takes paths as the caller writes them', async () => {
    const dir = modelOf({ 'm.safetensors': 'junk', 'n/x': '1', a: '2' });
    expect((await inspectNamed(dir, OPTIONS)).problems.map(({ code }) => code)).toEqual(['SAFETENSORS_INVALID']);
    const { files, problems } = await inspectNamed(dir, {
      ...OPTIONS,
      ignore: [`${dir}/n/`],
      opaque: ['./m.safetensors'],
    });
    expect([files, problems]).toEqual([2, []]);
  });

  it('of an empty folder says why attest would refuse it', async () => {
    const { problems } = await inspectNamed(modelOf({}), OPTIONS);
    expect(problems).toEqual([{ path: '', code: 'MODEL_EMPTY', message: '"model" has no file to commit to' }]);
  });

  it('refuses a path outside', async () => {
    await expectCode(inspectNamed(modelOf({ a: 'x' }), { ...OPTIONS, opaque: ['/etc/passwd'] }), 'USAGE');
  });
});
