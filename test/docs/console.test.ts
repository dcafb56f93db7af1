import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Block, fencedBlocks, shownCommands } from '../support/markdown.ts';
import { programFolder, runInShell } from '../support/shell.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Pages with `console` blocks. `UPDATE_DOCS=1 npm test -- test/docs` writes what the commands print into them. */
const PAGES = ['README.md', 'docs/evidence.md', 'docs/lineage.md', 'docs/trust-model.md'];

/** Commands of `sh` blocks, with where else they are run. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm ci': '.ci/run',
  'npx stemma demo': '.ci/run',
  'npm pack': 'test/e2e',
  'npm install --global ./stemma-0.1.0.tgz': 'test/e2e, into a project',
  'alias stemma="$PWD/node_modules/.bin/node $PWD/bin/run.js"': 'in place of it, the tests have a program on the PATH',
};

/** A folder that is to the commands what a checkout is to the reader. */
function checkout(): { readonly cwd: string; readonly programs: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-docs-'));
  const cwd = path.join(folder, 'checkout');
  mkdirSync(cwd);
  for (const name of ['fixtures', 'examples', 'docs']) symlinkSync(path.join(ROOT, name), path.join(cwd, name));
  return { cwd, programs: programFolder(path.join(folder, 'bin')) };
}

/** Keys are random, and so is every digest of something signed; how long a digest is, is not. */
const stable = (text: string): string => text.replaceAll(/[0-9a-f]{12,}/g, (hex) => `<${hex.length} hex digits>`);

describe.each(PAGES)('%s', (page) => {
  const file = path.join(ROOT, page);
  const blocks = fencedBlocks(readFileSync(file, 'utf8'));
  const consoles = blocks.filter(({ language }) => language === 'console');

  it('shows what its commands really print', { timeout: 180_000 }, async () => {
    const shown = consoles.flatMap(shownCommands);
    const ran = await runInShell(
      shown.map(({ command }) => command),
      checkout(),
    );
    const printed = ran.map(({ output }) => output.split('\n').slice(0, -1));
    // The whole page or nothing: the digests on it stay those of one run, and no page changes in random digests alone.
    const isCurrent = isDeepStrictEqual(
      shown.map(({ output }) => output.map(stable)),
      printed.map((lines) => lines.map(stable)),
    );
    if (process.env['UPDATE_DOCS'] === '1' && !isCurrent) update(file, consoles, printed);

    const now = fencedBlocks(readFileSync(file, 'utf8')).filter(({ language }) => language === 'console');
    expect(shown.length).toBeGreaterThan(0);
    expect(now.flatMap(shownCommands).map(({ command, output }) => [command, output.map(stable)])).toEqual(
      shown.map(({ command }, i) => [command, printed[i]?.map(stable)]),
    );
  });

  it('has no other command to copy that nothing runs', () => {
    const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ lines }) => lines);

    // `stemma …` is run by the test of the help's examples, which has files of these names.
    expect(commands.filter((command) => !command.startsWith('stemma ') && !(command in RUN_ELSEWHERE))).toEqual([]);
  });
});

function update(file: string, consoles: readonly Block[], printed: readonly (readonly string[])[]): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  const outputs = [...printed];
  const renewed = consoles.map((block) =>
    shownCommands(block).flatMap(({ command }) => [`$ ${command}`, ...(outputs.shift() ?? [])]),
  );
  for (const [i, block] of [...consoles.entries()].toReversed())
    lines.splice(block.start, block.lines.length, ...(renewed[i] ?? []));
  writeFileSync(file, lines.join('\n'));
}
