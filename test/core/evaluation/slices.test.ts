import { describe, expect, it } from 'vitest';
import type { PredictionSpec } from '../../../src/core/evaluation/index.ts';
import { differences, specProblem } from '../../../src/core/evaluation/index.ts';
import { type Given, pairs, SPEC, scoresOf } from './support.ts';

const rowsOf = (sex: string, right: number, wrong: number): Given[] => [
  ...Array.from({ length: right }, () => ({ y: 'a', p: 'a', sex })),
  ...Array.from({ length: wrong }, () => ({ y: 'a', p: 'b', sex })),
];
const invalid = expect.objectContaining({ code: 'PREDICTIONS_INVALID' });

describe('slices', () => {
  it('have metrics of their own, a gap between them, and a flag under 30 rows', () => {
    const { slices } = scoresOf([...rowsOf('m', 27, 3), ...rowsOf('f', 15, 14)], { slices: ['sex'] });
    expect(slices).toEqual([
      {
        column: 'sex',
        groups: [
          { value: 'f', rows: 29, small: true, metrics: [{ name: 'accuracy', value: 15 / 29 }] },
          { value: 'm', rows: 30, metrics: [{ name: 'accuracy', value: 0.9 }] },
        ],
        gaps: [{ name: 'accuracy', value: 0.9 - 15 / 29 }],
      },
    ]);
  });

  it('of several columns are each by themselves', () => {
    const rows = [
      { y: 'a', p: 'a', sex: 'f', age: 1 },
      { y: 'a', p: 'b', sex: 'm', age: 2 },
    ];
    const { slices } = scoresOf(rows, { slices: ['sex', 'age'] });
    expect(slices.map(({ column, groups }) => [column, groups.map(({ value }) => value)])).toEqual([
      ['sex', ['f', 'm']],
      ['age', [1, 2]],
    ]);
  });

  it('leave a metric open that is not defined in one of them, and out of the gap', () => {
    const rows = ['0', '1', '1'].map((y, i) => ({ y, s: i, g: i === 2 ? 'ones' : 'both' }));
    const spec = { columns: { label: 'y', score: 's' }, metrics: ['auc'], positive: '1', slices: ['g'] } as const;
    const [slicing] = scoresOf(rows, spec).slices;
    expect(slicing?.groups.map(({ metrics }) => metrics[0]?.value)).toEqual([1, null]);
    expect(slicing?.gaps).toEqual([{ name: 'auc', value: 0 }]);
  });
});

describe('predictions are refused with', () => {
  it.each<[string, readonly Given[], Partial<PredictionSpec>, RegExp]>([
    ['no row', [], {}, /no prediction/],
    ['no column of the labels', [{ p: 'a' }], {}, /no column "y"; found "p"/],
    ['no column of the predictions', [{ y: 'a' }], {}, /no column "p"/],
    ['no column of the slices', pairs('a', 'a'), { slices: ['sex'] }, /no column "sex"/],
    ['null as a class', [{ y: null, p: 'a' }], {}, /found null/],
    ['a fraction as a class', [{ y: 0.5, p: 1 }], {}, /found 0\.5/],
    ['a list as a class', [{ y: [1], p: 1 }], {}, /found a list/],
    ['an object as a class', [{ y: {}, p: 1 }], {}, /found an object/],
    ['a class of 1,025 characters', [{ y: 'x'.repeat(1025), p: 'x' }], {}, /1025 characters/],
    ['classes of two types', [{ y: '1', p: 1 }], {}, /expected a text/],
    [
      'slices of two types',
      [
        { y: 1, p: 1, g: '1' },
        { y: 1, p: 1, g: 1 },
      ],
      { slices: ['g'] },
      /expected a text/,
    ],
    ['null as a slice', [{ y: 1, p: 1, g: null }], { slices: ['g'] }, /found null/],
    [
      'a positive class that does not occur',
      pairs('ab', 'ab'),
      { metrics: ['f1'], positive: 'c' },
      /the classes are "a", "b"/,
    ],
    ['text as a number', [{ y: 1, p: 'high' }], { metrics: ['rmse'] }, /expected a number/],
    ['nan as a number', [{ y: '1', p: 'nan' }], { metrics: ['rmse'] }, /found "nan"/],
    ['true as a number', [{ y: 1, p: true }], { metrics: ['rmse'] }, /found true/],
    [
      'more than 1,000 slices',
      Array.from({ length: 1001 }, (_, id) => ({ y: 1, p: 1, id })),
      { slices: ['id'] },
      /too many/,
    ],
    [
      'more than 1,000 slices of two columns together',
      Array.from({ length: 501 }, (_, id) => ({ y: 1, p: 1, id, other: id })),
      { slices: ['id', 'other'] },
      /more than 1000 slices in all, 501 values in "id"/,
    ],
    [
      'one class alone for AUC',
      [{ y: '1', s: 1 }],
      { columns: { label: 'y', score: 's' }, metrics: ['auc'], positive: '1' },
      /not defined/,
    ],
  ])('%s', (_, rows, spec, message) => {
    expect(() => scoresOf(rows, spec)).toThrow(invalid);
    expect(() => scoresOf(rows, spec)).toThrow(message);
  });
});

describe('a specification is refused with', () => {
  it.each<[string, Partial<PredictionSpec>, RegExp]>([
    ['no metric', { metrics: [] }, /at least one/],
    ['a metric twice', { metrics: ['accuracy', 'accuracy'] }, /twice/],
    ['a slice twice', { slices: ['a', 'a'] }, /twice/],
    ['too many slices', { slices: Array.from({ length: 17 }, (_, i) => String(i)) }, /at most 16/],
    ['AUC without scores', { metrics: ['auc'], positive: '1' }, /scores/],
    ['AUC without a positive class', { metrics: ['auc'], columns: { label: 'y', score: 's' } }, /positive/],
    ['accuracy without predictions', { columns: { label: 'y' } }, /predictions/],
    ['a positive class that no metric has', { positive: '1' }, /positive class/],
    ['scores that no metric uses', { columns: { label: 'y', prediction: 'p', score: 's' } }, /uses scores/],
  ])('%s', (_, spec, message) => {
    expect(specProblem({ ...SPEC, ...spec })).toMatch(message);
    expect(() => scoresOf(pairs('a', 'a'), spec)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('and not with a slice that is named like a metric', () => {
    expect(specProblem({ ...SPEC, slices: ['accuracy'] })).toBeUndefined();
  });
});

describe('the differences of two results', () => {
  const rows = [...rowsOf('m', 27, 3), ...rowsOf('f', 15, 14)];

  it('are none of the same rows', () => {
    expect(differences(scoresOf(rows, { slices: ['sex'] }), scoresOf(rows, { slices: ['sex'] }))).toEqual([]);
  });

  it('name what an edited prediction and a relabelled slice change', () => {
    const signed = scoresOf(rows, { slices: ['sex'] });
    const edited = rows.with(0, { ...rows[0], p: 'b' });
    expect(differences(signed, scoresOf(edited, { slices: ['sex'] }))[0]).toBe(
      `accuracy: signed ${42 / 59}, found ${41 / 59}`,
    );
    const relabelled = rows.with(0, { ...rows[0], sex: 'f' });
    const found = differences(signed, scoresOf(relabelled, { slices: ['sex'] }));
    expect(found).toContain('sex="f" rows: signed 29 (small), found 30');
    expect(found.join()).not.toMatch(/^accuracy/);
  });

  it('are cut short', () => {
    const many = (p: string): Given[] => Array.from({ length: 20 }, (_, g) => ({ y: 'a', p, g: String(g) }));
    const list = differences(scoresOf(many('a'), { slices: ['g'] }), scoresOf(many('b'), { slices: ['g'] }));
    expect(list).toHaveLength(9);
    expect(list.at(-1)).toBe('and more');
  });
});
