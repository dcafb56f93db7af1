import * as dagre from '@dagrejs/dagre';
import { describe, expect, it } from 'vitest';
import { renderLineageJson, renderLineageTree } from '../../src/cli/render/lineage.ts';
import { renderDot } from '../../src/cli/render/lineage-dot.ts';
import { renderMermaid } from '../../src/cli/render/lineage-mermaid.ts';
import { type Picture, type PictureOptions, pictureOf } from '../../src/cli/render/lineage-picture.ts';
import { renderSvg } from '../../src/cli/render/lineage-svg.ts';
import type { LineageEdge, LineageNode } from '../../src/core/lineage/index.ts';
import type { Report } from '../../src/core/verify/index.ts';
import { HOSTILE, hostileReport } from './hostile-report.ts';
import { expectInert } from './inert.ts';

const LOOK = { color: false, unicode: true, verbose: false };
const ALL: PictureOptions = { verbose: true, maxBoxes: 1000, maxArrows: 1000, maxSpan: 1500 };
const draw = (report: Report, options: Partial<PictureOptions> = {}): Picture =>
  pictureOf(report, { ...ALL, ...options });

const RENDERINGS: readonly [string, (report: Report) => string][] = [
  ['tree', (report) => renderLineageTree(report, LOOK)],
  ['tree, ASCII and verbose', (report) => renderLineageTree(report, { ...LOOK, unicode: false, verbose: true })],
  ['json', renderLineageJson],
  ['mermaid', (report) => renderMermaid(draw(report))],
  ['dot', (report) => renderDot(draw(report))],
  ['svg', (report) => renderSvg(draw(report), dagre)],
];

/** A report with a model and these ancestors, `n1` and on, each a parent of the one before unless told otherwise. */
function reportWith(
  ancestors: readonly Partial<LineageNode>[],
  edges: readonly Partial<LineageEdge>[] = ancestors.map((_, i) => ({ child: `n${i}`, parent: `n${i + 1}` })),
): Report {
  const nodes = [{}, ...ancestors].map((node, i) => ({
    id: `n${i}`,
    role: i === 0 ? ('model' as const) : ('base' as const),
    name: `name-${i}`,
    digests: { sha256: String(i).padStart(64, '0') },
    depth: i,
    outcome: 'pass' as const,
    message: 'signed by base.pub',
    signers: ['base.pub'],
    licences: [],
    evidence: [],
    ...node,
  }));
  const complete = edges.map((edge) => ({
    child: 'n0',
    parent: 'n1',
    relation: 'finetuned-from' as const,
    evidence: 'declared' as const,
    digests: {},
    statement: 'ab',
    says: ['trainer.pub'],
    signer: 'trainer',
    counts: true,
    outcome: 'pass' as const,
    message: 'signed by base.pub',
    ...edge,
  }));
  return hostileReport({ result: 'pass', verdict: 'verified', lineage: { nodes, edges: complete } });
}

describe('hostile names in a lineage', () => {
  it.each(RENDERINGS)('are inert as %s', (_, render) => {
    expectInert(render(hostileReport()));
  });

  it('add no line to a Mermaid flowchart and end no label in it', () => {
    const [first, second, third, ...body] = renderMermaid(draw(hostileReport())).trimEnd().split('\n');

    expect([first, second].every((line) => line?.startsWith('%% ') === true && !/[{}]/.test(line))).toBe(true);
    expect(third).toBe('flowchart LR');
    for (const line of body)
      expect(line).toMatch(
        /^ {2}(?:n\d+\["[^"<>`]*(?:<br\/>[^"<>`]*)*"\]:::\w+|n\d+ -\.?->\|"[^"<>`]*"\| n\d+|classDef [\w :;#,-]+)$/,
      );
  });

  it('end no string of Graphviz and are none of its escapes', () => {
    const body = renderDot(draw(hostileReport())).trimEnd().split('\n').slice(1, -1);

    // Strings hold pairs of a backslash and what it escapes, and of those only `\n`, `\\` and `\"`.
    for (const line of body)
      expect(line.replaceAll(/"(?:[^"\\]|\\[\\"n])*"/g, '""')).toMatch(
        /^ {2}(?:graph|node|edge|n\d+|n\d+ -> n\d+) \[[\w=" -]*\]$/,
      );
  });

  it('are text alone in an SVG, which refers to nothing outside', () => {
    const svg = renderSvg(draw(hostileReport()), dagre);
    const rest = svg
      .replaceAll(/<\/?[a-z]+(?: [a-zA-Z-]+="[^"<>&]*")*\/?>/g, '')
      .replaceAll(/&(?:amp|lt|gt|quot);/g, '');

    expect(rest).not.toMatch(/[<>&]/);
    expect(svg.match(/<(\w+)/g)?.filter((tag) => /script|image|use|foreign|^<a$/i.test(tag))).toEqual([]);
    expect(svg.match(/(?:href|src|url\((?!#))/g)).toBeNull();
    expect(svg).not.toContain(HOSTILE.slice(0, 4));
  });
});

describe('the tree', () => {
  it('has a line for each link: relation, name, digest and what came of it', () => {
    const text = renderLineageTree(
      reportWith(
        [{ name: 'base' }, { outcome: 'missing', role: 'dataset', name: 'data' }],
        [{}, { child: 'n1', parent: 'n2', relation: 'trained-on', outcome: 'missing', message: 'nobody signed it' }],
      ),
      LOOK,
    );

    expect(text).toMatch(/^└─ finetuned-from base .*✔ verified: signed by base\.pub$/m);
    expect(text).toMatch(/^ {3}└─ trained-on data .*\? missing: nobody signed it$/m);
  });

  it('draws what two descend from once, and names it again', () => {
    const links = [{}, { parent: 'n2' }, { child: 'n1', parent: 'n3' }, { child: 'n2', parent: 'n3' }];
    const edges = [...links, { child: 'n3', parent: 'n4' }];
    const text = renderLineageTree(reportWith([{}, {}, { name: 'shared' }, { name: 'oldest' }], edges), LOOK);

    expect(text.match(/shared/g)).toHaveLength(2);
    expect(text.match(/oldest/g)).toHaveLength(1);
    expect(text.match(/drawn above/g)).toHaveLength(1);
  });

  it('ends in spite of a cycle', () => {
    const text = renderLineageTree(reportWith([{}, {}], [{}, { child: 'n1', parent: 'n0' }]), LOOK);

    expect(text.match(/name-1/g)).toHaveLength(1);
  });

  it('says where the origin of an ancestor is not stated', () => {
    expect(renderLineageTree(reportWith([{ origin: 'unstated' }]), LOOK)).toMatch(
      /nobody trusted says what it was made from/,
    );
    expect(renderLineageTree(reportWith([{ origin: 'stated' }]), LOOK)).not.toMatch(/nobody trusted says/);
  });

  it('gives a share of a mixture in per cent', () => {
    expect(renderLineageTree(reportWith([{}], [{ share: 600_000 }]), LOOK)).toContain('60 %');
  });
});

describe('a picture', () => {
  it('has a box for each artifact and one arrow between two, whatever number of statements say so', () => {
    const { boxes, arrows } = draw(
      reportWith([{}], [{}, { relation: 'merged-from' }, { relation: 'merged-from', outcome: 'skip', says: [] }]),
    );

    expect(boxes.map(({ state, isModel }) => [state, isModel])).toEqual([
      ['verified', true],
      ['verified', false],
    ]);
    expect(arrows).toEqual([{ from: 'n0', to: 'n1', label: 'finetuned-from, merged-from', state: 'verified' }]);
  });

  it.each([
    ['pass', 'verified', /signed by base\.pub/],
    ['fail', 'failed', /✖ the reason/],
    ['missing', 'undecided', /\? the reason/],
    ['unknown', 'undecided', /\? the reason/],
    ['error', 'failed', /✖ the reason/],
    ['skip', 'claimed', /claimed by trainer\.pub/],
  ] as const)('tells %s in words and in colour', (outcome, state, words) => {
    const report = reportWith([{ outcome, message: outcome === 'pass' ? '' : 'the reason' }], [{ outcome }]);
    const box = draw(report).boxes[1];

    expect(box?.state).toBe(state);
    expect(box?.lines.at(-1)).toMatch(words);
    expect(renderSvg(draw(report), dagre)).toMatch(new RegExp(`<rect class="${state}"[^>]*/><text class="t"`));
  });

  it('leaves out what an observed run has hundreds of, and says so', () => {
    const report = reportWith(
      [{ role: 'input' }, { role: 'environment' }, {}],
      [{}, { parent: 'n2' }, { parent: 'n3' }],
    );

    expect(draw(report, { verbose: false })).toMatchObject({ boxes: { length: 2 }, arrows: { length: 1 } });
    expect(draw(report, { verbose: false }).notes).toEqual(['2 inputs and environments are shown with --verbose']);
    expect(draw(report)).toMatchObject({ boxes: { length: 4 }, notes: [] });
  });

  it('keeps what is nearest to the model where there is too much, and says so', () => {
    const many = draw(reportWith(Array.from({ length: 20 }, () => ({}))), { maxBoxes: 5, maxArrows: 3 });

    expect(many.boxes.map(({ id }) => id)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(many.arrows).toHaveLength(3);
    expect(many.notes).toEqual([
      '16 more, further from the model, are not drawn',
      'not drawn: 1 arrow, the longest',
      '--format dot, mermaid and json hold all of it',
    ]);
  });

  it('leaves out the longest arrows of a tangle, which would take the layout minutes', () => {
    const ancestors = Array.from({ length: 299 }, (_, i) => ({ name: `ancestor-${i}` }));
    const chain = ancestors.map((_, i) => ({ child: `n${i}`, parent: `n${i + 1}` }));
    const tangle = ancestors.map((_, i) => ({ child: 'n0', parent: `n${i + 1}` })).slice(150);
    const picture = draw(reportWith(ancestors, [...tangle, ...chain]));

    const isLong = ({ from, to }: { from: string; to: string }): boolean => from === 'n0' && to !== 'n1';
    expect(picture.boxes).toHaveLength(300);
    expect(picture.arrows.filter((arrow) => !isLong(arrow))).toHaveLength(299);
    const drawn = picture.arrows.filter(isLong).map(({ to }) => Number(to.slice(1)));
    expect(drawn.length).toBeGreaterThan(0);
    expect(drawn.reduce((total, layers) => total + layers, 299)).toBeLessThanOrEqual(1500);
    expect(picture.notes[0]).toBe(`not drawn: ${149 - drawn.length} arrows, the longest`);
  });

  it('draws a cycle, and all of a family of 200 with diamonds in it', () => {
    const cycle = [
      { child: 'n0', parent: 'n1' },
      { child: 'n1', parent: 'n2' },
      { child: 'n2', parent: 'n1' },
    ];
    expect(draw(reportWith([{}, {}], cycle))).toMatchObject({ arrows: { length: 3 }, notes: [] });
    const ancestors = Array.from({ length: 199 }, (_, i) => ({ name: `ancestor-${i}` }));
    const edges = ancestors.flatMap((_, i) => [
      { child: `n${Math.floor(i / 2)}`, parent: `n${i + 1}` },
      ...(i > 5 ? [{ child: `n${Math.floor(i / 4)}`, parent: `n${i + 1}` }] : []),
    ]);
    expect(draw(reportWith(ancestors, edges)).notes).toEqual([]);
  });

  it('puts no box of 200 over another or outside of the SVG', () => {
    const ancestors = Array.from({ length: 199 }, (_, i) => ({ name: `ancestor-${i}${'x'.repeat(i % 50)}` }));
    const edges = ancestors.map((_, i) => ({ child: `n${Math.floor(i / 3)}`, parent: `n${i + 1}` }));
    const svg = renderSvg(draw(reportWith(ancestors, edges)), dagre);
    const boxes = [
      ...svg.matchAll(
        /<rect class="verified[^"]*" rx="6" width="([\d.]+)" height="([\d.]+)" x="([\d.]+)" y="([\d.]+)"/g,
      ),
    ]
      .map((match) => match.slice(1).map(Number))
      .map(([w = 0, h = 0, x = 0, y = 0]) => ({ left: x, right: x + w, top: y, bottom: y + h }));
    const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);

    expect(boxes).toHaveLength(200);
    for (const [i, a] of boxes.entries()) {
      expect(a.right < width && a.bottom < height).toBe(true);
      for (const b of boxes.slice(i + 1))
        expect(a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom).toBe(true);
    }
  });

  it('is drawn with a cycle and an artifact that is its own parent', () => {
    const edges = [{}, { child: 'n1', parent: 'n2' }, { child: 'n2', parent: 'n1' }, { child: 'n2', parent: 'n2' }];
    const svg = renderSvg(draw(reportWith([{}, {}], edges)), dagre);

    expect(svg.match(/marker-end/g)).toHaveLength(4);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('is the same for the same lineage', () => {
    const report = reportWith([{}, {}, {}]);

    expect(renderSvg(draw(report), dagre)).toBe(renderSvg(draw(report), dagre));
  });
});
