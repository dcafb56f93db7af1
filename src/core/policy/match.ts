import { type JsonValue, quote } from '../bytes/index.ts';
import { parsePath, type ValuePath, valuesAt } from './path.ts';
import { compileGlob, compileRegex, type TextPattern } from './pattern.ts';
import type { Matcher } from './schema-requirement.ts';

type Operator = Exclude<keyof Matcher, 'path' | 'exists'>;

/** One operator against one value; what is of another type never holds. */
const NUMBERS: Readonly<Partial<Record<Operator, (found: number, limit: number) => boolean>>> = {
  greaterThan: (found, limit) => found > limit,
  atLeast: (found, limit) => found >= limit,
  lessThan: (found, limit) => found < limit,
  atMost: (found, limit) => found <= limit,
};

export interface CompiledMatcher {
  /** What would satisfy it, in words. */
  readonly needed: string;
  /** Why the predicate does not satisfy it, or undefined where it does. */
  readonly problem: (predicate: JsonValue | undefined) => string | undefined;
}

/** @returns why it cannot be used, where it cannot */
export function compileMatcher(matcher: Matcher): CompiledMatcher | { readonly problem: string } {
  const path = parsePath(matcher.path);
  if (path === undefined) return { problem: `expected a path such as a.b[0], found ${quote(matcher.path, 80)}` };
  const { exists } = matcher;
  const operators = (Object.keys(matcher) as (keyof Matcher)[]).filter(
    (key): key is Operator => key !== 'path' && key !== 'exists' && matcher[key] !== undefined,
  );
  if (operators.length === 0 && exists === undefined)
    return { problem: 'expected an operator such as equals, found none' };
  if (operators.length > 0 && exists === false) return { problem: 'expected no operator beside exists: false' };
  const tests: Test[] = [];
  for (const operator of operators) {
    const test = compileOperator(operator, matcher);
    if (typeof test !== 'function') return test;
    tests.push(test);
  }
  const needed = describe(matcher, operators);
  return { needed, problem: (predicate) => problemOf(valuesAt(predicate, path), path, { exists, tests, needed }) };
}

type Test = (value: JsonValue) => boolean;

function compileOperator(operator: Operator, matcher: Matcher): Test | { readonly problem: string } {
  const compare = NUMBERS[operator];
  if (compare !== undefined) {
    const limit = Number(matcher[operator]);
    return (value) => typeof value === 'number' && compare(value, limit);
  }
  if (operator === 'equals') return (value) => value === matcher.equals;
  if (operator === 'in') {
    const allowed = new Set<JsonValue>(matcher.in);
    return (value) => allowed.has(value);
  }
  const pattern: TextPattern | { readonly problem: string } =
    operator === 'glob' ? compileGlob(matcher.glob ?? '') : compileRegex(matcher.regex ?? '');
  if (typeof pattern !== 'function')
    return { problem: `the regex ${quote(matcher.regex ?? '', 80)}: ${pattern.problem}` };
  return (value) => typeof value === 'string' && pattern(value);
}

function problemOf(
  { values, missing }: ReturnType<typeof valuesAt>,
  path: ValuePath,
  { exists, tests, needed }: { exists: boolean | undefined; tests: readonly Test[]; needed: string },
): string | undefined {
  if (exists === false) return values.length === 0 ? undefined : `expected ${needed}, found ${show(values[0])}`;
  // `list[*].member` is about each element: one without the member is one that does not satisfy.
  if (missing)
    return `expected ${needed}, found nothing there${path.length > 1 && values.length > 0 ? ' in one of them' : ''}`;
  const wrong = values.find((value) => !tests.every((test) => test(value)));
  return wrong === undefined ? undefined : `expected ${needed}, found ${show(wrong)}`;
}

function show(value: JsonValue | undefined): string {
  if (typeof value === 'object' && value !== null) return 'an object or a list';
  return typeof value === 'string' ? quote(value, 80) : String(value);
}

function describe(matcher: Matcher, operators: readonly Operator[]): string {
  if (matcher.exists === false) return `no ${matcher.path}`;
  if (operators.length === 0) return `a value at ${matcher.path}`;
  const all = operators.map((operator) => `${operator} ${JSON.stringify(matcher[operator])}`);
  return `${matcher.path} ${all.join(' and ')}`;
}
