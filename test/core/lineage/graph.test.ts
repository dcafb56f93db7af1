import { describe, expect, it } from 'vitest';
import { judgeIdentity } from '../../../src/core/lineage/index.ts';
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

describe('a chain', () => {
  it('is followed from statement to statement, each link judged', () => {
    const graph = lineageOf({ said, evidence: [...chain(1, 4), ...all(1, 2, 3, 4)] });

    expect(outcomes(graph)).toEqual(['1 pass', '2 pass', '3 pass', '4 pass']);
    expect(graph.nodes.map(({ depth }) => depth)).toEqual([0, 1, 2, 3, 4]);
    expect(graph.nodes.map(({ origin }) => origin)).toEqual([undefined, 'stated', 'stated', 'stated', 'unstated']);
  });

  it('goes on where an ancestor is missing: its own statements say what is above', () => {
    expect(outcomes(lineageOf({ said, evidence: [...chain(1, 3), ...all(1, 3)] }))).toEqual([
      '1 pass',
      '2 missing',
      '3 pass',
    ]);
  });

  it('counts no further than trusted statements lead', () => {
    const evidence = [...chain(1, 2, STRANGERS), ...chain(2, 4), ...all(1, 2, 3, 4)];
    const graph = lineageOf({ said, evidence });

    expect(outcomes(graph)).toEqual(['1 pass']);
    expect(graph.edges.filter(({ counts }) => !counts).map(({ outcome }) => outcome)).toEqual(['skip', 'skip', 'skip']);
  });

  it('is claimed where nobody judges', () => {
    const graph = lineageOf({ said, evidence: [...chain(1, 3), ...all(1, 2, 3)], judge: undefined });

    expect(graph.edges.map(({ outcome, counts }) => [outcome, counts])).toEqual([
      ['skip', false],
      ['skip', false],
      ['skip', false],
    ]);
  });
});

describe('the depth', () => {
  it.each([
    [1, ['1 pass', '2 unknown']],
    [2, ['1 pass', '2 pass', '3 unknown']],
    [3, ['1 pass', '2 pass', '3 pass']],
  ])('%d leaves undecided what is beyond', (maxDepth, expected) => {
    const graph = lineageOf({ said, evidence: [...chain(1, 3), ...all(1, 2, 3)], maxDepth });

    expect(outcomes(graph)).toEqual(expected);
    expect(graph.truncated === undefined).toBe(maxDepth === 3);
  });

  it('is that of the shortest way', () => {
    const evidence = [...chain(1, 3), ...all(1, 2, 3)];
    const graph = lineageOf({
      said: [provenance(setOf(0), [baseLink(setOf(1)), baseLink(setOf(3))])],
      evidence,
      maxDepth: 2,
    });

    expect(outcomes(graph).toSorted()).toEqual(['1 pass', '2 pass', '3 pass', '3 pass']);
  });
});

describe('one artifact on several ways', () => {
  const diamond = [
    provenance(setOf(1), [baseLink(setOf(3))]),
    provenance(setOf(2), [baseLink(setOf(3))]),
    ...all(1, 2, 3),
  ];
  const top = [provenance(setOf(0), [baseLink(setOf(1)), baseLink(setOf(2))])];

  it('is one node, and asked about once', () => {
    const asked: number[] = [];
    const graph = lineageOf({
      said: top,
      evidence: diamond,
      judge: (ancestor) => {
        asked.push(numberOf(ancestor.digests));
        return judgeIdentity(ancestor);
      },
    });

    expect(graph.nodes).toHaveLength(4);
    expect(asked.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(outcomes(graph)).toEqual(['1 pass', '2 pass', '3 pass', '3 pass']);
  });

  it('is one node under two sets that match, and each link is judged by its own', () => {
    const { stemmaFileTreeV1 = '' } = setOf(1);
    const short = { stemmaFileTreeV1 };
    const graph = lineageOf({
      said: [provenance(setOf(0), [baseLink(setOf(1)), baseLink(short, 'merged-from')])],
      evidence: [identity({ stemmaFileTreeV1, stemmaSegmentTreeBlake3V1: setOf(9)['sha256'] ?? '' })],
    });

    expect(graph.nodes).toHaveLength(2);
    expect(graph.edges.map(({ digests }) => digests)).toEqual([setOf(1), short]);
  });

  it('is two as a model and as a dataset: other statements verify each', () => {
    const both = [baseLink(setOf(1)), datasetLink(setOf(1))];
    const graph = lineageOf({ said: [provenance(setOf(0), both)], evidence: all(1) });

    expect(graph.nodes.map(({ role }) => role)).toEqual(['model', 'base', 'dataset']);
  });

  it('is said once, whatever number of lines say it', () => {
    const twice = provenance(setOf(1), [baseLink(setOf(2))]);
    const graph = lineageOf({
      said,
      evidence: [twice, twice, provenance(setOf(1), [baseLink(setOf(2))], STRANGERS), ...all(1, 2)],
    });

    expect(outcomes(graph)).toEqual(['1 pass', '2 pass']);
    expect(graph.edges).toHaveLength(2);
  });
});

describe('where the evidence about a parent is', () => {
  const at = (n: number) => `ipfs://bafybeia${String(n).repeat(50)}a`;
  const link = (n: number) => ({ ...parent(1), attestations: at(n) });
  const edges = (...statements: Parameters<typeof lineageOf>[0]['said'][number][]) =>
    lineageOf({ said: statements, evidence: all(1) }).edges.map(({ attestations }) => attestations);

  it('is what the signers of the link say, each place once', () => {
    const three = [link(2), link(3), link(2)].map((each) => provenance(setOf(0), [each]));
    expect(edges(...three)).toEqual([[at(2), at(3)]]);
  });

  it('is absent where nobody says it', () => {
    expect(edges(provenance(setOf(0), [parent(1)]))).toEqual([undefined]);
  });

  it.each(['before', 'after'])('is not what a stranger says of the same link %s a trusted signer', (order) => {
    const both = [provenance(setOf(0), [link(2)], STRANGERS), provenance(setOf(0), [link(3)])];
    expect(edges(...(order === 'before' ? both : both.toReversed()))).toEqual([[at(3)]]);
  });

  it('is not what a stranger says where the trusted signers say nothing', () => {
    expect(edges(provenance(setOf(0), [parent(1)]), provenance(setOf(0), [link(2)], STRANGERS))).toEqual([undefined]);
  });
});
