import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkStore, findFamily, findStatements } from '../../../src/core/store/index.ts';
import { plainEnvironment, runStemma } from '../../support/cli.ts';
import { tempFolder } from '../verify/support.ts';
import { addLines, fileOf, objectsOf, provenanceLine, setOf } from './support.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** As many children of one base. */
const children = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => provenanceLine(`child ${i}`, ['base'])));

async function childrenIn(store: string): Promise<number> {
  const { relatives, damaged } = await findFamily({
    store,
    digests: [setOf('base')],
    direction: 'descendants',
    maxDepth: 9,
  });
  expect(damaged).toBe(0);
  return relatives.length;
}

describe('processes that use one store', () => {
  it('add to it at once, the same and others, into a store that none of them finds', { timeout: 60_000 }, async () => {
    const store = path.join(tempFolder(), 'store');
    const lines = await children(60);
    const files = [0, 10, 20, 30].map((from) => fileOf(...lines.slice(from, from + 30)));

    const ran = await Promise.all(files.map((file) => runStemma(['store', 'import', file, '--store', store])));

    expect(ran.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(files.map(() => [0, '']));
    expect(await childrenIn(store)).toBe(60);
    expect(await checkStore({ store })).toEqual({ statements: 60, manifests: 0, damaged: [] });
  });

  it('leave nothing to mend when they are killed', { timeout: 60_000 }, async () => {
    const store = path.join(tempFolder(), 'store');
    const lines = await children(400);
    const file = fileOf(...lines);
    const bin = path.join(ROOT, 'bin/run.js');
    const child = spawn(process.execPath, [bin, 'store', 'import', file, '--store', store], {
      env: plainEnvironment(),
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
    while (child.exitCode === null && objectsOf(store).length < 20) await new Promise((next) => setTimeout(next, 5));
    child.kill('SIGKILL');

    expect(await ended).toBe('SIGKILL');
    const kept = objectsOf(store).filter((object) => object.endsWith('.json')).length;
    expect(kept).toBeLessThan(400);
    expect(await childrenIn(store)).toBe(kept);
    expect((await checkStore({ store })).damaged).toEqual([]);
    expect(await addLines(store, ...lines)).toMatchObject({ added: 400 - kept, present: kept });
    expect(await childrenIn(store)).toBe(400);
  });

  it('see what another one adds while they have it open', async () => {
    const store = path.join(tempFolder(), 'store');
    const [first = '', second = ''] = await children(2);
    await addLines(store, first);
    expect(await childrenIn(store)).toBe(1);

    await runStemma(['store', 'import', fileOf(second), '--store', store]);

    expect(await childrenIn(store)).toBe(2);
    const { statements } = await findStatements({ store, limit: 9 });
    const objects = objectsOf(store).map((object) => path.basename(object, '.json'));
    expect(statements.map(({ object }) => object).toSorted()).toEqual(objects.toSorted());
    expect(
      objectsOf(store)
        .map((object) => readFileSync(object, 'utf8'))
        .toSorted(),
    ).toEqual([first, second].toSorted());
  });
});
