/** Against `ipfs-unixfs-importer`, an implementation by others that reproduces Kubo's vectors. */
import { MemoryBlockstore } from 'blockstore-core';
import * as fc from 'fast-check';
import { importer } from 'ipfs-unixfs-importer';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../src/core/bytes/index.ts';
import { formatCid } from '../../../../src/core/ipfs/index.ts';
import { LEAF_BYTES } from '../../../../src/core/ipfs/unixfs/file.ts';
import { buildFolder } from '../../../../src/core/ipfs/unixfs/folder.ts';
import { cidOf, keystream, rootOfFile, rootOfLeaves, sha256 } from '../support.ts';

type Contents = Readonly<Record<string, Uint8Array>>;

/** The CID that the importer gives the last of what it imports: the folder, or the one file. */
async function imported(files: Iterable<{ path?: string; content: AsyncIterable<Uint8Array> | Uint8Array }>) {
  let cid: string | undefined;
  const options = { profile: 'unixfs-v1-2025', wrapWithDirectory: false } as const;
  for await (const entry of importer(files, new MemoryBlockstore(), options)) cid = entry.cid.toString();
  return cid;
}

async function* stream(seed: string, size: number) {
  yield* keystream(seed, size);
}

function ours(files: Contents): string {
  const paths = Object.keys(files).toSorted(compareUtf8);
  const rootOf = (i: number) => rootOfFile(files[paths[i] as string] as Uint8Array);
  return formatCid(cidOf(buildFolder({ paths, rootOf }, sha256)));
}

function theirs(files: Contents) {
  return imported(Object.entries(files).map(([path, content]) => ({ path: `root/${path}`, content })));
}

const MIB = LEAF_BYTES;

describe('a file', () => {
  it.each([0, 1, 255, 256, MIB - 1, MIB, MIB + 1, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 7 * MIB + 77, 65 * MIB])(
    'of %i bytes has the CID that the importer gives it',
    async (size) => {
      const cid = formatCid(cidOf(rootOfLeaves(size, keystream('a', size))));
      expect(cid).toBe(await imported([{ content: stream('a', size) }]));
    },
  );
});

describe('a folder', () => {
  it.each([
    ['no file', {}],
    ['a file', { a: 'a' }],
    ['an empty file', { a: '' }],
    ['a folder in a folder', { 'a/b/c/d/e': 'x' }],
    ['names that a slash puts in another order', { 'a-b': '1', 'a.txt': '2', 'a/b': '3', 'a/b-': '4', a0: '5' }],
    ['folders that a slash puts in another order', { 'a/x': '1', 'a.b/x': '2', 'a-/x': '3', 'a0/x': '4' }],
    ['names beyond ASCII', { é: '1', 'e\u0301': '2', '𝄞': '3', '\uFFFD': '4', ﬀ: '5' }],
    ['hidden names', { '.a': '1', '.b/.c': '2' }],
    ['the same twice', { a: 'x', 'b/a': 'x', 'b/c': 'x', 'c/a': 'x', 'c/c': 'x' }],
    ['names of numbers', Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}`, String(i)]))],
  ] satisfies [string, Record<string, string>][])('of %s', async (_, texts) => {
    const files = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
    if (Object.keys(files).length === 0) {
      expect(ours(files)).toBe('bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354');
    } else expect(ours(files)).toBe(await theirs(files));
  });

  it('of random names and sizes', async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 12, unit: 'binary' })
      .map((text) => text.replaceAll(/[/\0]/gu, '_'));
    const path = fc.array(
      name.filter((text) => text !== '.' && text !== '..'),
      { minLength: 1, maxLength: 4 },
    );
    const entry = fc.tuple(path, fc.uint8Array({ maxLength: 64 }));
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 30 }), async (entries) => {
        const files: Record<string, Uint8Array> = Object.create(null);
        for (const [parts, bytes] of entries) files[parts.join('/')] = bytes;
        const paths = Object.keys(files);
        // What is a file cannot be a folder as well.
        fc.pre(!paths.some((one) => paths.some((other) => other.startsWith(`${one}/`))));
        expect(ours(files)).toBe(await theirs(files));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [4000, 12],
    [4700, 12],
    [9000, 40],
    [20_000, 1],
  ])(
    'of %i names, around and beyond the threshold of the HAMT (seed %i)',
    async (count, seed) => {
      const bytes = Buffer.concat([...keystream(`names ${seed}`, count * 20)]);
      const files = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          bytes.toString('hex', i * 20, i * 20 + 3 + ((bytes[i] as number) % 9)),
          Buffer.from('x'),
        ]),
      );
      expect(ours(files)).toBe(await theirs(files));
    },
    60_000,
  );
});
