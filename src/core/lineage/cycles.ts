/** An arrow of a graph, from its tail to its head. */
export interface Arrow {
  readonly child: string;
  readonly parent: string;
}

/**
 * The arrows that are part of a cycle: those whose two ends reach each other. Tarjan's strongly connected components, without
 * recursion, so that a long chain is no deep stack; linear in nodes and arrows.
 */
export function arrowsInCycles<T extends Arrow>(arrows: readonly T[]): ReadonlySet<T> {
  const from = Map.groupBy(arrows, ({ child }) => child);
  const component = components(from);
  return new Set(
    arrows.filter(({ child, parent }) => child === parent || component.get(child) === component.get(parent)),
  );
}

interface Visit {
  readonly node: string;
  readonly next: Iterator<string>;
}

function components(from: ReadonlyMap<string, readonly Arrow[]>): ReadonlyMap<string, number> {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const component = new Map<string, number>();
  const enter = (node: string): Visit => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    open.push(node);
    return { node, next: (from.get(node) ?? []).map(({ parent }) => parent)[Symbol.iterator]() };
  };
  const lower = (node: string, to: number): void => void low.set(node, Math.min(low.get(node) ?? to, to));
  for (const start of from.keys()) {
    if (order.has(start)) continue;
    const path = [enter(start)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { value: parent, done } = visit.next.next();
      if (done !== true) {
        const seen = order.get(parent);
        if (seen === undefined) path.push(enter(parent));
        else if (!component.has(parent)) lower(visit.node, seen);
        continue;
      }
      path.pop();
      const own = low.get(visit.node) ?? 0;
      const above = path.at(-1);
      if (above !== undefined) lower(above.node, own);
      if (own !== order.get(visit.node)) continue;
      for (let node = open.pop(); node !== undefined; node = node === visit.node ? undefined : open.pop())
        component.set(node, own);
    }
  }
  return component;
}
