import { describe, expect, it } from 'vitest';
import { parseSafetensorsIndex, SAFETENSORS_INDEX_MAX_BYTES } from '../../../../src/core/model/formats/index.ts';
import { expectRefused } from './support.ts';

const encoder = new TextEncoder();
const parse = (text: string) => parseSafetensorsIndex(encoder.encode(text));

describe('a safetensors index', () => {
  const map = (shard: string): string => `{"weight_map":{"w":${JSON.stringify(shard)}}}`;
  const shards = [
    '../../x.safetensors',
    '/etc/x.safetensors',
    'a/../x.safetensors',
    './x.safetensors',
    'a//x.safetensors',
  ];
  const foreign = [
    'C:\\x.safetensors',
    'a\\x.safetensors',
    'http://h/x.safetensors',
    'con.safetensors',
    'x:y.safetensors',
  ];
  const odd = [
    '',
    'x.bin',
    'x.SAFETENSORS',
    'x.safetensors/',
    'x\0.safetensors',
    'x\u001b.safetensors',
    'x.safetensors ',
  ];
  it.each([...shards, ...foreign, ...odd])('with the shard name %j is refused', (shard) => {
    expectRefused(() => parse(map(shard)), 'SAFETENSORS_INDEX_INVALID', 1, 'shard name');
  });

  const cases: readonly (readonly [title: string, text: string, offset: number, says: string])[] = [
    ['empty', '', 0, 'unexpected end'],
    ['an array', '[]', 0, 'not a JSON object'],
    ['without weight_map', '{"metadata":{}}', 0, 'expected weight_map'],
    ['with an array for weight_map', '{"metadata":{}, "weight_map":[]}', 16, 'expected weight_map'],
    ['with a number for a shard', '{"weight_map":{"w":1}}', 1, 'expected a shard name for tensor "w"'],
    ['with a name twice', '{"weight_map":{"w":"a.safetensors","w":"a.safetensors"}}', 38, 'duplicate member "w"'],
    ['with a tensor name that holds NUL', '{"weight_map":{"w\\u0000":"a.safetensors"}}', 1, 'control character'],
    ['with an array for metadata', '{"metadata":[],"weight_map":{}}', 1, 'expected metadata'],
    ['with text after it', '{"weight_map":{}}x', 17, 'unexpected text'],
    ['with a lone surrogate', '{"weight_map":{"\\udc00":"a.safetensors"}}', 23, 'lone surrogate'],
  ];
  it.each(cases)('%s is refused', (_, text, offset, says) => {
    expectRefused(() => parse(text), 'SAFETENSORS_INDEX_INVALID', offset, says);
  });

  it('that is no UTF-8 is refused', () => {
    expectRefused(
      () => parseSafetensorsIndex(Uint8Array.of(0x7b, 0x22, 0xc3, 0x28)),
      'SAFETENSORS_INDEX_INVALID',
      0,
      'UTF-8',
    );
  });

  it('beyond the byte cap is refused before it is decoded', () => {
    const huge = new Uint8Array(SAFETENSORS_INDEX_MAX_BYTES + 1);
    expectRefused(() => parseSafetensorsIndex(huge), 'SAFETENSORS_INDEX_INVALID', 0, 'at most 100000000');
  });

  it('with more than 10,000 shards is refused, with 10,000 read', () => {
    const many = (n: number): string =>
      `{"weight_map":{${Array.from({ length: n }, (_, i) => `"t${i}":"s${i}.safetensors"`).join(',')}}}`;
    expect(parse(many(10_000)).weightMap.size).toBe(10_000);
    expectRefused(() => parse(many(10_001)), 'SAFETENSORS_INDEX_INVALID', 1, 'more than 10000 shards');
  });

  it('with more than a million tensors is refused', () => {
    const entries = Array.from({ length: 1_000_001 }, (_, i) => `"${i.toString(36)}":"s.safetensors"`).join(',');
    expectRefused(() => parse(`{"weight_map":{${entries}}}`), 'SAFETENSORS_INDEX_INVALID', 1, '1000001 tensors');
  });

  it('maps tensors to shards in folders below its own', () => {
    const index = parse('{"weight_map":{"b":"x/y-1.safetensors","a":"größe.safetensors"}}');
    expect([...index.weightMap]).toEqual([
      ['b', 'x/y-1.safetensors'],
      ['a', 'größe.safetensors'],
    ]);
    expect(index).toMatchObject({ totalSize: undefined, notes: [] });
  });

  it.each([
    ['1536', 1536],
    ['1.5e3', 1500],
    ['13476831232.0', 13_476_831_232],
    ['0', 0],
  ])('reads the total size %s', (literal, size) => {
    const index = parse(`{"metadata":{"total_size":${literal},"total_parameters":0.5},"weight_map":{}}`);
    expect(index).toMatchObject({ totalSize: size, notes: [] });
  });

  it.each(['-1', '0.5', '"1536"', 'null', '1e300'])('notes a total size of %s', (literal) => {
    const index = parse(`{"metadata":{"total_size":${literal}},"weight_map":{}}`);
    expect(index).toMatchObject({ totalSize: undefined, notes: [expect.stringContaining('total_size')] });
  });
});
