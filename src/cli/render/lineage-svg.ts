import {
  type Dagre,
  FONT,
  type Layout,
  LINE,
  layOut,
  PADDING,
  type Placed,
  type Point,
  textWidth,
} from './lineage-layout.ts';
import type { Arrow, Box, Picture, State } from './lineage-picture.ts';

const MARGIN = 24;
const LEGEND: readonly (readonly [State, string])[] = [
  ['verified', '✔ verified by its own signature'],
  ['undecided', '? evidence missing or not decided'],
  ['failed', '✖ contradicted'],
  ['claimed', 'claimed, not verified'],
];
const COLOURS: Readonly<Record<State, readonly [fill: string, stroke: string]>> = {
  verified: ['#e8f5e9', '#2e7d32'],
  failed: ['#ffebee', '#c62828'],
  undecided: ['#fff8e1', '#b26a00'],
  claimed: ['#f5f5f5', '#757575'],
};

const STYLE = [
  `text{font:${FONT}px "DejaVu Sans",Verdana,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1b1b1b}`,
  '.t{font-weight:bold}.s{font-size:11px}.l{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}',
  'rect,path{fill:none;stroke-width:1.3}.m{stroke-width:3}',
  ...Object.entries(COLOURS).flatMap(([state, [fill, stroke]]) => [
    `rect.${state}{fill:${fill};stroke:${stroke}}`,
    `path.${state}{stroke:${stroke}}`,
    `path.h-${state}{fill:${stroke};stroke:none}`,
  ]),
  '.claimed{stroke-dasharray:4 3}path.h-claimed{stroke-dasharray:none}',
].join('');

/** A lineage as one SVG file that needs nothing else: no script, no font, no link. */
export function renderSvg(picture: Picture, dagre: Dagre): string {
  const layout = layOut(picture, dagre);
  const { title, verdict, notes, boxes, arrows } = picture;
  const header = [title, ...wrap(verdict, Math.max(layout.width, 620)), ...notes];
  const legend = legendRow();
  const top = MARGIN + header.length * (LINE + 2) + 12;
  const width = Math.ceil(
    2 * MARGIN + Math.max(layout.width, legend.width, ...header.map((line) => textWidth(line, 13))),
  );
  const height = Math.ceil(top + layout.height + 24 + LINE + MARGIN);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${xml(title)}</title>`,
    `<desc>${xml(verdict)}</desc>`,
    `<style>${STYLE}</style>`,
    `<defs>${LEGEND.map(([state]) => arrowhead(state)).join('')}</defs>`,
    `<rect width="${width}" height="${height}" style="fill:#fff"/>`,
    ...header.map((line, i) => label({ x: MARGIN, y: MARGIN + FONT + i * (LINE + 2) }, line, i === 0 ? 't' : 's')),
    `<g transform="translate(${MARGIN} ${top})">`,
    ...arrows.map((arrow, i) => arrowShape(arrow, layout.arrows[i])),
    ...boxes.map((box) => boxShape(box, layout.boxes.get(box.id))),
    '</g>',
    `<g transform="translate(${MARGIN} ${height - MARGIN - LINE})">`,
    ...legend.shapes,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function boxShape({ lines, state, isModel, detail }: Box, placed: Placed | undefined): string {
  if (placed === undefined) return '';
  const { x, y, width, height } = placed;
  const left = x - width / 2;
  const top = y - height / 2;
  const texts = lines.map((line, i) =>
    label({ x: left + PADDING, y: top + PADDING + FONT - 3 + i * LINE }, line, i === 0 ? 't' : 's'),
  );
  const frame = `class="${state}${isModel ? ' m' : ''}" rx="6" width="${round(width)}" height="${round(height)}"`;
  return `<g><title>${xml(detail)}</title><rect ${frame} x="${round(left)}" y="${round(top)}"/>${texts.join('')}</g>`;
}

function arrowShape({ label: text, state }: Arrow, route: Layout['arrows'][number] | undefined): string {
  if (route === undefined) return '';
  const { points } = route;
  const path = `<path class="${state}" d="${curve(points)}" marker-end="url(#${state})"/>`;
  const start = { x: route.label.x - textWidth(text, FONT - 1) / 2, y: route.label.y + 4 };
  return `${path}${label(start, text, 'l')}`;
}

/** Level at every point, so that arrows leave and enter a box at its sides and cross no other above or below it. */
function curve([first, ...others]: readonly Point[]): string {
  if (first === undefined) return '';
  let from = first;
  const bends = others.map((to) => {
    const middle = (from.x + to.x) / 2;
    const bend = `C${at({ x: middle, y: from.y })} ${at({ x: middle, y: to.y })} ${at(to)}`;
    from = to;
    return bend;
  });
  return `M${at(first)}${bends.join('')}`;
}

const arrowhead = (state: State): string =>
  `<marker id="${state}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="h-${state}" d="M0 0L8 4L0 8z"/></marker>`;

function legendRow(): { readonly width: number; readonly shapes: readonly string[] } {
  let x = 0;
  const shapes = LEGEND.map(([state, text]) => {
    const swatch = `<rect class="${state}" rx="3" x="${round(x)}" y="2" width="18" height="12"/>`;
    const shape = `${swatch}${label({ x: x + 24, y: 12 }, text, 's')}`;
    x += 24 + textWidth(text, 11) + 20;
    return shape;
  });
  return { width: x, shapes };
}

/** Lines of at most so many pixels, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && textWidth(longer, 11) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const label = ({ x, y }: Point, text: string, kind: 't' | 's' | 'l'): string =>
  `<text class="${kind}" x="${round(x)}" y="${round(y)}">${xml(text)}</text>`;

const round = (value: number): string => String(Math.round(value * 10) / 10);
const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escaped text holds no control characters; a lone surrogate and the two noncharacters are none of XML either. */
const xml = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"]/g, (mark) => ENTITIES[mark] ?? '');
