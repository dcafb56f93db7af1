import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { headingAnchors, linkTargets } from '../support/markdown.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = ['*.md', 'docs/**/*.md', 'examples/*.md', 'fixtures/*/README.md']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .toSorted();

const read = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');

/** Pages and folders that a page links to, relative to the repository. */
function linkedFiles(page: string): { readonly target: string; readonly anchor: string | undefined }[] {
  return linkTargets(read(page))
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', anchor] = link.split('#');
      return { target: file === '' ? page : path.join(path.dirname(page), file), anchor };
    });
}

/** What is wrong with a link, or undefined. */
function linkProblem({ target, anchor }: { target: string; anchor: string | undefined }): string | undefined {
  if (target.startsWith('..')) return `${target} is outside of the repository`;
  if (!existsSync(path.join(ROOT, target))) return `${target} does not exist`;
  if (anchor !== undefined && !headingAnchors(read(target)).includes(anchor)) return `${target} has no ${anchor}`;
  return undefined;
}

describe('links', () => {
  it('are looked for in all pages', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/decisions/README.md']));
  });

  it.each(PAGES)('of %s lead somewhere', (page) => {
    expect(linkedFiles(page).flatMap((link) => linkProblem(link) ?? [])).toEqual([]);
  });

  it('are checked: a missing page, a missing heading and a way out are noticed', () => {
    const problems = [
      linkProblem({ target: 'docs/none.md', anchor: undefined }),
      linkProblem({ target: 'README.md', anchor: 'none' }),
      linkProblem({ target: '../design.md', anchor: undefined }),
    ];

    expect(problems).not.toContain(undefined);
  });

  it('to other places are encrypted', () => {
    const plain = PAGES.flatMap((page) => linkTargets(read(page)).filter((link) => link.startsWith('http:')));

    expect(plain).toEqual([]);
  });
});

describe('the index', () => {
  it('leads to every page of docs/', () => {
    const reached = new Set(
      ['docs/README.md', 'docs/decisions/README.md'].flatMap((page) => linkedFiles(page).map(({ target }) => target)),
    );

    const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });

  it('is reached from the README', () => {
    const targets = linkedFiles('README.md').map(({ target }) => target);

    expect(targets).toEqual(expect.arrayContaining(['docs/README.md', 'docs/trust-model.md', 'LICENSE']));
    expect(statSync(path.join(ROOT, 'LICENSE')).size).toBeGreaterThan(10_000);
  });
});
