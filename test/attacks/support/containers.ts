import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GgufBytes, safetensorsFile } from '../../core/model/formats/support.ts';
import { Scene } from './scene.ts';

export const tensor = (start: number, end: number, shape = [(end - start) / 4]): string =>
  `{"dtype":"F32","shape":[${shape.join()}],"data_offsets":[${start},${end}]}`;

const lengthOnly = (length: bigint): Uint8Array => {
  const file = new Uint8Array(64);
  new DataView(file.buffer).setBigUint64(0, length, true);
  return file;
};

export const ZIP_END = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');

const SAFETENSORS: readonly (readonly [string, Uint8Array])[] = [
  ['an empty file', new Uint8Array()],
  ['a header of 2^63 bytes', lengthOnly(2n ** 63n)],
  ['a header longer than the file', lengthOnly(1000n)],
  ['tensors that overlap', safetensorsFile(`{"a":${tensor(0, 8)},"b":${tensor(4, 12)}}`, 12)],
  ['a hole between tensors', safetensorsFile(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12)],
  ['trailing bytes', safetensorsFile(`{"a":${tensor(0, 4)}}`, 8)],
  ['a tensor beyond the end', safetensorsFile(`{"a":${tensor(0, 400)}}`, 8)],
  ['one name twice', safetensorsFile(`{"a":${tensor(0, 4)},"a":${tensor(4, 8)}}`, 8)],
  ['a NUL in a name', safetensorsFile(`{"a\\u0000":${tensor(0, 4)}}`, 4)],
  ['a shape that overflows', safetensorsFile(`{"a":${tensor(0, 4, [2 ** 32, 2 ** 32])}}`, 4)],
  ['a shape that is not its length', safetensorsFile(`{"a":${tensor(0, 4, [2])}}`, 4)],
  ['an unknown dtype', safetensorsFile(`{"a":${tensor(0, 4).replace('F32', 'X32')}}`, 4)],
  ['nested metadata', safetensorsFile(`{"__metadata__":{"a":{}},"a":${tensor(0, 4)}}`, 4)],
  ['a ZIP appended', Buffer.concat([safetensorsFile(`{"a":${tensor(0, 4)}}`, 4), ZIP_END])],
  ['something else altogether', Buffer.from('PK\x03\x04 not tensors at all')],
];

export const gguf = (keyValues: number, build: (bytes: GgufBytes) => GgufBytes, tensors = 0): Uint8Array =>
  build(new GgufBytes().header(tensors, keyValues)).file(0);
export const [U32, STRING, ARRAY] = [4, 8, 9] as const;

export const GGUF: readonly (readonly [string, Uint8Array])[] = [
  ['2^63 key-values', new GgufBytes().header(0, 2n ** 63n).file(0)],
  ['2^63 tensors', new GgufBytes().header(2n ** 63n, 0).file(0)],
  [
    'a string of 2^60 bytes',
    gguf(1, (bytes) =>
      bytes
        .text('a')
        .u32(STRING)
        .u64(2n ** 60n),
    ),
  ],
  [
    'an array nested a thousand deep',
    gguf(1, (bytes) => {
      bytes.text('a').u32(ARRAY);
      for (let i = 0; i < 1000; i++) bytes.u32(ARRAY).u64(1);
      return bytes.u32(U32).u64(0);
    }),
  ],
  ['an alignment of 0', gguf(1, (bytes) => bytes.text('general.alignment').u32(U32).u32(0))],
  ['an alignment of 3', gguf(1, (bytes) => bytes.text('general.alignment').u32(U32).u32(3))],
  ['a key twice', gguf(2, (bytes) => bytes.text('a').u32(U32).u32(1).text('a').u32(U32).u32(1))],
  ['a tensor name of 65 bytes', gguf(0, (bytes) => bytes.tensor('x'.repeat(65), [1], 0, 0), 1)],
  ['a tensor beyond the end', gguf(0, (bytes) => bytes.tensor('x', [1024], 0, 0), 1)],
  ['a file that ends in its header', new GgufBytes().header(5, 5).file()],
];

export const broken = [
  ...SAFETENSORS.map(([what, bytes]) => ({
    row: 64,
    name: 'model.safetensors',
    what,
    bytes,
    code: 'SAFETENSORS_INVALID',
  })),
  ...GGUF.map(([what, bytes]) => ({ row: 66, name: 'extra.gguf', what, bytes, code: 'GGUF_INVALID' })),
] as const;

export const INDEX = 'model.safetensors.index.json';
type Index = { metadata: { total_size: number }; weight_map: Record<string, string> };

export const indexes: readonly (readonly [string, string, (index: Index) => void])[] = [
  [
    'a shard outside the folder',
    'SAFETENSORS_INDEX_INVALID',
    (index) => void (index.weight_map['layers.0.bias'] = '../../x.safetensors'),
  ],
  [
    'a shard that is absent',
    'SAFETENSORS_INDEX_INVALID',
    (index) => void (index.weight_map['layers.0.bias'] = 'model-00004-of-00003.safetensors'),
  ],
  [
    'a tensor that is absent from its shard',
    'SAFETENSORS_INDEX_INVALID',
    (index) => void (index.weight_map['layers.9.bias'] = 'model-00001-of-00003.safetensors'),
  ],
  ['no weight map', 'SAFETENSORS_INDEX_INVALID', (index) => void Object.assign(index, { weight_map: 1 })],
];

export function edited(folder: string, edit: (index: Index) => void): string {
  const index = JSON.parse(readFileSync(path.join(folder, INDEX), 'utf8')) as Index;
  edit(index);
  return JSON.stringify(index);
}

/** The scene's model becomes the sharded one, its index edited. */
export const sharded = (scene: Scene, edit: (index: Index) => void): void => {
  const folder = scene.other('resharded', 'sharded');
  for (const name of ['README.md', 'config.json', 'model.safetensors']) scene.remove(name);
  for (const shard of [1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`)) {
    scene.write(shard, readFileSync(path.join(folder, shard)));
  }
  scene.write(INDEX, edited(folder, edit));
};
