import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { RecordKind } from '../../../src/core/records/index.ts';
import { treeOf } from './support.ts';

const PAGE = path.resolve(import.meta.dirname, '../../../docs/formats/trees.md');
const ROW = /^\| (lf|tfrecord) \| `(.*)` \| (\d+) \| (yes|no) \| `([0-9a-f]{64})` \|$/gm;

const kindOf = (text: string | undefined): RecordKind => (text === 'tfrecord' ? 'tfrecord' : 'lf');

const rows = Array.from(readFileSync(PAGE, 'utf8').matchAll(ROW), ([, kind, content, size, truncated, root]) => ({
  kind: kindOf(kind),
  content: content ?? '',
  size: Number(size),
  truncated: truncated === 'yes',
  root,
}));

it('docs/formats/trees.md has vectors of both kinds', () => {
  expect(rows.map(({ kind }) => kind)).toEqual(['lf', 'lf', 'lf', 'lf', 'tfrecord', 'tfrecord']);
});

it.each(rows)('docs/formats/trees.md: $kind $content', ({ kind, content, size, truncated, root }) => {
  const bytes = kind === 'lf' ? Buffer.from(String(JSON.parse(content))) : Buffer.from(content, 'hex');
  const result = treeOf(kind, [bytes]);
  expect({ ...result, root: Buffer.from(result.root).toString('hex') }).toEqual({ size, truncated, root });
});
