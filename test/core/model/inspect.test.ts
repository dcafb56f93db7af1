import { symlinkSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectModel, type ModelInspection } from '../../../src/core/model/index.ts';
import {
  DEFAULTS,
  expectCode,
  type Files,
  gguf,
  indexOf,
  LFS_POINTER,
  modelOf,
  safetensors,
  tempDir,
  tensorsNamed,
} from './support.ts';

const inspect = (files: Files): Promise<ModelInspection> => inspectModel(modelOf(files), DEFAULTS);
const kinds = ({ findings }: ModelInspection): [string, string][] => findings.map(({ path, kind }) => [path, kind]);

describe('inspecting a model', () => {
  it('sums up tensor sets by dtype, most bytes first', async () => {
    const result = await inspect({
      'm.safetensors': safetensors({
        a: { dtype: 'F16', shape: [2, 3], data: Buffer.alloc(12) },
        b: { dtype: 'F32', shape: [4], data: Buffer.alloc(16) },
        c: { dtype: 'F16', shape: [], data: Buffer.alloc(2) },
      }),
      'x.gguf': gguf({ w: [1, 2] }),
    });
    expect(result).toMatchObject({
      name: 'model',
      kind: 'folder',
      files: 2,
      formats: ['gguf', 'safetensors'],
      problems: [],
    });
    expect(result.tensorSets).toEqual([
      {
        path: 'm.safetensors',
        format: 'safetensors',
        files: ['m.safetensors'],
        tensors: 3,
        parameters: 11,
        bytes: 30,
        dtypes: [
          { dtype: 'F32', tensors: 1, parameters: 4, bytes: 16 },
          { dtype: 'F16', tensors: 2, parameters: 7, bytes: 14 },
        ],
      },
      {
        path: 'x.gguf',
        format: 'gguf',
        files: ['x.gguf'],
        tensors: 1,
        parameters: 2,
        bytes: 8,
        dtypes: [{ dtype: 'F32', tensors: 1, parameters: 2, bytes: 8 }],
      },
    ]);
  });

  it('reads no weight: a terabyte takes no time', async () => {
    const dir = modelOf({ sparse: '' });
    truncateSync(`${dir}/sparse`, 2 ** 40);
    expect((await inspectModel(dir, DEFAULTS)).bytes).toBe(2 ** 40);
  });

  const zip = (name: string): Buffer => {
    const head = Buffer.alloc(30);
    head.write('PK\u0003\u0004', 'latin1');
    head.writeUInt16LE(name.length, 26);
    return Buffer.concat([head, Buffer.from(name), Buffer.from('...')]);
  };

  it.each<[string, string, Uint8Array | string, string]>([
    ['code', 'modeling_x.py', 'import os', 'remote-code'],
    ['a library', 'kernel.so', '\u007fELF', 'remote-code'],
    ['a pickle by its name', 'x.pkl', 'text', 'executes-on-load'],
    ['a checkpoint by its name', 'x.CKPT', 'text', 'executes-on-load'],
    ['a joblib file', 'x.joblib', 'text', 'executes-on-load'],
    ['a PyTorch file by its name', 'pytorch_model-00001-of-00002.bin', 'text', 'executes-on-load'],
    ['a pickle by its first bytes', 'innocent.dat', Buffer.of(0x80, 4, 0x95), 'executes-on-load'],
    ['a PyTorch ZIP by its first entry', 'weights.bin', zip('archive/data.pkl'), 'executes-on-load'],
    ['a chat template file', 'chat_template.jinja', '{{ x }}', 'chat-template'],
    ['a chat template in the tokenizer', 'tokenizer_config.json', '{"chat_template":"{{ x }}"}', 'chat-template'],
    [
      'code named by the configuration',
      'config.json',
      '{"auto_map":{"AutoModel":"evil/repo--modeling.X"}}',
      'remote-code',
    ],
    ['an index that omits a tensor', 'm.safetensors.index.json', indexOf({ a: 's.safetensors' }), 'index-mismatch'],
    ['big-endian GGUF', 'be.gguf', 'GGUF\u0000\u0000\u0000\u0003', 'unsupported-container'],
  ])('finds %s', async (_, name, content, kind) => {
    expect(kinds(await inspect({ 's.safetensors': tensorsNamed('a', 'b'), [name]: content }))).toEqual([[name, kind]]);
  });

  it.each<[string, Uint8Array | string]>([
    ['tokenizer.json', '{"chat_template":1}'],
    ['config.json', '{"model_type":"bert"}'],
    ['config.json', '[]'],
    ['config.json', '{"auto_map":'],
    ['config.json', '{"a":1,"a":2}'],
    ['openvino_model.bin', Buffer.of(1, 2, 3)],
    ['weights.zip', zip('model/weights.npy')],
    ['short', Buffer.of(0x80)],
    ['python.txt', 'import os'],
    ['PK', 'PK\u0003\u0004'],
  ])('finds nothing in %s %#', async (name, content) => {
    expect(kinds(await inspect({ [name]: content }))).toEqual([]);
  });

  it('lists why attest would refuse, and goes on', async () => {
    const dir = modelOf({ 'a.safetensors': 'junk', 'b.bin': LFS_POINTER, 'c.safetensors': tensorsNamed('w') });
    symlinkSync('nowhere', `${dir}/link`);
    const { problems, tensorSets } = await inspectModel(dir, DEFAULTS);
    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ['link', 'SYMLINK_REFUSED'],
      ['a.safetensors', 'SAFETENSORS_INVALID'],
      ['b.bin', 'LFS_POINTER'],
    ]);
    expect(tensorSets.map(({ path }) => path)).toEqual(['c.safetensors']);
  });

  it('of a single file names its container', async () => {
    const dir = modelOf({ blob: tensorsNamed('w') });
    const result = await inspectModel(`${dir}/blob`, DEFAULTS);
    expect(result).toMatchObject({ kind: 'file', name: 'blob', files: 1, formats: ['safetensors'] });
  });

  it('of nothing fails', async () => {
    await expectCode(inspectModel(`${tempDir()}/none`, DEFAULTS), 'PATH_NOT_FOUND');
  });
});
