import type { Arrow, Box } from './lineage-picture.ts';

/**
 * The arrows that can be laid out in reasonable time, in their order: the shortest first, until all of them together cross
 * `maxSpan` layers. Hostile input: a layout puts a point on each layer that an arrow crosses, so that a chain of which every
 * member is a parent of the model as well takes it minutes, with few boxes.
 */
export function shortest(
  arrows: readonly Arrow[],
  boxes: readonly Box[],
  { maxArrows, maxSpan }: { readonly maxArrows: number; readonly maxSpan: number },
): readonly Arrow[] {
  if (arrows.length <= maxArrows && maxSpan === Number.POSITIVE_INFINITY) return arrows;
  const layers = layersOf(arrows, boxes);
  const span = ({ from, to }: Arrow): number => Math.abs((layers.get(to) ?? 0) - (layers.get(from) ?? 0));
  const kept = new Set<Arrow>();
  let total = 0;
  for (const arrow of arrows.toSorted((a, b) => span(a) - span(b))) {
    total += span(arrow);
    if (kept.size === maxArrows || total > maxSpan) break;
    kept.add(arrow);
  }
  return arrows.filter((arrow) => kept.has(arrow));
}

/** Each box as far to the right as its longest way from the model is; in a cycle, as far as there are boxes at most. */
function layersOf(arrows: readonly Arrow[], boxes: readonly Box[]): ReadonlyMap<string, number> {
  const layers = new Map(boxes.map(({ id }) => [id, 0]));
  for (let isMoved = true, round = 0; isMoved && round < boxes.length; round++) {
    isMoved = false;
    for (const { from, to } of arrows) {
      const layer = Math.min((layers.get(from) ?? 0) + 1, boxes.length);
      if ((layers.get(to) ?? 0) >= layer) continue;
      layers.set(to, layer);
      isMoved = true;
    }
  }
  return layers;
}
