import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hkdf } from '../../../src/core/records/hkdf.ts';
import {
  fileSecret,
  type RecordKind,
  RecordSalts,
  RecordTree,
  type RecordTreeResult,
} from '../../../src/core/records/index.ts';
import { definedRoot, sha256 } from '../merkle/support.ts';
import { frame, treeOf } from './support.ts';

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function saltedTree(content: Uint8Array, secret = SECRET, kind: RecordKind = 'lf'): RecordTreeResult {
  const salts = new RecordSalts(sha256, secret);
  const tree = new RecordTree(() => crypto.createHash('sha256'), sha256, kind, undefined, salts);
  tree.push(content);
  return tree.finish();
}

/** Design §3 read literally, with the HKDF of Node. */
function saltOf(secret: Uint8Array, index: number): Buffer {
  const info = Buffer.alloc(32);
  info.write('stemma/salted-record/v1\0', 'latin1');
  info.writeBigUInt64BE(BigInt(index), 24);
  return Buffer.from(crypto.hkdfSync('sha256', secret, '', info, 16));
}

function definedSaltedRoot(records: readonly Uint8Array[], secret = SECRET): Uint8Array {
  const leaf = (record: Uint8Array, index: number): Uint8Array =>
    sha256(Buffer.concat([Buffer.from('\0stemma/salted-record/v1\0'), saltOf(secret, index), record]));
  return definedRoot(records.map(leaf));
}

describe('HKDF with an empty salt', () => {
  it('gives the first block of RFC 5869, test case 3', () => {
    const okm = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d';
    expect(hex(new Hkdf(sha256, new Uint8Array(22).fill(0x0b)).expand(new Uint8Array(0), 32))).toBe(okm);
  });

  it('agrees with that of Node for any secret, info and length', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: 1, max: 32 }), (secret, info, length) => {
        const expected = Buffer.from(crypto.hkdfSync('sha256', secret, '', info, length));
        expect(hex(new Hkdf(sha256, secret).expand(info, length))).toBe(hex(expected));
      }),
    );
  });

  it('gives no more than one block', () => {
    expect(() => new Hkdf(sha256, SECRET).expand(new Uint8Array(0), 33)).toThrow(RangeError);
  });
});

describe('a salted tree', () => {
  const lines = ['a\n', 'b\n', 'c'].map((line) => Buffer.from(line));
  const content = Buffer.concat(lines);

  it('has the leaves of design §3', () => {
    expect(saltedTree(content)).toEqual({ size: 3, root: definedSaltedRoot(lines), truncated: false });
    expect(saltedTree(Buffer.alloc(0)).root).toEqual(sha256(new Uint8Array(0)));
  });

  it('takes TFRecord frames too', () => {
    const frames = [frame(Buffer.from('BE')), frame(Buffer.alloc(0))];
    expect(saltedTree(Buffer.concat(frames), SECRET, 'tfrecord').root).toEqual(definedSaltedRoot(frames));
  });

  it('derives salts for positions beyond 2^32', () => {
    const salts = new RecordSalts(sha256, SECRET);
    for (const index of [0, 2 ** 31, 2 ** 32, 2 ** 40 + 1])
      expect(hex(salts.salt(index))).toBe(hex(saltOf(SECRET, index)));
  });

  it('is another one than the plain tree of the same records', () => {
    expect(saltedTree(content).root).not.toEqual(treeOf('lf', [content]).root);
  });

  it('differs for every bit of the secret', () => {
    const roots = new Set([hex(saltedTree(content).root)]);
    for (let bit = 0; bit < 256; bit++) {
      const secret = Uint8Array.from(SECRET);
      secret[bit >> 3] = (secret[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      roots.add(hex(saltedTree(content, secret).root));
    }
    expect(roots.size).toBe(257);
  });

  it('shows of two equal records not that they are equal', () => {
    const leaves: string[] = [];
    const salts = new RecordSalts(sha256, SECRET);
    const onLeaf = (leaf: Uint8Array): void => void leaves.push(hex(leaf));
    const tree = new RecordTree(() => crypto.createHash('sha256'), sha256, 'lf', onLeaf, salts);
    tree.push(Buffer.from('same\nsame\n'));
    tree.finish();
    expect(new Set(leaves).size).toBe(2);
  });

  it.each([0, 16, 31, 33, 64])('takes no secret of %i bytes', (length) => {
    expect(() => new RecordSalts(sha256, new Uint8Array(length))).toThrow(RangeError);
    expect(() => fileSecret(sha256, new Uint8Array(length), 'a')).toThrow(RangeError);
  });
});

describe('the secret of one file of a dataset', () => {
  it.each(['', 'a.jsonl', 'tief/ü.csv'])('of %j is derived from its path', (path) => {
    const expected = Buffer.from(crypto.hkdfSync('sha256', SECRET, '', Buffer.from(path), 32));
    expect(hex(fileSecret(sha256, SECRET, path))).toBe(hex(expected));
  });

  it('is another one for another path, and never that of the dataset', () => {
    const secrets = ['', 'a', 'b', 'a/b', 'A'].map((path) => hex(fileSecret(sha256, SECRET, path)));
    expect(new Set([...secrets, hex(SECRET)]).size).toBe(6);
  });
});

describe('docs/formats/trees.md', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/formats/trees.md'), 'utf8');
  const rows = [...page.matchAll(/^\| salted \| `(.*)` \| (\d+) \| `([0-9a-f]{64})` \|$/gm)];

  it('has vectors of salted trees', () => {
    expect(rows.map(([, content]) => content)).toEqual(['""', '"a\\nb\\nc"', '"a\\na\\n"']);
  });

  it.each(rows.map(([, content, size, root]) => ({ content, size, root })))('salted $content', (row) => {
    const { size, root } = saltedTree(Buffer.from(String(JSON.parse(row.content ?? ''))));
    expect({ size, root: hex(root) }).toEqual({ size: Number(row.size), root: row.root });
  });

  it('shows the salts of the second vector', () => {
    const salts = new RecordSalts(sha256, SECRET);
    const shown = [...page.matchAll(/^salt (\d) +([0-9a-f]{32})$/gm)].map(([, index, salt]) => [Number(index), salt]);
    expect(shown).toEqual([0, 1, 2].map((index) => [index, hex(salts.salt(index))]));
  });
});
