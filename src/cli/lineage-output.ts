import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import type { Report } from '../core/verify/index.ts';
import { type Picture, type PictureOptions, pictureOf } from './render/lineage-picture.ts';
import type { Look } from './render/text.ts';
import { requireFileOutside } from './reports.ts';

export const LINEAGE_FORMATS = ['tree', 'json', 'mermaid', 'dot', 'svg'] as const;
export type LineageFormat = (typeof LINEAGE_FORMATS)[number];

/** By the ending of a file, where no format is named: a picture under the name of another kind serves nobody. */
const ENDINGS: Readonly<Record<string, LineageFormat>> = {
  '.json': 'json',
  '.mmd': 'mermaid',
  '.dot': 'dot',
  '.gv': 'dot',
  '.svg': 'svg',
};

export const formatOf = (file: string | undefined): LineageFormat =>
  ENDINGS[path.extname(file ?? '').toLowerCase()] ?? 'tree';

type Render = (report: Report, look: Look) => string;

/** Further boxes would not be looked at, and laying them out takes longer than verifying them. */
const SVG_LIMITS = { maxBoxes: 300, maxArrows: 450, maxSpan: 1500 };
const NO_LIMITS = {
  maxBoxes: Number.POSITIVE_INFINITY,
  maxArrows: Number.POSITIVE_INFINITY,
  maxSpan: Number.POSITIVE_INFINITY,
};

const RENDERERS: Readonly<Record<LineageFormat, () => Promise<Render>>> = {
  tree: async () => (await import('./render/lineage.ts')).renderLineageTree,
  json: async () => (await import('./render/lineage.ts')).renderLineageJson,
  mermaid: async () => drawn((await import('./render/lineage-mermaid.ts')).renderMermaid, NO_LIMITS),
  dot: async () => drawn((await import('./render/lineage-dot.ts')).renderDot, NO_LIMITS),
  svg: async () => {
    const { renderSvg } = await import('./render/lineage-svg.ts');
    const dagre = await import('@dagrejs/dagre');
    return drawn((picture) => renderSvg(picture, dagre), SVG_LIMITS);
  },
};

const drawn =
  (render: (picture: Picture) => string, limits: Omit<PictureOptions, 'verbose'>): Render =>
  (report, { verbose }) =>
    render(pictureOf(report, { verbose, ...limits }));

/** Draws a lineage in one of the formats; each is loaded when it is asked for. */
export const lineageRenderer = (format: LineageFormat): Promise<Render> => RENDERERS[format]();

/**
 * Looks at the place for `-o FILE` before anything is read.
 *
 * @throws StemmaError WOULD_OVERWRITE for a file that is there, unless `force`; USAGE for a place in the model
 */
export async function requireFree(file: string, model: string, force: boolean): Promise<void> {
  requireFileOutside(model, file, 'lineage');
  const found = await lstat(file).catch(() => undefined);
  if (force || found === undefined || !(found.isFile() || found.isDirectory())) return;
  throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(file))} exists already`, {
    hint: 'choose another place; --force replaces the file',
  });
}
