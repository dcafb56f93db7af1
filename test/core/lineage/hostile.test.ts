import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/core/lineage/index.ts';
import { baseLink, hex, identity, lineageOf, outcomes, provenance, seconds, setOf } from './support.ts';

const N = 5000;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const CROWD = 2000;
const identities: readonly Evidence[] = range(N).map((n) => identity(setOf(n)));

/** Seconds, generously: what is quadratic in thousands of lines takes minutes. */
const SOON = 20;

describe('ten thousand lines', () => {
  it('of a chain are followed as far as asked', () => {
    const evidence = [...identities, ...range(N - 1).map((n) => provenance(setOf(n), [baseLink(setOf(n + 1))]))];
    const said = [provenance(setOf(0), [baseLink(setOf(1))])];
    let counted = 0;
    const took = seconds(() => (counted = outcomes(lineageOf({ said, evidence, maxDepth: N })).length));

    expect(counted).toBe(N);
    expect(took).toBeLessThan(SOON);
    expect(outcomes(lineageOf({ said, evidence })).at(-1)).toBe('33 unknown');
  });

  it('of parents of one model are each judged', () => {
    const said = range(N).map((n) => provenance(setOf(0), [baseLink(setOf(n))]));
    let passed = 0;
    const took = seconds(
      () =>
        (passed = outcomes(lineageOf({ said, evidence: identities })).filter((line) => line.endsWith('pass')).length),
    );

    expect(passed).toBe(N);
    expect(took).toBeLessThan(SOON);
  });

  it('that all say the same are one node and one edge', () => {
    const evidence = [
      ...range(CROWD).map(() => provenance(setOf(1), [baseLink(setOf(2))])),
      ...range(CROWD).map(() => identity(setOf(2))),
    ];
    const said = [provenance(setOf(0), [baseLink(setOf(1))])];

    expect(seconds(() => lineageOf({ said, evidence }))).toBeLessThan(SOON);
    expect(lineageOf({ said, evidence }).edges).toHaveLength(2);
  });

  it('that all lead on to each other are each followed once', () => {
    const many = range(70);
    const evidence = many.map((n) =>
      provenance(
        setOf(n),
        many.map((each) => baseLink(setOf(each))),
      ),
    );
    const said = [provenance(setOf(0), [baseLink(setOf(1))])];
    let edges = 0;

    expect(seconds(() => (edges = lineageOf({ said, evidence }).edges.length))).toBeLessThan(SOON);
    expect(edges).toBe(1 + 70 * 70);
  });
});

describe('a crowd of sets that share one digest', () => {
  const shared = { sha256: hex(1, 'a0') };
  const crowd = range(CROWD).map((n) => identity({ ...shared, stemmaFileTreeV1: hex(n, 'd0') }, []));

  it('takes no longer than its lines, and decides nothing where it cannot be looked through', () => {
    const links = range(CROWD).map((n) => baseLink({ ...shared, stemmaFileTreeV1: hex(n, 'd0') }));
    const said = range(CROWD / 50).map((i) => provenance(setOf(0), links.slice((i - 1) * 50, i * 50)));
    let found: readonly string[] = [];

    expect(seconds(() => (found = outcomes(lineageOf({ said, evidence: crowd }))))).toBeLessThan(SOON);
    expect(found).toHaveLength(CROWD);
    expect(found.filter((line) => line.endsWith('unknown')).length).toBeGreaterThan(CROWD / 2);
    expect(found.filter((line) => line.endsWith('pass'))).toEqual([]);
  });

  it('of links to one artifact with many statements takes no longer either', () => {
    const one = { stemmaFileTreeV1: hex(1, 'b0') };
    const evidence = range(CROWD).map(() => identity(one));
    const links = range(CROWD).map((n) => baseLink({ ...one, unknown: hex(n, 'e0') }));
    const found = outcomes(lineageOf({ said: [provenance(setOf(0), links)], evidence }));

    expect(found).toHaveLength(CROWD);
    expect(found.filter((line) => line.endsWith('pass'))).toHaveLength(300_000 / CROWD);
  });

  it('of strangers takes nothing from one honest parent among them', () => {
    const said = [provenance(setOf(0), [baseLink(setOf(1))])];

    expect(outcomes(lineageOf({ said, evidence: [...crowd, identity(setOf(1))] }))).toEqual(['1 pass']);
  });
});
