import { describe, expect, it } from 'vitest';
import { omsDigestSet, parseOms } from '../../../src/core/attestation/index.ts';
import { omsJson, SAMPLE, shardsOf } from './oms-models.ts';
import { codeOf, sha256, sha256Hex, statementOf } from './support.ts';

const parse = (json: unknown) => parseOms(statementOf(json), sha256);
const X = { name: 'x', algorithm: 'sha256', digest: sha256Hex('x') };

describe('reading shards', () => {
  const python = shardsOf(SAMPLE, 8, 'sha256-sharded-8');
  it('reads what Python writes: numeric order, a float for the size, the size in the algorithm', () => {
    const json = omsJson(python, { method: 'shards', shard_size: 8 });
    const oms = parse(JSON.stringify(json).replace('"shard_size":8', '"shard_size":8.0'));
    expect(oms.recordedRoot).toBe('2139af57fd2a4f324ac7cd0fc04898cce73d0871b363c8eb3fc07ab7da4c8445');
    expect(oms.shardSize).toBe(8);
    expect(oms.notes).toHaveLength(1);
    expect(oms.resources.at(1)).toEqual({
      name: 'd0/f00',
      hash: 'sha256',
      digest: sha256('file f00'),
      shard: { start: 8, end: 16 },
    });
    expect(omsDigestSet(sha256, oms)).toBeUndefined();
  });

  it('reads the order of the specification, by name, without a note', () => {
    const sorted = shardsOf(SAMPLE, 8, 'sha256').toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const oms = parse(omsJson(sorted, { method: 'shards', shard_size: 8 }));
    expect(oms.recordedRoot).toBe('989f516c0443d9323aa23a81e5734f9e5a13d9f56cb9422efd4780caeeaaf3d1');
    expect(oms.notes).toEqual([]);
  });

  const shards =
    (names: readonly string[], settings: object = { shard_size: 8 }) =>
    () =>
      parse(
        omsJson(
          names.map((name) => ({ ...X, name })),
          { method: 'shards', ...settings },
        ),
      );

  it('reads a single file named "." in shards', () => {
    expect(shards(['.:0:8', '.:8:9'])().singleFile).toBe(true);
  });

  it.each<[string, readonly string[], object?]>([
    ['a name without offsets', ['x']],
    ['one offset', ['x:8']],
    ['no path', [':0:8']],
    ['a drive in the path', ['C:a:0:8']],
    ['an escape in the path', ['../x:0:8']],
    ['a leading zero', ['x:00:8']],
    ['a sign', ['x:+0:8']],
    ['start equal to end', ['x:8:8']],
    ['start after end', ['x:9:8']],
    ['an end beyond 2^53', ['x:0:9007199254740993']],
    ['an end of 30 digits', [`x:0:${'9'.repeat(30)}`]],
    ['a hole at the start', ['x:8:16']],
    ['a hole in the middle', ['x:0:8', 'x:16:24']],
    ['an overlap', ['x:0:8', 'x:4:12']],
    ['a short shard before the last', ['x:0:7', 'x:8:16']],
    ['a shard longer than the size', ['x:0:9']],
    ['the same shard twice', ['x:0:8', 'x:0:8']],
    ['no shard size', ['x:0:8'], {}],
    ['a shard size of zero', ['x:0:8'], { shard_size: 0 }],
    ['a fractional shard size', ['x:0:8'], { shard_size: 7.5 }],
    ['a shard size in a string', ['x:0:8'], { shard_size: '8' }],
  ])('refuses %s', (_, names, settings) => {
    expect(codeOf(shards(names, settings))).toBe('OMS_INVALID');
  });

  it('refuses an algorithm that names another shard size', () => {
    const other = shardsOf({ x: '12345678' }, 8, 'sha256-sharded-9');
    expect(codeOf(() => parse(omsJson(other, { method: 'shards', shard_size: 8 })))).toBe('OMS_INVALID');
  });
});
