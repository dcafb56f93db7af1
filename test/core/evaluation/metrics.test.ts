import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Given, pairs, scoresOf, valuesOf } from './support.ts';

const CLASSES = { metrics: ['accuracy', 'precision', 'recall', 'f1'] } as const;
const AUC = { columns: { label: 'y', score: 's' }, metrics: ['auc'], positive: '1' } as const;
const scored = (labels: string, ...scores: number[]): Given[] =>
  labels.split('').map((y, i) => ({ y, s: scores[i] ?? 0 }));

describe('accuracy, precision, recall and F1', () => {
  it('of one class are those that are counted by hand', () => {
    // True 1: four, three of them found; predicted 1: five.
    const rows = pairs('1111000000', '1110110000');
    expect(valuesOf(rows, { ...CLASSES, positive: '1' })).toEqual({
      accuracy: 0.7,
      precision: 0.6,
      recall: 0.75,
      f1: 6 / 9,
    });
  });

  it('without a positive class are means over the classes that occur', () => {
    const rows = pairs('aabbcc', 'aabacb');
    const { precision, recall, f1 } = valuesOf(rows, CLASSES);
    expect(precision).toBe((2 / 3 + 1 / 2 + 1) / 3);
    expect(recall).toBe((1 + 1 / 2 + 1 / 2) / 3);
    expect(f1).toBe((4 / 5 + 2 / 4 + 2 / 3) / 3);
    expect(scoresOf(rows, CLASSES).metrics.map(({ average }) => average)).toEqual([
      undefined,
      'macro',
      'macro',
      'macro',
    ]);
  });

  it('count a class that is only predicted, and are 0 where they would divide by 0', () => {
    expect(valuesOf(pairs('aa', 'ab'), CLASSES)).toEqual({ accuracy: 0.5, precision: 0.5, recall: 0.25, f1: 1 / 3 });
    expect(valuesOf(pairs('10', '00'), { ...CLASSES, positive: '1' })).toMatchObject({
      precision: 0,
      recall: 0,
      f1: 0,
    });
  });

  it('take whole numbers and truth values as classes', () => {
    expect(
      valuesOf(
        [
          { y: 1, p: 1 },
          { y: 0, p: 1 },
        ],
        { ...CLASSES, positive: '1' },
      ),
    ).toMatchObject({ precision: 0.5 });
    expect(
      valuesOf(
        [
          { y: true, p: true },
          { y: false, p: true },
        ],
        { ...CLASSES, positive: 'true' },
      ),
    ).toMatchObject({ recall: 1 });
  });

  it('do not depend on the order of the rows', () => {
    const letter = fc.constantFrom('a', 'b', 'c');
    const row = fc.record({ y: letter, p: letter });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        expect(valuesOf(rows.toReversed(), CLASSES)).toEqual(valuesOf(rows, CLASSES));
      }),
    );
  });
});

describe('AUC', () => {
  it.each([
    ['a perfect ranking', scored('0011', 0.1, 0.2, 0.3, 0.4), 1],
    ['the reverse', scored('1100', 0.1, 0.2, 0.3, 0.4), 0],
    ['all tied', scored('0101', 1, 1, 1, 1), 0.5],
    ['one pair of four wrong', scored('0101', 0.1, 0.4, 0.35, 0.3), 0.75],
    ['a tie across the classes', scored('011', 0.5, 0.5, 0.9), 0.75],
  ])('of %s', (_, rows, value) => expect(valuesOf(rows, AUC)).toEqual({ auc: value }));

  it('is the share of pairs that are in order, whatever the ties', () => {
    const row = fc.record({
      y: fc.constantFrom('0', '1'),
      s: fc.integer({ min: -3, max: 3 }),
      g: fc.constantFrom('x', 'y'),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 60 }), (rows) => {
        fc.pre(new Set(rows.map(({ y }) => y)).size === 2);
        const pairwise = (of: typeof rows): number | null => {
          const [positives, negatives] = ['1', '0'].map((name) => of.filter(({ y }) => y === name));
          const all = positives!.flatMap((p) => negatives!.map((n) => (p.s > n.s ? 2 : p.s === n.s ? 1 : 0) as number));
          return all.length === 0 ? null : all.reduce((a, b) => a + b) / (2 * all.length);
        };
        const { metrics, slices } = scoresOf(rows, { ...AUC, slices: ['g'] });
        expect(metrics[0]?.value).toBe(pairwise(rows));
        for (const { value, metrics: own } of slices[0]?.groups ?? [])
          expect(own[0]?.value).toBe(pairwise(rows.filter(({ g }) => g === value)));
      }),
    );
  });

  it('of more rows than the first buffer holds', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({
      y: String(i % 2),
      s: i % 2 === 0 ? i : i + 0.5,
      g: String(i % 3),
    }));
    const { metrics, slices } = scoresOf(rows, { ...AUC, slices: ['g'] });
    expect(metrics[0]?.value).toBe((2500 * 2501) / 2 / 2500 ** 2);
    expect(slices[0]?.groups.map(({ rows: n }) => n)).toEqual([1667, 1667, 1666]);
  });
});

describe('RMSE', () => {
  const RMSE = { metrics: ['rmse'] } as const;

  it('is the root of the mean square, of JSON numbers and of decimal text', () => {
    expect(
      valuesOf(
        [
          { y: 1, p: 4 },
          { y: 2, p: -2 },
        ],
        RMSE,
      ),
    ).toEqual({ rmse: Math.sqrt(25 / 2) });
    expect(
      valuesOf(
        [
          { y: '1', p: '4' },
          { y: '2.0', p: '-2' },
        ],
        RMSE,
      ),
    ).toEqual({ rmse: Math.sqrt(25 / 2) });
    expect(valuesOf([{ y: 0.1, p: 0.1 }], RMSE)).toEqual({ rmse: 0 });
  });

  it('that overflows is refused', () => {
    expect(() => valuesOf([{ y: 1e300, p: -1e300 }], RMSE)).toThrow(
      expect.objectContaining({ code: 'PREDICTIONS_INVALID' }),
    );
  });
});
