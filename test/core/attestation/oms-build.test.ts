import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { buildOmsStatement, type OmsInput, parseOms } from '../../../src/core/attestation/index.ts';
import { decodeUtf8, hexEncode } from '../../../src/core/bytes/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { type Contents, DEEP, filesOf, ORDERING, SAMPLE } from './oms-models.ts';
import { codeOf, readJsonObject, readStatement, sha256 } from './support.ts';

const build = (contents: Contents, rest: Partial<OmsInput> = {}): Uint8Array =>
  buildOmsStatement(
    { subjectName: 'm', files: filesOf(contents), ignorePaths: [], allowSymlinks: false, ...rest },
    sha256,
  );
const rootOf = (contents: Contents): string => parseOms(readStatement(build(contents)), sha256).recordedRoot;

describe('building an OMS statement', () => {
  it.each<[string, Contents, string]>([
    ['the sample folder', SAMPLE, '143cc682e555951649f18e2761c3d526d2502996f5e32dc187ef7f8a614f8df7'],
    ['the deep folder', DEEP, '18b5a45fe7983f7194e8ffd96c80f5f0ec53191bf4a32b6aff293f043e816d7a'],
    [
      'the single file',
      { model: 'This is a simple model' },
      '002d162f867c5eee944e5080d25829b6625be0e3f081f6fbafc7dd655ca2e178',
    ],
    ['the single empty file', { model: '' }, '5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456'],
    ['the ordering vector', ORDERING, 'a923b890b833f20d136825a055883b67f68b487793c62f8b116264893d30c2d3'],
  ])('has the known root of %s', (_, contents, root) => {
    expect(rootOf(contents)).toBe(root);
  });

  it('lists files in code-point order, where UTF-16 order differs', () => {
    const names = ['\u{10000}x', '\uffffx', 'z', 'a/b', 'a-b'];
    const statement = readStatement(build(Object.fromEntries(names.map((name) => [name, name]))));
    expect(parseOms(statement, sha256).resources.map(({ name }) => name)).toEqual([
      'a-b',
      'a/b',
      'z',
      '\uffffx',
      '\u{10000}x',
    ]);
  });

  it('is exactly the documented JSON', () => {
    const digest = hexEncode(sha256('x'));
    expect(decodeUtf8(build({ a: 'x' }, { ignorePaths: ['model.sig', '.git'], allowSymlinks: true }))).toBe(
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m","digest":{"sha256":"${hexEncode(sha256(sha256('x')))}"}}],` +
        '"predicateType":"https://model_signing/signature/v1.0","predicate":{' +
        `"resources":[{"name":"a","algorithm":"sha256","digest":"${digest}"}],` +
        '"serialization":{"method":"files","hash_type":"sha256","allow_symlinks":true,' +
        '"ignore_paths":[".git",".gitattributes",".github",".gitignore","model.sig"]}}}',
    );
  });

  it('gives equal bytes whatever the order of files and ignored paths', () => {
    const files = filesOf(SAMPLE);
    const one = build({}, { files, ignorePaths: ['x', 'y'] });
    expect(build({}, { files: files.toReversed(), ignorePaths: ['y', 'x', 'x'] })).toEqual(one);
  });

  it('builds and reads a statement of 130,000 files', () => {
    const digest = sha256('x');
    const files = Array.from({ length: 130_000 }, (_, i) => ({ path: `f${i}`, sha256: digest }));
    expect(parseOms(readStatement(build({}, { files })), sha256).resources).toHaveLength(130_000);
  });

  it('refuses an empty model', () => {
    expect(codeOf(() => build({}))).toBe('MODEL_EMPTY');
  });

  it.each(['../x', '/etc/passwd', 'a/../../x', 'C:\\x', 'a//b', './a', 'a/', '', '.', 'con', 'x.', 'x:ads', 'a\0b'])(
    'refuses the path %j',
    (name) => {
      expect(codeOf(() => build({}, { files: [{ path: name, sha256: sha256('') }] }))).toBe('PATH_INVALID');
      expect(codeOf(() => build({ a: '' }, { ignorePaths: [name] }))).toBe('PATH_INVALID');
    },
  );

  it.each(['*', 'logs/**', 'a?', '[ab]'])('refuses the ignored pattern %j, and signs a file of that name', (name) => {
    expect(codeOf(() => build({ a: '' }, { ignorePaths: [name] }))).toBe('PATH_INVALID');
    expect(parseOms(readStatement(build({ [name]: '' })), sha256).resources.at(0)?.name).toBe(name);
  });

  it('refuses a path that is listed twice', () => {
    const file = { path: 'a', sha256: sha256('') };
    expect(codeOf(() => build({}, { files: [file, { path: 'b', sha256: sha256('') }, file] }))).toBe('PATH_INVALID');
  });
});

describeVectors('oms', (dir) => {
  it('what we write validates against the schemas of the specification', () => {
    const ajv = new Ajv2020({ strict: false });
    for (const name of ['predicate', 'statement']) {
      ajv.addSchema(readJsonObject(dir, `schemas/v1.0/${name}.schema.json`));
    }
    const validate = ajv.getSchema('https://model_signing/statement/v1.0/schema');
    for (const contents of [SAMPLE, DEEP, ORDERING, { 'ü €': '' }]) {
      expect([validate?.(JSON.parse(decodeUtf8(build(contents)))), validate?.errors]).toEqual([true, null]);
    }
  });
});
