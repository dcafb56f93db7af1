import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findDvcLock, parseDvcLock } from '../../../src/core/claims/index.ts';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { walkModel } from '../../../src/core/model/index.ts';
import { tempDir } from '../model/support.ts';

const MD5 = '484fab565aec49c5f704a3783235d237';

/** As `dvc repro` of DVC 3 writes it. */
const PIPELINE = `schema: '2.0'
stages:
  prepare:
    cmd: python src/prepare.py data/raw.csv
    deps:
    - path: data/raw.csv
      hash: md5
      md5: a304afb96060aad90176268345e10355
      size: 3
    outs:
    - path: data/prepared
      hash: md5
      md5: 20b786b6e6f80e2b3fcf17827ad18597.dir
      size: 23861319
      nfiles: 2
  train:
    cmd: python src/train.py data/prepared model.safetensors
    deps:
    - path: data/prepared/
      hash: md5
      md5: 20b786b6e6f80e2b3fcf17827ad18597.dir
      size: 23861319
      nfiles: 2
    - path: src/train.py
      hash: md5
      md5: 9ab95496b29b6ea3418bbf20b9fe3473
      size: 964
    params:
      params.yaml:
        train.seed: 20170428
        train.lr: 0.2
        train.layers: [1, 2]
    outs:
    - path: model.safetensors
      hash: md5
      md5: 900150983cd24fb0d6963f7d28e17f72
      size: 3
`;

const parse = (text: string | Uint8Array) => parseDvcLock(typeof text === 'string' ? Buffer.from(text) : text);
const lock = (...lines: readonly string[]): string => ["schema: '2.0'", 'stages:', '  s:', ...lines].join('\n');
const dep = (...lines: readonly string[]): string => lock('    deps:', ...lines.map((line) => `    ${line}`));

function refusal(text: string | Uint8Array): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof StemmaError && error.code === 'DVC_LOCK_INVALID') return error.message;
    throw error;
  }
  throw new Error('it was read');
}

describe('a dvc.lock', () => {
  it('says what each stage read and wrote, with the parameters that are one value', () => {
    const [, train] = parse(PIPELINE);

    expect(train).toEqual({
      name: 'train',
      inputs: [
        { path: 'data/prepared', size: 23861319 },
        { path: 'src/train.py', size: 964, md5: '9ab95496b29b6ea3418bbf20b9fe3473' },
      ],
      outputs: [{ path: 'model.safetensors', size: 3, md5: '900150983cd24fb0d6963f7d28e17f72' }],
      parameters: [
        { name: 'train.seed', value: '20170428' },
        { name: 'train.lr', value: '0.2' },
      ],
    });
  });

  it('gives no MD5 that DVC 2 may have made of a text with other line ends', () => {
    expect(parse(dep('- path: a', `  md5: ${MD5}`))[0]?.inputs).toEqual([{ path: 'a' }]);
  });

  it('may have no stages', () => {
    expect(parse("schema: '2.0'\n")).toEqual([]);
    expect(parse("schema: '2.0'\nstages:\n")).toEqual([]);
  });

  it.each([
    ['s3://bucket/data', 'has an empty component'],
    ['../data', 'has a .. component'],
    ['a/../../data', 'has a .. component'],
    ['/etc/passwd', 'is absolute'],
    ['/', 'is absolute'],
    ['"a\\0b"', 'contains a NUL byte'],
  ])('has no use for the path %s, which leads out of its folder', (given, problem) => {
    expect(parse(dep(`- path: ${given}`))[0]?.inputs[0]).toMatchObject({ problem });
  });

  it.each([
    ['another schema', "schema: '1.0'\nstages: {}\n", 'expected schema "2.0", found "1.0"'],
    ['a schema that is a number', 'schema: 2.0\n', 'expected schema "2.0", found 2'],
    ['none, as before schema 2.0', 'train:\n  cmd: x\n', 'expected schema "2.0", found none'],
    ['a list', '- a\n', 'expected members with values'],
    ['nothing', '', 'expected a document'],
    ['stages in a list', "schema: '2.0'\nstages: [a]\n", '(at /stages)'],
    ['a stage that is a text', "schema: '2.0'\nstages: {s: a}\n", '(at /stages/s)'],
    ['deps that are a text', lock('    deps: a'), 'expected a list (at /stages/s/deps)'],
    ['outs that have members', lock('    outs: {path: a}'), 'expected a list (at /stages/s/outs)'],
    ['a dep that is a text', dep('- a'), '(at /stages/s/deps/0)'],
    ['a dep without path', dep('- size: 1'), 'expected a path'],
    ['a path that is a number', dep('- path: 1'), 'expected a path'],
    ['an empty path', dep('- path: ""'), 'expected a path'],
    ['an endless path', dep(`- path: ${'a'.repeat(1025)}`), 'expected a path'],
    ['a negative size', dep('- path: a', '  size: -1'), 'expected a number of bytes'],
    ['half a byte', dep('- path: a', '  size: 1.5'), 'expected a number of bytes'],
    ['an MD5 in capitals', dep('- path: a', `  md5: ${MD5.toUpperCase()}`), 'expected an MD5'],
    ['a short MD5', dep('- path: a', '  md5: abc'), 'expected an MD5'],
    ['parameters in a list', lock('    params: [a]'), '(at /stages/s/params)'],
    ['a parameter file that is a text', lock('    params: {params.yaml: a}'), '(at /stages/s/params/params.yaml)'],
    ['an alias', lock('    deps: &x []', '    outs: *x'), 'an anchor'],
    ['a tag', lock('    cmd: !!python/object:os.system x'), 'a tag'],
    ['a member twice', lock('    deps: []', '    deps: []'), 'given twice'],
    ['two documents', "schema: '2.0'\n---\nschema: '2.0'\n", 'one YAML document'],
    ['Latin-1', Buffer.from([0x61, 0x3a, 0x20, 0xe9]), 'expected UTF-8'],
    ['more than a megabyte', Buffer.alloc(1024 * 1024 + 1, 0x20), 'expected at most 1048576 bytes'],
    ['too many files', dep(...Array.from({ length: 5001 }, () => '- path: a')), 'expected at most 5000 deps and outs'],
  ])('is refused with %s', (_, text, message) => {
    expect(refusal(text)).toContain(message);
  });
});

describe('the dvc.lock of a model', () => {
  let project: string;
  beforeEach(() => {
    project = path.join(tempDir(), 'project');
    mkdirSync(path.join(project, 'models/m'), { recursive: true });
    writeFileSync(path.join(project, 'model.safetensors'), 'abc');
    writeFileSync(path.join(project, 'models/m/model.safetensors'), 'abc');
  });

  const put = (text: string, folder = '.'): void => writeFileSync(path.join(project, folder, 'dvc.lock'), text);
  const made = (output: string): string => PIPELINE.replace('path: model.safetensors', `path: ${output}`);
  const find = async (model: string) =>
    findDvcLock(await walkModel(path.join(project, model), { allowSymlinks: false, signal: undefined }));

  it.each([
    ['a file that is the model', 'model.safetensors', 'model.safetensors', 'dvc.lock'],
    ['the weights in the folder of the pipeline', '.', 'model.safetensors', 'dvc.lock'],
    ['a file of the model', 'models', 'models/m/model.safetensors', '../dvc.lock'],
    ['the model as a folder', 'models', 'models', '../dvc.lock'],
  ])('is known by %s', async (_, model, output, name) => {
    put(made(output));

    expect(await find(model)).toMatchObject({
      name,
      differences: [],
      claims: {
        stages: ['train'],
        inputs: [
          { path: 'data/prepared', isCode: false, madeOf: ['data/raw.csv'] },
          { path: 'src/train.py', isCode: true, madeOf: [] },
        ],
      },
    });
  });

  it('is looked for up to the root of the DVC project', async () => {
    put(made('models/m'));
    expect(await find('models/m')).toBeUndefined();

    mkdirSync(path.join(project, '.dvc'));
    expect(await find('models/m')).toMatchObject({ name: '../../dvc.lock' });
  });

  it('is not looked for above that root', async () => {
    put(made('models/m'));
    mkdirSync(path.join(project, 'models/.dvc'));

    expect(await find('models/m')).toBeUndefined();
  });

  it('is the nearest one that has a stage which made the model', async () => {
    put(made('models'));
    put(PIPELINE, 'models');

    expect(await find('models')).toMatchObject({ name: '../dvc.lock' });
  });

  it.each([
    ['other weights', 'other.safetensors'],
    ['a name that only begins like it', 'models-2'],
    ['what is not in it', 'models/m/other.safetensors'],
    ['a path out of the folder', '../project/models'],
  ])('is not one whose stages wrote %s', async (_, output) => {
    put(made(output));

    expect(await find('models')).toBeUndefined();
  });

  it('takes no data and no metrics in the folder of a pipeline for the model', async () => {
    writeFileSync(path.join(project, 'scores.json'), '{}');
    put(made('scores.json'));

    expect(await find('.')).toBeUndefined();
  });

  it.each([
    ['size', 'size: 3\n', 'size: 4\n', '"model.safetensors" was written with 4 bytes, and has 3'],
    ['MD5', '900150983', '000150983', '"model.safetensors" was written with another MD5 than it has'],
  ])('is known to be of another version by the %s of what a stage wrote', async (_, from, to, message) => {
    const at = PIPELINE.lastIndexOf(from);
    put(PIPELINE.slice(0, at) + to + PIPELINE.slice(at + from.length));

    expect(await find('.')).toMatchObject({ differences: [message] });
  });

  it('ends a circle of stages where it began', async () => {
    put(PIPELINE.replace('path: data/raw.csv', 'path: data/prepared'));

    expect((await find('.'))?.claims.inputs[0]).toMatchObject({ path: 'data/prepared', madeOf: [] });
  });

  it('follows crowds of deep paths, each made of all the others, in seconds', { timeout: 10_000 }, async () => {
    const folders = Array.from({ length: 300 }, (_, index) => `x${index}`);
    const files = folders.map((folder) => `${folder}/${'a/'.repeat(400)}b`);
    const list = (paths: readonly string[]): string => paths.map((each) => `{path: ${each}}`).join(', ');
    put(
      `schema: '2.0'\nstages:\n  s: {deps: [${list(files)}], outs: [{path: model.safetensors}]}\n` +
        `  t: {deps: [${list(files)}], outs: [${list(folders)}]}\n`,
    );

    expect((await find('.'))?.claims.inputs.map(({ madeOf }) => madeOf.length)).toEqual(files.map(() => 299));
  });

  it('is refused as a link, and where it is damaged', async () => {
    put('schema: 3\n');
    await expect(find('.')).rejects.toMatchObject({ code: 'DVC_LOCK_INVALID' });

    symlinkSync(path.join(project, 'dvc.lock'), path.join(project, 'models/dvc.lock'));
    await expect(
      findDvcLock({ kind: 'folder', root: path.join(project, 'models'), files: { named: () => undefined } }),
    ).rejects.toMatchObject({ code: 'SYMLINK_REFUSED' });
  });
});
