import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeModel, manifestLines } from '../../../src/core/model/index.ts';
import { fileLeaf } from '../../../src/core/model/trees/leaves.ts';
import { digest, modelOf, sha256 } from './support.ts';

const page = (name: string): string =>
  readFileSync(path.resolve(import.meta.dirname, '../../../docs/formats', name), 'utf8');
const trees = page('model-trees.md');
const blocks = (text: string): string[] => [...text.matchAll(/^```\w*\n([^`]*)^```$/gm)].map((match) => match[1] ?? '');
const hexBlock = (start: string): string =>
  (blocks(trees).find((block) => block.startsWith(start)) ?? '').replaceAll(/\s/g, '');

const files = { 'a.txt': 'abc', empty: '', 'model.safetensors': Buffer.from(hexBlock('6c00'), 'hex') };

/** The value that a table of roots gives. */
function rootOf(name: string): { size: number; root: string } {
  const row = new RegExp(`^\\| ${name.replaceAll(/[()]/g, '\\$&')} \\| ?(\\d*) \\| \`([0-9a-f]{64})\` \\|$`, 'm').exec(
    trees,
  );
  return { size: Number(row?.[1]), root: row?.[2] ?? '' };
}

describe('docs/formats/model-trees.md', () => {
  it('gives the leaf of a file', () => {
    expect(hexBlock('7374')).toBe(Buffer.from(fileLeaf('a.txt', 3, sha256('abc'))).toString('hex'));
  });

  it('gives the segments', async () => {
    const model = await digest(modelOf(files));
    const rows = [...trees.matchAll(/^\| `([^`]+)` \| (\d+) \| (\d+) \| `([0-9a-f]{64})` \|$/gm)].map((row) =>
      row.slice(1),
    );
    const segments = [...manifestLines(model)].map((line) => JSON.parse(line) as Record<string, unknown>);
    let current: unknown;
    const expected: unknown[][] = [];
    for (const line of segments) {
      if (line['type'] === 'file') current = line['path'];
      if (line['type'] === 'segment')
        expected.push([current, String(line['offset']), String(line['length']), line['digest']]);
    }
    expect(rows).toEqual(expected);
  });

  it('gives the roots of the folder', async () => {
    const dir = modelOf(files);
    const blake3 = await digest(dir);
    const { trees: bySha256 } = await digest(dir, { segmentHash: 'sha256' });
    expect(rootOf('OMS root (`sha256`)').root).toBe(blake3.trees.digests['sha256']);
    expect(blake3.trees.fileTree).toMatchObject(rootOf('file tree'));
    expect(blake3.trees.segmentTree).toMatchObject(rootOf('segment tree, BLAKE3'));
    expect(bySha256.segmentTree).toMatchObject(rootOf('segment tree, SHA-256'));
    expect(blake3.trees.tensorSets[0]).toMatchObject(rootOf('tensor tree of `model.safetensors`, BLAKE3'));
    expect(bySha256.tensorSets[0]).toMatchObject(rootOf('tensor tree of `model.safetensors`, SHA-256'));
    for (const tensor of describeModel(blake3).tensorSets[0]?.tensors ?? []) expect(trees).toContain(tensor.root);
  });

  it('gives the roots of the single file', async () => {
    const { trees } = await digest(`${modelOf(files)}/model.safetensors`);
    expect(trees.fileTree).toMatchObject(rootOf('single file tree'));
    expect(trees.segmentTree).toMatchObject(rootOf('single segment tree, BLAKE3'));
  });
});

it('docs/formats/manifest.md shows the manifest of that folder', async () => {
  const text = [...manifestLines(await digest(modelOf(files)))].join('');
  expect(blocks(page('manifest.md'))).toEqual([text]);
});
