import { describe, expect, it } from 'vitest';
import type { Ancestor } from '../../../src/core/lineage/index.ts';
import {
  baseLink,
  datasetLink,
  identity,
  lineageOf,
  numberOf,
  outcomes,
  provenance,
  setOf,
  TRUSTED,
} from './support.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
/** Identity statements of these artifacts. */
const all = (...numbers: readonly number[]) => numbers.map((n) => identity(setOf(n)));
/** Each the parent of the one before. */
const chain = (from: number, to: number, signers = TRUSTED) =>
  range(from, to).map((n) => provenance(setOf(n), [baseLink(setOf(n + 1))], signers));
const said = [provenance(setOf(0), [baseLink(setOf(1))])];
const STRANGERS = [] as const;
const parent = (n: number) => baseLink(setOf(n));

describe('what contradicts', () => {
  it.each([
    ['of two', [[1], [0]]],
    ['of three', [[1], [2], [0]]],
    ['of one, its own parent', [[1], [1]]],
  ])('is a cycle %s', (_, parents) => {
    const [first = [], ...others] = parents;
    const graph = lineageOf({
      said: [provenance(setOf(0), first.map(parent))],
      evidence: [...others.map((own, i) => provenance(setOf(i + 1), own.map(parent))), ...all(1, 2)],
    });
    const failed = graph.edges.filter(({ outcome }) => outcome === 'fail');

    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ message }) => /cycle|its own parent/.test(message))).toBe(true);
  });

  it('is not a cycle that a stranger makes', () => {
    const evidence = [provenance(setOf(1), [baseLink(setOf(0))], STRANGERS), ...all(1)];

    expect(outcomes(lineageOf({ said, evidence }))).toEqual(['1 pass']);
  });

  it('fails what lies on the cycle, and nothing beside it', () => {
    const evidence = [
      provenance(setOf(1), [baseLink(setOf(2)), baseLink(setOf(3))]),
      provenance(setOf(2), [baseLink(setOf(1))]),
      ...all(1, 2, 3),
    ];

    expect(outcomes(lineageOf({ said, evidence })).toSorted()).toEqual(['1 fail', '1 pass', '2 fail', '3 pass']);
  });

  it('is another trusted statement that cannot be true of the same bytes', () => {
    const other = { ...setOf(1), sha256: setOf(7)['sha256'] ?? '' };

    expect(outcomes(lineageOf({ said, evidence: [...all(1), identity(other)] }))).toEqual(['1 fail']);
    expect(outcomes(lineageOf({ said, evidence: [...all(1), identity(other, STRANGERS)] }))).toEqual(['1 pass']);
  });

  it('is a signature that names a trusted signer and is not his, where there is no better one', () => {
    const refused = { because: 'named', message: 'the signature is not his' } as const;
    const forged = identity(setOf(1), STRANGERS, { refused });

    expect(outcomes(lineageOf({ said, evidence: [forged] }))).toEqual(['1 fail']);
    expect(outcomes(lineageOf({ said, evidence: [forged, ...all(1)] }))).toEqual(['1 pass']);
  });

  it.each([
    ['expired', 'missing'],
    ['unchecked', 'unknown'],
  ] as const)('is not a signature that was %s', (because, outcome) => {
    const evidence = [identity(setOf(1), STRANGERS, { refused: { because, message: 'reason' } })];

    expect(outcomes(lineageOf({ said, evidence }))).toEqual([`1 ${outcome}`]);
  });
});

describe('the dataset of an evaluation', () => {
  it('makes nothing of an ancestor that links which count have verified', () => {
    const measured = datasetLink(setOf(1), 'evaluated-on');
    const graph = lineageOf({
      said: [provenance(setOf(0), [datasetLink(setOf(1)), measured])],
      evidence: all(1),
      judge: (ancestor) => ({
        outcome: ancestor.relation === 'evaluated-on' ? 'missing' : 'pass',
        message: '',
        signers: [],
      }),
    });

    expect(graph.edges.map(({ outcome, counts }) => `${outcome} ${counts}`)).toEqual(['pass true', 'missing false']);
    expect(graph.nodes[1]).toMatchObject({ outcome: 'pass' });
  });
});

describe('what is denied', () => {
  const recalled = (n: number) => ({
    denied: ({ digests }: Ancestor) => (numberOf(digests) === n ? 'recalled' : undefined),
  });

  it('fails with all that descends from it, and nothing beside it', () => {
    const evidence = [provenance(setOf(1), [baseLink(setOf(3))]), ...all(1, 2, 3)];
    const graph = lineageOf({
      said: [provenance(setOf(0), [baseLink(setOf(1)), baseLink(setOf(2))])],
      evidence,
      rules: recalled(3),
    });

    expect(outcomes(graph)).toEqual(['1 fail', '2 pass', '3 fail']);
    expect(graph.nodes[0]).toMatchObject({ outcome: 'fail', message: expect.stringMatching(/descends from/) });
  });

  it('taints nothing by a stranger’s word', () => {
    const evidence = [provenance(setOf(1), [baseLink(setOf(3))], STRANGERS), ...all(1, 3)];

    expect(outcomes(lineageOf({ said, evidence, rules: recalled(3) }))).toEqual(['1 pass']);
  });

  it('is found beyond the depth that is followed', () => {
    const graph = lineageOf({ said, evidence: [...chain(1, 2), ...all(1, 2)], rules: recalled(2), maxDepth: 1 });

    expect(outcomes(graph)).toEqual(['1 fail', '2 fail']);
  });
});
