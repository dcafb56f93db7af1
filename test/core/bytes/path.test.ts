import { array, check, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePathComponents, compareUtf8, pathProblem } from '../../../src/core/bytes/index.ts';

describe('a path', () => {
  it.each([
    'a',
    'a/b',
    '.hidden',
    '..a',
    'a..b',
    '...a/b',
    'ü/\u{1f600}',
    'a b/c',
    '~',
    '-rf',
    'con1',
    'xcon',
    'a\nb',
    'aux_',
    'com',
    'lpt10x',
  ])('%j is canonical', (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });

  it.each([
    ['', 'is empty'],
    ['/', 'is absolute'],
    ['/etc/passwd', 'is absolute'],
    ['//server/share', 'is absolute'],
    ['a/', 'ends with a slash'],
    ['a//b', 'has an empty component'],
    ['.', 'has a . component'],
    ['./a', 'has a . component'],
    ['a/./b', 'has a . component'],
    ['..', 'has a .. component'],
    ['../a', 'has a .. component'],
    ['a/../../b', 'has a .. component'],
    ['a/..', 'has a .. component'],
    ['a\0b', 'contains a NUL byte'],
    ['a\ud800', 'is not well-formed Unicode'],
  ])('%j is refused everywhere', (path, problem) => {
    expect(pathProblem(path)).toBe(problem);
    expect(pathProblem(path, { windows: false })).toBe(problem);
  });

  it.each([
    '..\\a',
    'a\\..\\b',
    '\\\\server\\share',
    'C:',
    'C:/a',
    'c:a',
    'a/model.bin:stream',
    'a.',
    'a /b',
    'a/b ',
    'a.../b',
    'con',
    'CON',
    'Nul.txt',
    'a/aux.safetensors',
    'a/prn/b',
    'com0',
    'COM9.bin',
    'com\u00b9',
    'lpt1',
    'LPT\u00b3.x',
  ])('%j is refused, because of what Windows makes of it', (path) => {
    expect(pathProblem(path)).toEqual(expect.any(String));
    expect(pathProblem(path, { windows: false })).toBeUndefined();
  });

  it('that is canonical has only components that name something below', () => {
    const piece = constantFrom('.', '..', '/', 'a', '\\', ':', ' ', '\0', 'nul');
    const result = check(
      property(array(piece, { maxLength: 8 }), (pieces) => {
        const path = pieces.join('');
        if (pathProblem(path) !== undefined) return;
        expect(path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')).toBe(true);
        expect(path).not.toMatch(/[\\:\0]/);
      }),
      { numRuns: 2000 },
    );
    expect(result.errorInstance).toBeNull();
  });
});

describe('the order of Python', () => {
  it('goes by component', () => {
    const paths = ['a.txt', 'a/b', 'a-b', 'a', 'a/b/c', 'b'];
    expect(paths.toSorted(comparePathComponents)).toEqual(['a', 'a/b', 'a/b/c', 'a-b', 'a.txt', 'b']);
    expect(paths.toSorted(compareUtf8)).toEqual(['a', 'a-b', 'a.txt', 'a/b', 'a/b/c', 'b']);
  });

  it('compares components by code points, not by UTF-16 units', () => {
    expect(comparePathComponents('x/\u{10000}', 'x/\uffff')).toBeGreaterThan(0);
  });

  it('is that of whole names where there are no folders', () => {
    const name = string({ unit: 'binary', maxLength: 4 }).map((text) => text.replaceAll('/', ''));
    const result = check(
      property(name, name, (a, b) => {
        expect(Math.sign(comparePathComponents(a, b))).toBe(Math.sign(compareUtf8(a, b)));
      }),
    );
    expect(result.errorInstance).toBeNull();
  });
});
