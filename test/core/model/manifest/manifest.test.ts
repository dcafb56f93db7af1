import { truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonValue } from '../../../../src/core/bytes/index.ts';
import { describeManifest, describeModel, type ManifestLine, readManifest } from '../../../../src/core/model/index.ts';
import { digest, type Files, MIB, modelOf, safetensors, sha256, tensorsNamed, writeFiles } from '../support.ts';
import { FILES, inChunks, read, textOf } from './manifest-support.ts';

describe('a manifest', () => {
  it.each<[string, Files, Parameters<typeof digest>[1]]>([
    ['of every kind of file', FILES, {}],
    ['by SHA-256', FILES, { segmentHash: 'sha256' }],
    ['with ignored and opaque paths', FILES, { ignored: ['.hidden'], opaque: ['s2.safetensors'] }],
    ['without any tensor', { a: 'x' }, {}],
  ])('%s gives back every root and every tensor', async (_, files, settings) => {
    const model = await digest(modelOf(files), settings);
    const bytes = Buffer.from(textOf(model));
    for (const size of [1, 7, 4096, bytes.length]) {
      const { summary, description } = await describeManifest(inChunks(bytes, size));
      expect(summary.sha256).toBe(sha256(bytes).toString('hex'));
      expect(summary.digests).toEqual(model.trees.digests);
      expect(summary.tensorSets).toEqual(model.trees.tensorSets);
      expect([summary.fileTree, summary.segmentTree]).toEqual([model.trees.fileTree, model.trees.segmentTree]);
      expect([summary.files, summary.bytes]).toEqual([model.trees.files, model.trees.bytes]);
      expect([summary.ignored, summary.opaque]).toEqual([settings?.ignored ?? [], settings?.opaque ?? []]);
      expect(description).toEqual(describeModel(model));
    }
  });

  it('of a single file has the empty path, so that a rename keeps its bytes', async () => {
    const dir = modelOf({ 'w.safetensors': tensorsNamed('a'), renamed: tensorsNamed('a') });
    const text = textOf(await digest(`${dir}/w.safetensors`));
    expect(textOf(await digest(`${dir}/renamed`))).toBe(text);
    const summary = await read(text);
    expect(summary.kind).toBe('file');
    expect(summary.digests['sha256']).toBe(sha256(tensorsNamed('a')).toString('hex'));
    expect(summary.tensorSets.map(({ path }) => path)).toEqual(['']);
  });

  it('depends on nothing but the bytes of the model: not on its place, side files or times', async () => {
    const one = textOf(await digest(modelOf(FILES)));
    const other = textOf(await digest(writeFiles(modelOf(FILES), { 'model.sig': 's', '.git/HEAD': 'h' })));
    expect(other).toBe(one);
    expect(one).not.toContain('/tmp');
  });

  it('has one canonical JSON object a line, the header first', async () => {
    const lines = textOf(await digest(modelOf(FILES))).split('\n');
    expect(lines.pop()).toBe('');
    for (const line of lines) expect(canonicalJson(JSON.parse(line) as JsonValue)).toBe(line);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      type: 'https://w3id.org/stemma/manifest/v1',
      files: 7,
      tensorSets: 2,
    });
  });

  it('names the tensor of each segment', async () => {
    const dir = modelOf({
      'm.safetensors': safetensors({ big: { data: Buffer.alloc(16 * MIB + 1) }, small: { data: 'x' } }),
    });
    const lines: ManifestLine[] = [];
    await readManifest(inChunks(Buffer.from(textOf(await digest(dir))), 4096), (line) => lines.push(line));
    const segments = lines.flatMap((line) => (line.type === 'segment' ? [[line.tensor, line.length]] : []));
    expect(segments.slice(1)).toEqual([
      ['big', 16 * MIB],
      ['big', 1],
      ['small', 1],
    ]);
  });

  it('of a sparse file of many segments is read in order', async () => {
    const dir = modelOf({ sparse: '' });
    truncateSync(`${dir}/sparse`, 80 * MIB + 3);
    const model = await digest(dir);
    const summary = await read(textOf(model));
    expect(summary.segmentTree).toEqual(model.trees.segmentTree);
    expect(summary.segmentTree.size).toBe(6);
  });
});
