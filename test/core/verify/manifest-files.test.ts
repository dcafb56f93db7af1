import { describe, expect, test } from 'vitest';
import { compareUtf8 } from '../../../src/core/bytes/index.ts';
import { ManifestFiles } from '../../../src/core/verify/manifest-files.ts';

const digest = (i: number): string => i.toString(16).padStart(64, '0');

function listOf(paths: readonly string[]): ManifestFiles {
  const files = new ManifestFiles();
  for (const [i, path] of paths.entries()) files.push({ path, size: i * 1e12, sha256: digest(i) });
  return files;
}

describe('the files of a manifest', () => {
  const paths = [
    '',
    'a',
    'a-b',
    'a/b',
    'aa',
    'é',
    '\uffee',
    '\u{10000}',
    ...Array.from({ length: 500 }, (_, i) => `d${i}`),
  ];
  const sorted = paths.toSorted(compareUtf8);
  const files = listOf(sorted);

  test('are given back as they were listed', () => {
    expect(files.size).toBe(sorted.length);
    expect([...files].map(({ path }) => path)).toEqual(sorted);
    for (const [i, path] of sorted.entries()) {
      expect(files.get(path)).toEqual({ path, size: i * 1e12, sha256: digest(i) });
    }
  });

  test.each(['b', 'a/', 'A', 'd', 'd1000', 'd07', '\u{10ffff}', 'e', '__proto__'])('do not include %j', (path) => {
    expect(files.get(path)).toBeUndefined();
    expect(files.has(path)).toBe(false);
  });

  test('may be none', () => {
    expect([...listOf([])]).toEqual([]);
    expect(listOf([]).has('')).toBe(false);
  });
});
