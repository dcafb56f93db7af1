import { expect, test } from 'vitest';
import type { ClassifiedStatement } from '../../../src/core/verify/checks/classify.ts';
import { ComparisonBudget } from '../../../src/core/verify/comparison-budget.ts';

const OMS = { kind: 'oms', oms: { ignorePaths: [] } };
const provenance = (...ignored: string[]) => ({ kind: 'provenance', provenance: { ignored, opaque: [] } });
const model = (allowSymlinks: boolean, opaque: string[] = []) => ({
  kind: 'model',
  model: { ignored: [], opaque, allowSymlinks },
});

/** How many of so many statements there is room for. */
function admitted(files: number, count: number, contentOf: (index: number) => object): number {
  const budget = new ComparisonBudget(files);
  return Array.from({ length: count }, (_, i) =>
    budget.admits({ content: contentOf(i) } as ClassifiedStatement),
  ).filter(Boolean).length;
}

test('statements about one file set are compared however many there are', () => {
  expect(admitted(100_000, 5000, () => provenance('a'))).toBe(5000);
});

test.each([
  ['OMS statements, each with its own list', () => OMS],
  ['statements that each ignore another path', (i: number) => provenance(`${i}`)],
  ['statements that each call another file opaque', (i: number) => model(false, [`${i}`])],
])('%s are compared with a million files in all, and the rest is not', (_, contentOf) => {
  expect(admitted(1000, 5000, contentOf)).toBe(1000);
  expect(admitted(10_000, 5000, contentOf)).toBe(100);
});

test('a model of any size is compared with 16 different ones', () => {
  expect(admitted(1_000_000, 100, (i) => provenance(`${i}`))).toBe(16);
});

test('whether links are followed makes another file set', () => {
  expect(admitted(1_000_000, 40, (i) => (i < 15 ? OMS : model(i % 2 === 0)))).toBe(15 + 13);
});

test('one that finds no room leaves the others theirs', () => {
  const contentOf = (i: number): object => (i < 16 || i > 20 ? provenance(`${i % 16}`) : OMS);
  expect(admitted(1_000_000, 40, contentOf)).toBe(35);
});
