import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from './support/code.ts';
import { broken, indexes, sharded } from './support/containers.ts';
import { attest, prepare, Scene } from './support/scene.ts';
import { treeOf } from './support/tree.ts';

describe('row 64, 65, 66 and 70: what attest refuses', () => {
  let scene: Scene;

  beforeAll(async () => {
    const prepared = await prepare();
    scene = new Scene(prepared);
    rmSync(path.dirname(prepared), { recursive: true });
    scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
  });

  afterAll(() => scene.end());

  it.each(broken)('row $row: $name, $what: $code', async ({ name, bytes, code }) => {
    const original = scene.read('model.safetensors');
    scene.write(name, bytes);
    const before = treeOf(scene.dir);

    expect(await codeOf(attest(scene.model))).toBe(code);
    expect(treeOf(scene.dir)).toEqual(before);

    if (name !== 'model.safetensors') scene.remove(name);
    scene.write('model.safetensors', original);
  });

  it.each(indexes)('row 65: an index with %s: %s', async (_what, code, edit) => {
    const copy = new Scene(scene.model);
    sharded(copy, edit);
    const before = treeOf(copy.dir);

    expect(await codeOf(attest(copy.model))).toBe(code);
    expect(treeOf(copy.dir)).toEqual(before);
    copy.end();
  });
});
