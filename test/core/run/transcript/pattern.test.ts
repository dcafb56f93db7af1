import { describe, expect, it } from 'vitest';
import { requirePattern } from '../../../../src/core/run/transcript/pattern.ts';

describe('a pattern for checkpoints', () => {
  it.each([
    'ckpt-*.safetensors',
    'out/**/model.bin',
    './out/a?.bin',
    'out/[ab].bin',
    'out/[!a].bin',
    'out/[]a].bin',
    '{a,b{c,d}}/x',
    '@(a|b).bin',
    String.raw`\[a.bin`,
    String.raw`\{a`,
    'a].bin',
    'a}b',
    'a)b',
    'a(b',
    'x'.repeat(1024),
  ])('may be %s', (pattern) => {
    expect(() => requirePattern(pattern)).not.toThrow();
  });

  it.each([
    ['', 'it is empty'],
    ['/etc/*', 'it is absolute'],
    ['../*.bin', 'it leads upwards'],
    ['out/../../*', 'it leads upwards'],
    ['x'.repeat(1025), 'more than 1024 characters'],
    ['a\0b', 'it holds a NUL'],
    ['out/', 'it means folders'],
    ['out/[', 'its [ is not closed'],
    ['out/[]', 'its [ is not closed'],
    ['out/[!]', 'its [ is not closed'],
    ['out/[a/b]', 'its [ is not closed'],
    ['out/[a', 'its [ is not closed'],
    ['{a,b', 'its { is not closed'],
    ['{a,{b}', 'its { is not closed'],
    ['@(a|b', 'its ( is not closed'],
    [String.raw`{a\}`, 'its { is not closed'],
  ])('is refused where nothing can match it: %j', (pattern, problem) => {
    expect(() => requirePattern(pattern)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(problem) }),
    );
  });
});
