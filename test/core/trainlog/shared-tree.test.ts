import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import { createHash, sha256 } from '../../../src/core/digest/index.ts';
import { RecordSalts, RecordTree } from '../../../src/core/records/index.ts';
import { digestLog, digestSaltedLog } from '../../../src/core/trainlog/index.ts';
import { BLOCK_BYTES, SharedRecordTree } from '../../../src/core/trainlog/shared-tree.ts';
import { coded, makeFolder } from './support.ts';

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i);

interface Tree {
  readonly size: number;
  readonly root: string;
  readonly truncated: boolean;
}

/** What one thread makes of the same bytes. */
function alone(content: Uint8Array, secret?: Uint8Array): Tree {
  const salts = secret === undefined ? undefined : new RecordSalts(sha256, secret);
  const tree = new RecordTree(() => createHash('sha256'), sha256, 'lf', undefined, salts);
  tree.push(content);
  const result = tree.finish();
  return { ...result, root: hexEncode(result.root) };
}

async function shared(content: Uint8Array, chunkBytes = 256 * 1024, secret?: Uint8Array): Promise<Tree> {
  const tree = new SharedRecordTree(2, secret);
  try {
    for (let at = 0; at < content.length; at += chunkBytes) {
      const chunk = new Uint8Array(content.subarray(at, at + chunkBytes));
      await tree.push(chunk);
      // Whoever reads reuses his buffer.
      chunk.fill(0);
    }
    const result = await tree.finish();
    return { ...result, root: hexEncode(result.root) };
  } finally {
    await tree.stop();
  }
}

const lines = (count: number, bytes: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => Buffer.from(`${String(i).padStart(bytes - 1, '.')}\n`)));
const long = (bytes: number, fill = 'x'): Buffer => Buffer.alloc(bytes, fill);
const LF = Buffer.from('\n');

const CONTENTS: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one line without its end', Buffer.from('a')],
  ['lines that end with the log', lines(30_000, 120)],
  ['lines of which the last has no end', Buffer.concat([lines(30_000, 121), Buffer.from('rest')])],
  ['empty lines alone', Buffer.alloc(BLOCK_BYTES + 3, '\n')],
  ['a line that ends where a block does', Buffer.concat([long(BLOCK_BYTES - 1), LF, lines(10, 20)])],
  ['a block without an end, and nothing more', long(BLOCK_BYTES)],
  ['a line that is one byte longer than a block', Buffer.concat([long(BLOCK_BYTES), LF, lines(10, 20)])],
  [
    'long lines between short ones',
    Buffer.concat([lines(9, 7), long(3 * BLOCK_BYTES), LF, lines(9, 7), long(BLOCK_BYTES, 'y'), LF, LF]),
  ],
  ['a long line without its end', Buffer.concat([lines(9, 7), long(2 * BLOCK_BYTES + 5)])],
  [
    'CR, NUL and what is no text',
    Buffer.concat([Buffer.from('a\r\n\r\n\0\n'), long(BLOCK_BYTES, '\r'), Buffer.of(0xff, 0x0a, 0xfe)]),
  ],
];

describe('a log tree by several threads is that of one', () => {
  it.each(CONTENTS)('over %s', async (_, content) => {
    expect(await shared(content)).toEqual(alone(content));
  });

  it.each([1, 1000, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 5 * BLOCK_BYTES])(
    'read in chunks of %i bytes',
    async (bytes) => {
      const content = bytes === 1 ? lines(50, 77) : Buffer.concat([lines(40_000, 77), long(BLOCK_BYTES + 9), LF, LF]);
      expect(await shared(content, bytes)).toEqual(alone(content));
    },
  );

  it('with salts, in blocks and in a long record', async () => {
    const content = Buffer.concat([lines(6000, 400), long(BLOCK_BYTES + 1), LF, lines(3, 5)]);
    const salted = await shared(content, 256 * 1024, SECRET);
    expect(salted).toEqual(alone(content, SECRET));
    expect(salted.root).not.toEqual(alone(content).root);
  });

  it('and another one after any byte changed, also at the edge of a block', async () => {
    const content = lines(30_000, 120);
    const { root } = alone(content);
    for (const at of [0, BLOCK_BYTES - 1, BLOCK_BYTES, content.length - 2]) {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await shared(changed)).root).not.toEqual(root);
    }
  });
});

describe('a log of more than 64 MiB', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = makeFolder();
    file = path.join(dir, 'train.jsonl');
    const part = lines(10_000, 1000);
    for (let i = 0; i < 7; i++) fs.appendFileSync(file, part);
  });
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  it('has the same digests whoever hashes it, and is read to its end', async () => {
    const done: number[] = [];
    const several = await digestLog(file, { jobs: 2, onProgress: (event) => done.push(event.done) });
    expect(several).toEqual(await digestLog(file, { jobs: 1 }));
    expect([several.size, done.at(-1)]).toEqual([70_000, 70_000_000]);
    expect(await digestSaltedLog(file, SECRET, { jobs: 2 })).toEqual(await digestSaltedLog(file, SECRET, { jobs: 1 }));
  });

  it('has none where it is written to meanwhile, or the user gives up', async () => {
    let events = 0;
    const append = (): void => {
      if (events++ === 1) fs.appendFileSync(file, 'more\n');
    };
    await expect(digestLog(file, { jobs: 2, onProgress: append })).rejects.toEqual(coded('FILE_CHANGED'));
    const abort = new AbortController();
    const given = digestLog(file, { jobs: 2, signal: abort.signal, onProgress: () => abort.abort() });
    await expect(given).rejects.toEqual(coded('INTERRUPTED'));
  });

  it('is hashed by this thread where its leaves are wanted', async () => {
    const leaves: number[] = [];
    const { size } = await digestLog(file, { jobs: 2 }, { onLeaf: (_, index) => leaves.push(index) });
    expect([leaves.length, leaves.at(-1)]).toEqual([size, size - 1]);
  });
});
