import type { Box, Picture } from './lineage-picture.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a box goes: its centre and its size in pixels. */
export interface Placed extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** By the id of the box. */
  readonly boxes: ReadonlyMap<string, Placed>;
  /** In the order of the arrows: the points of each, from its tail to its head, and where its label goes. */
  readonly arrows: readonly { readonly points: readonly Point[]; readonly label: Point }[];
}

export const FONT = 12;
export const LINE = 16;
export const PADDING = 10;

/** The layout library; whoever draws a picture loads it, and nobody else. */
export type Dagre = typeof import('@dagrejs/dagre');

/** Layers from the model, on the left, to its oldest ancestors. */
export function layOut({ boxes, arrows }: Picture, { Graph, layout }: Dagre): Layout {
  const graph = new Graph({ directed: true, multigraph: false, compound: false });
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 50, edgesep: 12, marginx: 0, marginy: 0 });
  // One width for all: beside a wider box, arrows to a narrow one would run through it.
  const width = Math.max(0, ...boxes.map(widthOf));
  for (const { id, lines } of boxes) graph.setNode(id, { width, height: lines.length * LINE + 2 * PADDING - 4 });
  for (const { from, to, label } of arrows)
    graph.setEdge(from, to, { width: textWidth(label, FONT - 1) + 8, height: LINE, labelpos: 'c' });
  layout(graph);
  const drawn = graph.graph();
  const placed = boxes.map(({ id }) => {
    const { x = 0, y = 0, width: wide = 0, height: high = 0 } = graph.node(id);
    return [id, { x, y, width: wide, height: high }] as const;
  });
  return {
    width: drawn.width ?? 0,
    height: drawn.height ?? 0,
    boxes: new Map(placed),
    arrows: arrows.map(({ from, to }) => {
      const { points = [], x = 0, y = 0 } = graph.edge(from, to);
      return { points: fromSideToSide(points, graph.node(from), graph.node(to)), label: { x, y } };
    }),
  };
}

/** The library lets an arrow meet a box wherever it points at its centre, be it from above, through another box. */
function fromSideToSide(points: readonly Point[], from: Placed, to: Placed): readonly Point[] {
  if (from.x === to.x) return points;
  const side = ({ x, y, width }: Placed, way: number): Point => ({ x: x + (way * width) / 2, y });
  const way = Math.sign(to.x - from.x);
  return [side(from, way), ...points.slice(1, -1), side(to, -way)];
}

function widthOf({ lines: [title = '', ...others] }: Box): number {
  // The title is bold.
  const text = Math.max(1.1 * textWidth(title, FONT), ...others.map((line) => textWidth(line, FONT - 1)));
  return Math.ceil(text) + 2 * PADDING;
}

/** Pixels that a line takes at most in the sans-serif fonts that are about; nobody can measure here. */
export function textWidth(line: string, size: number): number {
  let units = 0;
  for (const character of line) units += WIDE.test(character) ? 1.05 : /[A-Zmw%@—…]/.test(character) ? 0.85 : 0.61;
  return units * size;
}

const WIDE = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\u{1f000}-\u{3ffff}]/u;
