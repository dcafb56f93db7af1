import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOf, dropLines, LINES, MAKERS, sharedFamily } from '../core/verify/lineage-support.ts';
import { tempFolder } from '../core/verify/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';
import type { Actor, Family } from '../support/family.ts';
import { APPROVAL, MODEL, releasePolicy, requirement, writePolicy } from '../support/policies.ts';

let family: Family & { readonly remove: () => void };
beforeAll(async () => {
  family = await sharedFamily();
});
afterAll(() => family.remove());

const keys = (flag: string, ...actors: readonly Actor[]): string[] =>
  actors.flatMap((actor) => [flag, family.pub(actor)]);
const TRUSTED = (): string[] => [...keys('--key', 'release'), ...keys('--ancestor-key', ...MAKERS)];
const lineage = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runStemma(['lineage', ...args], { cwd: family.dir, env });

describe('stemma lineage', () => {
  it('draws the tree of a downloaded folder, every link verified, and exits with 0', async () => {
    const { exitCode, stdout, stderr } = await lineage(['merged-gguf', ...TRUSTED()]);

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^└─ quantized-from merged .*✔ verified: signed by release\.pub$/m);
    expect(stdout).toMatch(/finetuned-from base .*✔ verified: signed by publisher\.pub$/m);
    expect(stdout).toMatch(/PASS: .*9 links to ancestors verified$/m);
  });

  it('exits with 3, names the link and says what to do, where nobody trusted signed an ancestor', async () => {
    const { exitCode, stdout } = await lineage([
      'merged-gguf',
      ...keys('--key', 'release'),
      ...keys('--ancestor-key', 'release'),
    ]);

    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/merged-from finetuned .*\? missing: .*not trusted for this ancestor$/m);
    expect(stdout).toMatch(/^hint: .*--ancestor-key/m);
    expect(stdout).toMatch(/INCOMPLETE: not verified: "merged" merged-from "finetuned"/);
  });

  it('exits with 1 where the model is not what was signed', async () => {
    const model = copyOf(family, 'merged');
    writeFileSync(path.join(model, 'config.json'), '{}');
    const { exitCode, stdout } = await lineage([model, ...TRUSTED()]);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/FAIL/);
  });

  it('shows claims, and requires none, without a key for ancestors', async () => {
    const { exitCode, stdout } = await lineage(['merged-gguf', ...keys('--key', 'release')]);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/quantized-from merged .*claimed by release\.pub/);
    expect(stdout).not.toMatch(/verified: signed/);
  });

  it('shows claims of nobody in particular with --integrity-only', async () => {
    const { exitCode, stdout } = await lineage(['merged-gguf', '--integrity-only']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/nobody was authenticated/);
    expect(stdout).not.toMatch(/✔ verified/);
  });

  it('refuses to begin without anybody to trust', async () => {
    expect(await lineage(['merged-gguf'])).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--key/) });
  });

  it('has the whole report as JSON', async () => {
    const { exitCode, stdout } = await lineage(['merged-gguf', ...TRUSTED(), '--json']);
    const { result, ok } = onlyDocument(stdout);

    expect([exitCode, ok]).toEqual([0, true]);
    expect(result).toMatchObject({ result: 'pass', lineage: { nodes: { length: 7 }, edges: { length: 9 } } });
  });

  it('takes keys of ancestors from the environment, says so, and none beside those of the command line', async () => {
    const all = MAKERS.map((actor) => family.pub(actor)).join(path.delimiter);
    const model = ['merged-gguf', ...keys('--key', 'release'), '--json'];
    const inherited = await lineage(model, { STEMMA_ANCESTOR_KEYS: all });
    const named = await lineage([...model, ...keys('--ancestor-key', 'release')], { STEMMA_ANCESTOR_KEYS: all });
    const weak = await lineage(['merged-gguf', '--integrity-only', '--json'], { STEMMA_ANCESTOR_KEYS: all });

    expect(inherited.exitCode).toBe(0);
    expect(onlyDocument(inherited.stdout).result).toMatchObject({ environment: ['STEMMA_ANCESTOR_KEYS'] });
    expect(named.exitCode).toBe(3);
    expect(onlyDocument(named.stdout).result).toMatchObject({ environment: [] });
    expect(weak.exitCode).toBe(0);
  });

  it.each(['0', '-1', '10001', 'deep'])('takes no %s for --max-depth', async (depth) => {
    expect((await lineage(['merged-gguf', ...TRUSTED(), '--max-depth', depth])).exitCode).toBe(2);
  });

  it('shows an ancestor that was taken out of the attestations as missing', async () => {
    const model = copyOf(family, 'merged-gguf');
    dropLines(path.join(model, LINES), ({ name }) => name === 'base');
    const { exitCode, stdout } = await lineage([model, ...TRUSTED()]);

    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/finetuned-from base .*\? missing: no statement about it was found/);
  });
});

describe('a policy', () => {
  it('says whom to trust for ancestors, and takes no --ancestor-key beside it', async () => {
    const policy = path.join(family.dir, writePolicy(family.dir, releasePolicy()));
    const { exitCode, stdout } = await lineage(['merged-gguf', '--policy', policy]);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/finetuned-from base .*✔ verified: by publisher, as the policy asks/);
    expect((await lineage(['merged-gguf', '--policy', policy, ...keys('--ancestor-key', 'qa')])).exitCode).toBe(2);
  });

  it('that nobody meets exits as verify does', async () => {
    const requirements = [requirement('weights', MODEL, ['release']), requirement('approved', APPROVAL, ['qa'])];
    const unmet = releasePolicy({ requirements });
    const policy = path.join(family.dir, writePolicy(family.dir, unmet, 'unmet.json'));

    expect((await lineage(['merged-gguf', '--policy', policy])).exitCode).toBe(3);
  });
});

describe('stemma dataset verify --ancestor-key', () => {
  const dataset = (...args: readonly string[]): Promise<CliResult> =>
    runStemma(['dataset', 'verify', 'data-rotated', ...keys('--key', 'data-owner'), ...args], { cwd: family.dir });

  it('verifies what a dataset was derived from', async () => {
    const { exitCode, stdout } = await dataset(...keys('--ancestor-key', 'data-owner'), '--json');

    expect(exitCode).toBe(0);
    expect(onlyDocument(stdout).result).toMatchObject({
      lineage: { edges: [{ relation: 'derived-dataset', outcome: 'pass', counts: true }] },
    });
  });

  it('takes nobody else’s word for it', async () => {
    const { exitCode, stdout } = await dataset(...keys('--ancestor-key', 'publisher'));

    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/not verified: "data-rotated" derived-dataset "data": .*not trusted for this ancestor/);
  });
});

describe('--format', () => {
  it.each([
    ['mermaid', /^%% Lineage of merged-gguf\n[^]*\nflowchart LR\n/],
    ['dot', /^digraph lineage \{\n/],
    ['svg', /^<svg xmlns[^]*<\/svg>\n$/],
    ['json', /^\{\n {2}"name": "merged-gguf",\n {2}"mode": "verify",\n {2}"result": "pass",/],
  ])('%s has standard output for itself, and the verdict goes to the other', async (format, shape) => {
    const { exitCode, stdout, stderr } = await lineage(['merged-gguf', ...TRUSTED(), '--format', format]);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(shape);
    expect(stderr).toMatch(/^✔ PASS: .*\n$/);
  });

  it('does not change the exit code', async () => {
    const { exitCode, stdout } = await lineage(['merged-gguf', ...keys('--key', 'qa'), '--format', 'svg']);

    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/<\/svg>/);
  });

  it('is refused with --json, which has standard output for itself', async () => {
    const { exitCode, stdout } = await lineage(['merged-gguf', ...TRUSTED(), '--format', 'svg', '--json']);

    expect(exitCode).toBe(2);
    expect(onlyDocument(stdout).error).toMatchObject({ code: 'USAGE' });
  });

  it('knows no other', async () => {
    expect((await lineage(['merged-gguf', ...TRUSTED(), '--format', 'pdf'])).exitCode).toBe(2);
  });
});

describe('the picture in docs/lineage.md', () => {
  it('is what the command draws', async () => {
    const page = path.resolve(import.meta.dirname, '../../docs/lineage.svg');
    const { stdout } = await lineage(['merged-gguf', ...TRUSTED(), '--format', 'svg']);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, stdout);

    expect(readFileSync(page, 'utf8')).toBe(stdout);
  });
});

describe('-o FILE', () => {
  it.each([
    ['lineage.svg', /^<svg /],
    ['lineage.mmd', /^%% Lineage/],
    ['lineage.gv', /^digraph/],
    ['lineage.json', /^\{/],
    ['lineage.txt', /^merged-gguf /],
  ])('writes %s in the format of its ending', async (name, start) => {
    const file = path.join(tempFolder(), name);
    const { exitCode, stdout } = await lineage(['merged-gguf', ...TRUSTED(), '-o', file]);

    expect(exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(start);
    expect(stdout).toMatch(new RegExp(`^wrote ${name.replace('.', String.raw`\.`)}\n`));
  });

  it('replaces what is there with --force alone', async () => {
    const file = path.join(tempFolder(), 'lineage.svg');
    writeFileSync(file, 'mine');
    const refused = await lineage(['merged-gguf', ...TRUSTED(), '-o', file]);

    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/exists already/) });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await lineage(['merged-gguf', ...TRUSTED(), '-o', file, '--force'])).exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^<svg /);
  });

  it('writes nothing into the model, nor through a symbolic link', async () => {
    const folder = tempFolder();
    const target = path.join(folder, 'target');
    symlinkSync(target, path.join(folder, 'link.svg'));
    const model = copyOf(family, 'merged-gguf');

    expect((await lineage([model, ...TRUSTED(), '-o', path.join(model, 'lineage.svg')])).exitCode).toBe(2);
    expect((await lineage([model, ...TRUSTED(), '-o', path.join(folder, 'link.svg')])).exitCode).not.toBe(0);
    expect([existsSync(path.join(model, 'lineage.svg')), existsSync(target)]).toEqual([false, false]);
  });

  it('reads nothing where the file cannot be written, and leaves nothing behind', async () => {
    const folder = path.join(tempFolder(), 'lineage.svg');
    mkdirSync(folder);

    expect((await lineage(['merged-gguf', ...TRUSTED(), '-o', folder])).exitCode).toBe(2);
    rmSync(folder, { recursive: true });
    expect((await lineage(['nowhere', ...TRUSTED(), '-o', folder])).exitCode).toBe(2);
    expect(existsSync(folder)).toBe(false);
  });
});
