import { expect, test } from 'vitest';
import { compareUtf8, encodeUtf8 } from '../../../src/core/bytes/index.ts';
import {
  type Hash,
  type Json,
  omsStatement,
  putSignature,
  type Resource,
  resourcesOf,
  shardsOf,
} from './oms-support.ts';
import { exitCode, verify, writeFiles, writeModel } from './support.ts';

/** Offsets of one, two and three digits, so that lexicographic and numeric order differ; the last shard is short. */
const FILES = { 'a.bin': 'abcdefghijklmnopqrstuvwxyz', 'd/c.bin': '0123456789abcdef' };
const SIZE = 4;
const sharded = (resources: readonly Resource[], serialization: Json = {}) =>
  omsStatement(resources, { method: 'shards', shard_size: SIZE, ...serialization });

async function signed(statement: unknown, contents: Readonly<Record<string, string>> = FILES): Promise<string> {
  const model = writeModel(contents);
  await putSignature(model, statement);
  return model;
}

const byName = (resources: readonly Resource[]): Resource[] =>
  resources.toSorted((a, b) => compareUtf8(a.name, b.name));

test.each<[string, Resource[], Json]>([
  ['in numeric order', shardsOf(FILES, SIZE), {}],
  ['in lexicographic order', byName(shardsOf(FILES, SIZE)), {}],
  ['spelled sha256-sharded-4', shardsOf(FILES, SIZE, { algorithm: 'sha256-sharded-4' }), {}],
  ['of BLAKE2b', shardsOf(FILES, SIZE, { hash: 'blake2b' }), { hash_type: 'blake2b' }],
  ['of BLAKE3', shardsOf(FILES, SIZE, { hash: 'blake3' }), { hash_type: 'blake3' }],
])('shards %s verify', async (_, resources, serialization) => {
  expect(await exitCode(await signed(sharded(resources, serialization)))).toBe(0);
});

test('a shard size written as a float, as Python does, verifies', async () => {
  const model = writeModel(FILES);
  const text = JSON.stringify(sharded(shardsOf(FILES, SIZE, { algorithm: 'sha256-sharded-4' })));
  expect(text).toContain('"shard_size":4}');
  await putSignature(model, undefined, { payload: encodeUtf8(text.replace('"shard_size":4}', '"shard_size":4.0}')) });

  expect(await exitCode(model)).toBe(0);
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['its first shard changed', { 'a.bin': 'Abcdefghijklmnopqrstuvwxyz' }],
  ['its short last shard changed', { 'a.bin': 'abcdefghijklmnopqrstuvwxyZ' }],
  ['two shards exchanged', { 'a.bin': 'efghabcdijklmnopqrstuvwxyz' }],
  ['bytes appended', { 'a.bin': `${FILES['a.bin']}!` }],
  ['its end cut off at a shard', { 'a.bin': 'abcdefghijklmnopqrstuvwx' }],
  ['all of it cut off', { 'a.bin': '' }],
  ['a file added', { 'new.bin': 'x' }],
])('a file with %s fails', async (_, change) => {
  const model = await signed(sharded(shardsOf(FILES, SIZE)));
  writeFiles(model, change);
  const report = await verify(model);

  expect(report.result).toBe('fail');
  expect(report.changes.map(({ path }) => path)).toEqual(Object.keys(change));
});

test('an empty file, which shards cannot list, passes only as not covered', async () => {
  const model = await signed(sharded(shardsOf(FILES, SIZE)));
  writeFiles(model, { '__init__.py': '' });
  const report = await verify(model);

  expect(report.result).toBe('pass');
  expect(report.notCovered).toEqual([
    { path: '__init__.py', because: 'left out by every matched statement, or unsigned' },
  ]);
});

const shards = shardsOf(FILES, SIZE);
const [first, second, ...rest] = shards as [Resource, Resource, ...Resource[]];

test.each<[string, readonly Resource[], Json]>([
  ['a hole', [first, ...rest], {}],
  ['no beginning', [second, ...rest], {}],
  ['an overlap', [first, { ...first, name: 'a.bin:2:6' }, second, ...rest], {}],
  ['a shard twice', [first, first, second, ...rest], {}],
  ['an end before its start', [{ ...first, name: 'a.bin:4:0' }, second, ...rest], {}],
  ['no offsets', [{ ...first, name: 'a.bin' }, second, ...rest], {}],
  ['an offset in another spelling', [{ ...first, name: 'a.bin:00:4' }, second, ...rest], {}],
  ['a traversing name', [{ ...first, name: '../a.bin:0:4' }, second, ...rest], {}],
  ['another shard size than its shards have', shards, { shard_size: 8 }],
  ['a shard size of 0', shards, { shard_size: 0 }],
  ['a shard size that is no whole number', shards, { shard_size: 4.5 }],
  ['the algorithm of another shard size', shards.map((shard) => ({ ...shard, algorithm: 'sha256-sharded-8' })), {}],
])('a list with %s is malformed, though the trusted key signed it', async (_, resources, serialization) => {
  expect(await exitCode(await signed(sharded(resources, serialization)))).toBe(4);
});

test('a shard list whose last end is beyond the file fails', async () => {
  const model = await signed(sharded(shardsOf({ ...FILES, 'a.bin': `${FILES['a.bin']}!!` }, SIZE)));

  expect(await exitCode(model)).toBe(1);
});

test.each<Hash>(['blake2b', 'blake3'])('whole files under %s verify, and not after a byte changed', async (hash) => {
  const model = await signed(omsStatement(resourcesOf(FILES, hash), { hash_type: hash }));

  expect(await exitCode(model)).toBe(0);
  writeFiles(model, { 'a.bin': 'Abcdefghijklmnopqrstuvwxyz' });
  expect(await exitCode(model)).toBe(1);
});

test('what was not hashed with SHA-256 gives the report no sha256', async () => {
  const report = await verify(await signed(omsStatement(resourcesOf(FILES, 'blake3'), { hash_type: 'blake3' })));

  expect(report.subject.digests).toEqual({});
});

test('a root in another hash than SHA-256 is malformed: OMS forms it with SHA-256 whatever the files use', async () => {
  const statement = omsStatement(resourcesOf(FILES, 'blake3'), { hash_type: 'blake3' });
  const subject = [{ name: 'model', digest: { blake3: '00'.repeat(32) } }];

  expect(await exitCode(await signed({ ...statement, subject }))).toBe(4);
});
