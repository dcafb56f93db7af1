import { array, assert, nat, property, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { type Arrow, arrowsInCycles } from '../../../src/core/lineage/cycles.ts';

const arrow = tuple(nat(7), nat(7)).map(([child, parent]) => ({ child: `n${child}`, parent: `n${parent}` }));

/** Whether arrows lead from one node to another, by trying. */
function leads(arrows: readonly Arrow[], from: string, to: string): boolean {
  const reached = new Set([from]);
  for (const node of reached) for (const { child, parent } of arrows) if (child === node) reached.add(parent);
  return reached.has(to);
}

it('finds exactly the arrows whose head leads back to their tail', () => {
  assert(
    property(array(arrow, { maxLength: 20 }), (arrows) => {
      const expected = arrows.filter(({ child, parent }) => leads(arrows, parent, child));

      expect([...arrowsInCycles(arrows)]).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

it('needs no deep stack for a long chain that ends where it began', () => {
  const arrows = Array.from({ length: 50_000 }, (_, i) => ({ child: `n${i}`, parent: `n${(i + 1) % 50_000}` }));

  expect(arrowsInCycles(arrows).size).toBe(50_000);
  expect(arrowsInCycles(arrows.slice(1)).size).toBe(0);
});
