import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseGguf, parseSafetensors } from '../../../../src/core/model/formats/index.ts';
import { done, GgufBytes, safetensorsFile } from './support.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/formats/containers.md'), 'utf8');

/** The cells of the rows of one table of the page, told by its header row. */
function tableOf(header: string): string[][] {
  const lines = page.split('\n');
  const rows = lines.slice(lines.indexOf(header) + 2);
  return rows.slice(0, rows.indexOf('')).map((row) => row.replaceAll('`', '').slice(2, -2).split(' | '));
}

const dtypes = tableOf('| dtype | bits |').map(([name = '', bits]) => ({ name, bits: Number(bits) }));
const ggml = tableOf('| id | dtype | block | bytes |').map(([id, name = '', block, bytes]) => ({
  id: Number(id),
  name,
  block: Number(block),
  bytes: Number(bytes),
}));

describe('the type tables of docs/formats/containers.md', () => {
  it('have the 22 dtypes of safetensors 0.8.0 and 35 types of ggml, none twice', () => {
    expect(new Set(dtypes.map(({ name }) => name)).size).toBe(22);
    expect(new Set(ggml.map(({ name }) => name)).size).toBe(35);
    expect(new Set(ggml.map(({ id }) => id)).size).toBe(35);
    expect([dtypes.length, ggml.length]).toEqual([22, 35]);
  });

  it.each(dtypes)('eight elements of $name are $bits bytes', ({ name, bits }) => {
    const file = safetensorsFile(`{"w":{"dtype":"${name}","shape":[8],"data_offsets":[0,${bits}]}}`, bits);
    expect(done(parseSafetensors(file, file.length)).tensors[0]).toMatchObject({ dtype: name, length: bits });
  });

  it.each(ggml)('three blocks of type $id are $name and 3 × $bytes bytes', ({ id, name, block, bytes }) => {
    const file = new GgufBytes()
      .header(1, 0)
      .tensor('w', [block, 3], id, 0)
      .file(3 * bytes);
    expect(done(parseGguf(file, file.length)).tensors[0]).toMatchObject({
      dtype: name,
      shape: [3, block],
      length: 3 * bytes,
      parameters: 3 * block,
    });
  });

  const ids = new Set(ggml.map(({ id }) => id));
  it('no other id below 256 is a type', () => {
    for (let id = 0; id < 256; id++) {
      if (ids.has(id)) continue;
      const file = new GgufBytes().header(1, 0).tensor('w', [256], id, 0).file(4096);
      expect(() => parseGguf(file, file.length)).toThrow(expect.objectContaining({ code: 'GGUF_INVALID' }));
    }
  });
});
