import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/core/bytes/index.ts';
import { isLicenceAccepted } from '../../../src/core/policy/licence.ts';
import { compileMatcher } from '../../../src/core/policy/match.ts';
import type { Matcher } from '../../../src/core/policy/schema-requirement.ts';

const PREDICATE: JsonValue = {
  buildType: 'https://w3id.org/stemma/training/v1',
  list: [
    { name: 'accuracy', value: 0.97 },
    { name: 'f1', value: 0.9 },
  ],
  empty: [],
  nothing: null,
  'odd name': { 'a.b': true },
  text: '7',
  lines: 'a\nb',
};

const holds = (matcher: Matcher): boolean => problem(matcher) === undefined;

function problem(matcher: Matcher): string | undefined {
  const compiled = compileMatcher(matcher);
  if (typeof compiled.problem === 'string') throw new Error(compiled.problem);
  return compiled.problem(PREDICATE);
}

describe('a matcher', () => {
  it.each<readonly [Matcher, boolean]>([
    [{ path: 'buildType', equals: 'https://w3id.org/stemma/training/v1' }, true],
    [{ path: 'buildType', equals: 'https://w3id.org/stemma/training' }, false],
    [{ path: 'buildType', glob: 'https://w3id.org/**' }, true],
    [{ path: 'buildType', glob: 'https://w3id.org/*' }, false],
    [{ path: 'buildType', glob: 'w3id.org/**' }, false],
    [{ path: 'buildType', regex: 'https://w3id\\.org/.*' }, true],
    [{ path: 'buildType', regex: 'stemma' }, false],
    [{ path: 'lines', regex: 'a' }, false],
    [{ path: 'lines', regex: 'a$' }, false],
    [{ path: 'list[0].value', atLeast: 0.97 }, true],
    [{ path: 'list[0].value', greaterThan: 0.97 }, false],
    [{ path: 'list[0].value', atMost: 0.97, atLeast: 0.9 }, true],
    [{ path: 'list[0].value', lessThan: 0.97 }, false],
    [{ path: 'list[*].value', atLeast: 0.9 }, true],
    [{ path: 'list[*].value', atLeast: 0.95 }, false],
    [{ path: 'list[name="f1"].value', equals: 0.9 }, true],
    [{ path: 'list[name="none"].value', atLeast: 0 }, false],
    [{ path: 'list[9].value', atLeast: 0 }, false],
    [{ path: 'empty[*]', equals: 1 }, false],
    [{ path: 'text', atLeast: 1 }, false],
    [{ path: 'text', equals: 7 }, false],
    [{ path: 'text', in: [7, '8'] }, false],
    [{ path: 'text', in: ['7'] }, true],
    [{ path: 'nothing', equals: null }, true],
    [{ path: 'none', equals: null }, false],
    [{ path: 'nothing', exists: true }, true],
    [{ path: 'none', exists: true }, false],
    [{ path: 'none', exists: false }, true],
    [{ path: 'nothing', exists: false }, false],
    [{ path: '["odd name"]["a.b"]', equals: true }, true],
    [{ path: '__proto__', exists: true }, false],
    [{ path: 'constructor', exists: true }, false],
    [{ path: 'list.length', exists: true }, false],
    [{ path: 'text.length', exists: true }, false],
    [{ path: 'list[0].__proto__.name', exists: true }, false],
  ])('%j: %s', (matcher, expected) => {
    expect(holds(matcher)).toBe(expected);
  });

  it('says what it expected and what it found', () => {
    expect(problem({ path: 'list[0].value', atLeast: 0.99 })).toBe('expected list[0].value atLeast 0.99, found 0.97');
    expect(problem({ path: 'list[*].none', equals: 1 })).toBe('expected list[*].none equals 1, found nothing there');
  });

  it.each(['(a+)+$', '(a|a)*b', '(a|aa)+$', '([a-z]+)*[0-9]', '(.*)*x'])(
    'with the regex %s is fast on what it was made for',
    (regex) => {
      const compiled = compileMatcher({ path: 'x', regex });
      if (typeof compiled.problem === 'string') throw new Error(compiled.problem);
      const start = performance.now();

      expect(compiled.problem({ x: `${'a'.repeat(1000)}!` })).toBeDefined();
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );
});

describe('a licence', () => {
  it.each<readonly [string, Parameters<typeof isLicenceAccepted>[1], boolean]>([
    ['MIT', { deny: ['GPL-3.0-only'] }, true],
    ['GPL-3.0-only', { deny: ['GPL-3.0-only'] }, false],
    ['MIT OR GPL-3.0-only', { deny: ['GPL-3.0-only'] }, true],
    ['MIT AND GPL-3.0-only', { deny: ['GPL-3.0-only'] }, false],
    ['(MIT OR GPL-3.0-only) AND Apache-2.0', { allow: ['MIT', 'Apache-2.0'] }, true],
    ['MIT OR Apache-2.0 AND GPL-3.0-only', { allow: ['Apache-2.0'] }, false],
    ['GPL-2.0-only WITH Classpath-exception-2.0', { allow: ['GPL-2.0-only'] }, true],
    ['MIT', { allow: ['Apache-2.0'] }, false],
    ['MIT OR', { deny: ['X'] }, false],
    ['(MIT', { deny: ['X'] }, false],
    ['', { deny: ['X'] }, false],
    [Array.from({ length: 20 }, (_, i) => `(A${i} OR B${i})`).join(' AND '), { deny: ['X'] }, false],
  ])('%s under %j: %s', (expression, terms, expected) => {
    expect(isLicenceAccepted(expression, terms)).toBe(expected);
  });
});
