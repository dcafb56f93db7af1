import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CONTAINER_PARSERS,
  type Container,
  type ContainerFormat,
  parseSafetensors,
  parseSafetensorsIndex,
} from '../../../../src/core/model/formats/index.ts';
import { describeVectors } from '../../../support/vectors.ts';
import { done, fixture } from './support.ts';

interface ExpectedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly length: number;
  readonly sha256: string;
  /** The gguf package names absolute offsets, the safetensors package none. */
  readonly offset?: number;
}

interface Expected {
  readonly format: ContainerFormat;
  readonly headerLength?: number;
  readonly dataOffset?: number;
  readonly tensors: Readonly<Record<string, ExpectedTensor>>;
}

const expected: Readonly<Record<string, Expected>> = JSON.parse(new TextDecoder().decode(fixture('expected.json')));
const names = Object.keys(expected);

function parse(name: string): { bytes: Uint8Array; container: Container; expected: Expected } {
  const bytes = fixture(name);
  const want = expected[name];
  if (want === undefined) throw new Error(`no expectation for ${name}`);
  return { bytes, container: done(CONTAINER_PARSERS[want.format](bytes, bytes.length)), expected: want };
}

/** What every container owes the trees, whatever its format. */
function expectLaidOut(container: Container, fileSize: number): void {
  let end = 0;
  for (const { offset, length, tensor } of container.regions) {
    expect(offset).toBe(end);
    expect(length).toBeGreaterThan(0);
    end += length;
    if (tensor !== undefined) expect(container.tensors[tensor]).toMatchObject({ offset, length });
  }
  expect(end).toBe(fileSize);
  expect(container.regions[0]).toEqual({ offset: 0, length: container.headerLength });
  const withRegion = container.regions.flatMap(({ tensor }) => (tensor === undefined ? [] : [tensor]));
  expect(withRegion).toEqual(container.tensors.flatMap(({ length }, i) => (length === 0 ? [] : [i])));
  for (const { tensor } of container.regions.slice(1)) {
    if (container.format === 'safetensors') expect(tensor).toBeDefined();
  }
}

describe('files of the reference packages', () => {
  it.each(names)('%s has the tensors that its package reads', (name) => {
    const { bytes, container, expected } = parse(name);
    const found = container.tensors.map((tensor) => ({
      name: tensor.name,
      dtype: tensor.dtype,
      shape: tensor.shape,
      length: tensor.length,
      sha256: createHash('sha256')
        .update(bytes.subarray(tensor.offset, tensor.offset + tensor.length))
        .digest('hex'),
    }));
    const want = Object.entries(expected.tensors).map(([name, { dtype, shape, length, sha256 }]) => ({
      name,
      dtype,
      shape,
      length,
      sha256,
    }));
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    expect(found.toSorted(byName)).toEqual(want.toSorted(byName));
    for (const tensor of container.tensors) {
      expect(tensor.parameters).toBe(tensor.shape.reduce((a, b) => a * b, 1));
      const offset = expected.tensors[tensor.name]?.offset;
      if (offset !== undefined) expect(tensor.offset).toBe(offset);
    }
    if (expected.headerLength !== undefined) expect(container.headerLength).toBe(expected.headerLength);
    if (expected.dataOffset !== undefined) expect(container.headerLength).toBeLessThanOrEqual(expected.dataOffset);
    expect(container.notes).toEqual([]);
  });

  it.each(names)('%s is covered by its regions in order and without holes', (name) => {
    const { bytes, container } = parse(name);
    expectLaidOut(container, bytes.length);
  });

  it.each(names)('%s gives the same container however little is read at a time', (name) => {
    const { bytes, container, expected } = parse(name);
    const parser = CONTAINER_PARSERS[expected.format];
    for (let given = 0; given < bytes.length; given++) {
      const step = parser(bytes.subarray(0, given), bytes.length);
      if ('needBytes' in step) {
        expect(step.needBytes).toBeGreaterThan(given);
        expect(step.needBytes).toBeLessThanOrEqual(bytes.length);
      } else {
        expect(given).toBeGreaterThanOrEqual(container.headerLength);
        expect(step.done).toEqual(container);
      }
    }
  });

  it.each(names)('%s, cut short anywhere, is refused', (name) => {
    const { bytes, container, expected } = parse(name);
    const dataEnd = Math.max(container.headerLength, ...container.tensors.map(({ offset, length }) => offset + length));
    for (let size = 0; size < dataEnd; size++) {
      const cut = bytes.subarray(0, size);
      expect(() => CONTAINER_PARSERS[expected.format](cut, size)).toThrow(
        expect.objectContaining({ code: expected.format === 'gguf' ? 'GGUF_INVALID' : 'SAFETENSORS_INVALID' }),
      );
    }
  });

  it('the index names each tensor of each shard', () => {
    const index = parseSafetensorsIndex(fixture('safetensors/sharded/model.safetensors.index.json'));
    const inShards = [...new Set(index.weightMap.values())].flatMap((shard) => {
      const bytes = fixture(`safetensors/sharded/${shard}`);
      return done(parseSafetensors(bytes, bytes.length)).tensors.map(({ name, length }) => ({ name, shard, length }));
    });
    expect(new Map(inShards.map(({ name, shard }) => [name, shard]))).toEqual(index.weightMap);
    expect(index.totalSize).toBe(inShards.reduce((sum, { length }) => sum + length, 0));
  });
});

describeVectors('trees', (dir) => {
  const files: readonly (readonly [string, ContainerFormat])[] = [
    ['folder/model.safetensors', 'safetensors'],
    ['sharded/adapter_model.safetensors', 'safetensors'],
    ['sharded/model-00001-of-00003.safetensors', 'safetensors'],
    ['resharded/model.safetensors', 'safetensors'],
    ['single/weights.bin', 'safetensors'],
    ['gguf/model.gguf', 'gguf'],
  ];
  it.each(files)('%s parses as %s and is covered by its regions', (name, format) => {
    const file = path.join(dir, name);
    expect(existsSync(file)).toBe(true);
    const bytes = new Uint8Array(readFileSync(file));
    expectLaidOut(done(CONTAINER_PARSERS[format](bytes, bytes.length)), bytes.length);
  });
});
