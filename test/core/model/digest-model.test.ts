import { closeSync, ftruncateSync, openSync, utimesSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  digestModel,
  fileRequest,
  fileSet,
  hashPlan,
  modelTrees,
  planModel,
  walkModel,
} from '../../../src/core/model/index.ts';
import type { ProgressEvent } from '../../../src/core/progress/index.ts';
import { DEFAULTS, digest, expectCode, MIB, modelOf, safetensors } from './support.ts';

describe('digesting a model', () => {
  it('gives the same digests twice, and with any number of threads', async () => {
    const dir = modelOf({ 'm.safetensors': safetensors({ w: { data: Buffer.alloc(3 * MIB, 7) } }), b: 'x' });
    const first = await digest(dir);
    const again = await digestModel(dir, { ...DEFAULTS, jobs: 1 });
    expect(again.trees).toEqual(first.trees);
    expect(first.trees).toMatchObject({ kind: 'folder', files: 2, formats: ['safetensors'] });
    expect(first.trees.bytes).toBe(first.listing.files.bytes());
  });

  it('file trees are SHA-256 with either segment hash', async () => {
    const dir = modelOf({ a: 'x' });
    const blake3 = (await digest(dir)).trees;
    const sha256 = (await digest(dir, { segmentHash: 'sha256' })).trees;
    expect(sha256.fileTree).toEqual(blake3.fileTree);
    expect(sha256.segmentTree.root).not.toBe(blake3.segmentTree.root);
    expect(Object.keys(sha256.digests)).toEqual(['sha256', 'stemmaFileTreeV1', 'stemmaSegmentTreeSha256V1']);
  });

  it('ignored files leave every root', async () => {
    const with_ = await digest(modelOf({ a: 'x', 'logs/1': 'y' }), { ignored: ['logs'] });
    const without = await digest(modelOf({ a: 'x' }));
    expect(with_.trees).toEqual(without.trees);
    expect(with_.set.leftOut).toEqual([{ path: 'logs/1', because: 'ignored' }]);
  });

  it('cuts a container into segments once, however often they are asked for', async () => {
    const dir = modelOf({
      'm.safetensors': safetensors({ a: { data: Buffer.alloc(4) }, b: { data: Buffer.alloc(4) } }),
    });
    const plan = await planModel(fileSet(await walkModel(dir, DEFAULTS), { ignored: [] }), { opaque: [] });
    const request = fileRequest(plan.files.at(0)!, [], 'blake3');
    const first = request.segments;
    expect(first[0]?.lengths).toHaveLength(3);
    expect(request.segments).toBe(first);
  });

  it('reports progress up to the last byte', async () => {
    const events: ProgressEvent[] = [];
    const dir = modelOf({ a: Buffer.alloc(9 * MIB) });
    await digestModel(dir, { ...DEFAULTS, onProgress: (event) => events.push(event) });
    expect(events.at(-1)).toMatchObject({ phase: 'hashing model', done: 9 * MIB, total: 9 * MIB });
  });

  it('a file that changes while it is hashed has no digest', async () => {
    const dir = modelOf({ a: 'x' });
    const fd = openSync(`${dir}/sparse`, 'w');
    ftruncateSync(fd, 600 * MIB);
    const timer = setInterval(() => writeSync(fd, 'y', 0), 5);
    try {
      await expectCode(digest(dir), 'FILE_CHANGED');
    } finally {
      clearInterval(timer);
      closeSync(fd);
    }
  });

  it('an abort in the middle is INTERRUPTED', async () => {
    const dir = modelOf({});
    const fd = openSync(`${dir}/sparse`, 'w');
    ftruncateSync(fd, 2000 * MIB);
    closeSync(fd);
    const signal = AbortSignal.timeout(100);
    await expectCode(digestModel(dir, { ...DEFAULTS, signal }), 'INTERRUPTED');
  });
});

describe('the parts that a verifier calls', () => {
  it('hash a plan with the failures in the results', async () => {
    const dir = modelOf({ a: 'x', b: 'y' });
    const set = fileSet(await walkModel(dir, DEFAULTS), DEFAULTS);
    const plan = await planModel(set, DEFAULTS);
    utimesSync(`${dir}/b`, 1, 1);
    const results = await hashPlan(plan, { phase: 'hashing', whole: ['sha256'], segmentHash: 'blake3' });
    expect(results.map(({ error }) => error?.code)).toEqual([undefined, 'FILE_CHANGED']);
  });

  it('need what they are made of', async () => {
    const set = fileSet(await walkModel(modelOf({ a: 'x' }), DEFAULTS), DEFAULTS);
    const plan = await planModel(set, DEFAULTS);
    const fast = await hashPlan(plan, { phase: 'hashing', whole: [], segmentHash: 'blake3' });
    expect(fast.at(0)?.whole.sha256).toBeUndefined();
    expect(() => modelTrees(plan, fast, 'blake3')).toThrow(TypeError);
    const normal = await hashPlan(plan, { phase: 'hashing', whole: ['sha256'] });
    expect(() => modelTrees(plan, normal, 'blake3')).toThrow(TypeError);
  });
});
