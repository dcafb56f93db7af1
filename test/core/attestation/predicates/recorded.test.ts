import { describe, expect, it } from 'vitest';
import { isLicenseExpression, uriProblem } from '../../../../src/core/attestation/index.ts';

describe('a licence expression', () => {
  it.each([
    'MIT',
    'CC-BY-4.0',
    'GPL-2.0+',
    'MIT OR Apache-2.0',
    '(MIT AND (BSD-3-Clause OR LicenseRef-ours))',
    'GPL-2.0-only WITH Classpath-exception-2.0',
  ])('may be %s', (text) => expect(isLicenseExpression(text)).toBe(true));

  it.each([
    '',
    ' ',
    'CC BY 4.0',
    'MIT OR',
    'OR MIT',
    '(MIT',
    'MIT)',
    '()',
    'MIT (BSD)',
    'MIT; rm',
    'https://example.com',
    'a/b',
    'MIT AND AND BSD',
  ])('may not be %j', (text) => expect(isLicenseExpression(text)).toBe(false));

  it('of many parentheses is judged in a straight line', () => {
    expect(isLicenseExpression('('.repeat(100_000))).toBe(false);
  });
});

describe('a source', () => {
  it.each(['https://example.com/a#b', 'doi:10.24432/C50P49', 'hf://datasets/a/b', 'https://example.com/@user/x'])(
    'may be %s',
    (text) => expect(uriProblem(text)).toBe(undefined),
  );

  it.each([
    '',
    'data',
    '/data',
    'https://a b',
    'https://ü.example',
    'https://u@h/',
    's3://k:s@bucket',
    'https://h/?',
    'FILE:///x',
    `https://${'a'.repeat(2048)}`,
  ])('may not be %j', (text) => expect(uriProblem(text)).not.toBe(undefined));
});
