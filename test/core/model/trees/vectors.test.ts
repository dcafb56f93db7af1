import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { TensorSetRoot, TreeRoot } from '../../../../src/core/model/index.ts';
import { describeVectors } from '../../../support/vectors.ts';
import { digest, tempDir, writeFiles } from '../support.ts';

interface Expected {
  readonly of?: string;
  readonly kind: 'folder' | 'file';
  readonly digestSet: Readonly<Record<string, string>>;
  readonly fileTree: TreeRoot;
  readonly segmentTree: TreeRoot;
  readonly tensorSets: readonly Omit<TensorSetRoot, 'parameters'>[];
  readonly generate?: { readonly file: string; readonly header: string; readonly dataBytes: number };
}

describeVectors('trees', (dir) => {
  const expected: Record<string, Expected> = JSON.parse(readFileSync(path.join(dir, 'expected.json'), 'utf8'));
  const models = Object.entries(expected).filter(([name]) => !name.startsWith('logs/'));

  it('has models of every kind', () => {
    expect(models.length).toBeGreaterThanOrEqual(8);
  });

  it.each(models)('every root of %s is the independent reading of design §3', async (name, model) => {
    const source = model.of ?? name;
    const { generate } = expected[source] as Expected;
    const location = generate === undefined ? path.join(dir, source) : generated(generate);
    const { trees } = await digest(location, { segmentHash: model.segmentTree.hash });
    expect(trees.kind).toBe(model.kind);
    expect(trees.digests).toEqual(model.digestSet);
    expect(trees.fileTree).toEqual(model.fileTree);
    expect(trees.segmentTree).toEqual(model.segmentTree);
    expect(trees.tensorSets).toHaveLength(model.tensorSets.length);
    expect(trees.tensorSets).toMatchObject(model.tensorSets);
  });
});

function generated({ file, header, dataBytes }: NonNullable<Expected['generate']>): string {
  const data = Buffer.alloc(Math.ceil(dataBytes / 32) * 32);
  const counter = Buffer.alloc(8);
  for (let i = 0; i * 32 < dataBytes; i++) {
    counter.writeBigUInt64BE(BigInt(i));
    createHash('sha256')
      .update('stemma-vector')
      .update(counter)
      .digest()
      .copy(data, i * 32);
  }
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  const dir = path.join(tempDir(), 'generated');
  mkdirSync(dir);
  return writeFiles(dir, { [file]: Buffer.concat([length, Buffer.from(header), data.subarray(0, dataBytes)]) });
}
