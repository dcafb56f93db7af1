/** The vectors of docs/formats/cids.md, as a second implementer would check them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { carLength, type DagFile, filesDag, formatCid } from '../../../src/core/ipfs/index.ts';
import { LEAF_BYTES } from '../../../src/core/ipfs/unixfs/file.ts';
import { blocksOf, cidOf, rootOfFile } from './support.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../../docs/formats/cids.md'), 'utf8');
const rows = new Map(Array.from(PAGE.matchAll(/^\| (.*) \| `(baf\w+)` \|$/gm), ([, input, cid]) => [input, cid]));
/** All that stands in code, without its spaces. */
const code = Array.from(PAGE.matchAll(/^```\n([^]*?)^```/gm), ([, text]) => text?.replaceAll(/\s/g, '')).join('\n');
const hexOf = async (files: readonly DagFile[]) =>
  (await blocksOf(await filesDag(files))).map(({ bytes }) => Buffer.from(bytes).toString('hex'));

const TWO = [
  { path: 'a.txt', source: Buffer.from('a\n') },
  { path: 'b/c', source: Buffer.alloc(0) },
];
const ZEROS = [{ path: 'z', source: Buffer.alloc(LEAF_BYTES + 1) }];

describe('docs/formats/cids.md', () => {
  it('names the CIDs that we compute', async () => {
    const two = await filesDag(TWO);
    expect([...rows.values()]).toEqual([
      formatCid(cidOf(rootOfFile(Buffer.from('hello world')))),
      formatCid(cidOf(rootOfFile(Buffer.alloc(0)))),
      formatCid((await filesDag([])).root),
      formatCid(two.root),
      formatCid((await filesDag(ZEROS)).root),
    ]);
    expect(PAGE).toContain(`has ${carLength(two)} bytes`);
  });

  it('shows the bytes of their blocks', async () => {
    for (const hex of await hexOf(TWO)) expect(code).toContain(hex);
    const [, file] = await hexOf(ZEROS);
    expect(code).toContain(file);
  });
});
