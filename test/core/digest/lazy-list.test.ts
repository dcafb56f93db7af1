import { describe, expect, test } from 'vitest';
import { LazyList } from '../../../src/core/digest/index.ts';

describe('a lazy list', () => {
  const squares = new LazyList(4, (index) => index * index);

  test('is read like an array', () => {
    expect(squares).toHaveLength(4);
    expect([...squares]).toEqual([0, 1, 4, 9]);
    expect(squares.map((square, index) => square - index)).toEqual([0, 0, 2, 6]);
    expect([0, 3, -1, -4].map((index) => squares.at(index))).toEqual([0, 9, 9, 0]);
    expect(squares.find((square) => square > 1)).toBe(4);
  });

  test('asks for no element outside it', () => {
    const asked: number[] = [];
    const list = new LazyList(2, (index) => asked.push(index));
    expect([2, -3, Number.NaN, Infinity].map((index) => list.at(index))).toEqual(Array(4).fill(undefined));
    expect(new LazyList(0, (index) => asked.push(index)).find(() => true)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('makes no element before it is asked for, and none twice in a walk', () => {
    const asked: number[] = [];
    const list = new LazyList(3, (index) => asked.push(index));
    expect(asked).toEqual([]);
    for (const element of list) if (element === 2) break;
    expect(asked).toEqual([0, 1]);
  });
});
