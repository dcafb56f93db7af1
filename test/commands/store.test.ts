import { chmodSync, cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { renderAdded, renderChecked, renderFamily, renderFound } from '../../src/cli/render/store.ts';
import { expectInert } from '../cli/inert.ts';
import { DIGITS, KEYS } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

let dir: string;

beforeEach(async () => {
  dir = tempDir();
  for (const name of ['base', 'finetuned', 'data'])
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  for (const file of ['p256.key', 'p256.pub', 'p384.pub']) cpSync(path.join(KEYS, file), path.join(dir, file));
  chmodSync(path.join(dir, 'p256.key'), 0o600);
  await stemma('dataset', 'attest', 'data', '--key', 'p256.key');
  await stemma('attest', 'base', '--key', 'p256.key', '--dataset', 'data', '--no-source');
  await stemma('attest', 'finetuned', '--key', 'p256.key', '--base', 'finetuned-from=base', '--no-source');
});

const stemma = (...args: readonly string[]): Promise<CliResult> =>
  runStemma(args, { cwd: dir, env: { STEMMA_STORE: path.join(dir, 'store') } });
const store = (...args: readonly string[]): Promise<CliResult> => stemma('store', ...args);
const resultOf = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
  onlyDocument((await store(...args, '--json')).stdout).result ?? {};

describe('stemma store', () => {
  it('keeps the evidence of models and answers what descends from a dataset', async () => {
    const added = await store('add', 'finetuned', 'base', 'data');
    expect([added.exitCode, added.stderr]).toEqual([0, '']);
    expect(added.stdout).toMatch(/^added 7 statements and 2 manifests; \d+ were there already\n$/);

    const { exitCode, stdout, stderr } = await store('descendants', 'data');

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^2 descendants of sha256:[0-9a-f]{12}\n1 {2}base /);
    expect(stdout).toContain('\n2  finetuned ');
    expect(stdout).toContain(' finetuned-from sha256:');
    expect(stdout).toContain('no signature was checked');
    expect((await store('ancestors', 'finetuned')).stdout).toMatch(
      /^2 ancestors of [^\n]*\n1 {2}base .*\n.*\n2 {2}data /,
    );
  });

  it('takes the digest set of something that is not here', async () => {
    await store('add', 'finetuned');
    const { digests } = await resultOf('descendants', 'data');
    const text = Object.entries(digests as Record<string, string>)
      .map(([key, hex]) => `${key}:${hex}`)
      .join(',');

    expect((await resultOf('descendants', text))['relatives']).toHaveLength(2);
  });

  it('is incomplete where it does not follow every link', async () => {
    await store('add', 'finetuned');

    const { exitCode, stdout } = await store('descendants', 'data', '--max-depth', '1');

    expect(exitCode).toBe(3);
    expect(stdout).toContain('not complete: links are followed no further than --max-depth 1');
  });

  it('is incomplete where an object is damaged, and says which', async () => {
    await store('add', 'finetuned');
    const { statements } = await resultOf('find', '--type', 'provenance', '--name', 'base');
    const { object } = (statements as { object: string }[])[0] ?? { object: '' };
    writeFileSync(path.join(dir, 'store/bundles', object.slice(0, 2), `${object}.json`), '{}');

    const { exitCode, stdout } = await store('descendants', 'data');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('1 object of the store damaged and not used');
    const checked = await store('check');
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout).toContain(`damaged bundles/${object.slice(0, 2)}/${object}.json`);
  });

  it('finds by type, name, signer and digest, and by all at once', async () => {
    await store('add', 'finetuned');
    const found = async (...args: readonly string[]): Promise<unknown> => (await resultOf('find', ...args))['total'];

    expect(await found('--type', 'provenance')).toBe(2);
    expect(await found('--type', 'https://slsa.dev/provenance/v1', '--name', 'base')).toBe(1);
    expect(await found('--signer', 'p256.pub', '--name', 'base')).toBe(3);
    expect(await found('--signer', 'p384.pub')).toBe(0);
    // As the list shows it, and key show.
    const listed = /by ([0-9a-f]{12}) /.exec((await store('list')).stdout)?.[1] ?? '';
    expect((await stemma('key', 'show', 'p256.pub')).stdout).toMatch(
      new RegExp(`^key hint +${listed}[0-9a-f]{52}$`, 'm'),
    );
    expect(await found('--signer', listed)).toBe(await found('--signer', 'p256.pub'));
    expect(await found('--signer', `${listed.slice(0, 11)}${listed.endsWith('0') ? '1' : '0'}`)).toBe(0);
    expect(await found('--signer', listed.slice(0, 4))).toBe(0);
    expect(await found('--name', 'Base')).toBe(0);
    const { digests } = onlyDocument((await stemma('digest', 'base', '--json')).stdout).result as {
      digests: Record<string, string>;
    };
    expect(await found('--digest', `sha256:${digests['sha256']}`)).toBe(3);
    expect(await found('--digest', `sha256:${'0'.repeat(64)}`)).toBe(0);
  });

  it('asks for something to find, and for a file where --json takes stdout', async () => {
    expect((await store('find')).exitCode).toBe(2);
    expect((await store('export', '--json')).exitCode).toBe(2);
  });

  it('is exported and imported into another, equal in every byte', async () => {
    await store('add', 'finetuned');
    const exported = await store('export');
    expect(exported.stderr).toBe('exported 7 statements\n');
    expect((await store('export', '-o', 'all.jsonl')).stdout).toBe('exported 7 statements to all.jsonl\n');
    expect(readFileSync(path.join(dir, 'all.jsonl'), 'utf8')).toBe(exported.stdout);

    const other = path.join(dir, 'other');
    expect(await resultOf('import', 'all.jsonl', '--store', other)).toMatchObject({ added: 7, refusals: 0 });
    expect((await store('export', '--store', other)).stdout).toBe(exported.stdout);
  });

  it('replaces no file by an export unless it is told to', async () => {
    await store('add', 'base');
    writeFileSync(path.join(dir, 'thesis.tex'), 'mine');

    expect((await store('export', '-o', 'thesis.tex')).exitCode).toBe(2);
    expect(readFileSync(path.join(dir, 'thesis.tex'), 'utf8')).toBe('mine');
    expect((await store('export', '-o', 'thesis.tex', '--force')).exitCode).toBe(0);
  });

  it('refuses what is no statement and takes the rest', async () => {
    const lines = readFileSync(path.join(dir, 'base/model.attestations.jsonl'), 'utf8');
    writeFileSync(path.join(dir, 'mixed.jsonl'), `nonsense\n${lines}`);

    const { exitCode, stdout } = await store('import', 'mixed.jsonl');

    expect(exitCode).toBe(4);
    expect(stdout).toMatch(
      /^added [1-9]\d* statements and 0 manifests; 0 were there already\nrefused mixed\.jsonl line 1: /,
    );
  });

  it('does not invent a store, nor evidence', async () => {
    expect((await store('list')).exitCode).toBe(2);
    expect(existsSync(path.join(dir, 'store'))).toBe(false);
    writeFileSync(path.join(dir, 'notes.txt'), 'x');
    expect((await store('add', 'notes.txt')).exitCode).toBe(3);
    expect((await store('add', 'nowhere')).exitCode).toBe(2);
  });

  it('lies in the data folder of the user, readable by nobody else', async () => {
    const home = path.join(dir, 'data-home');
    const run = (env: Readonly<Record<string, string>>): Promise<CliResult> =>
      runStemma(['store', 'add', 'base'], { cwd: dir, env: { HOME: path.join(dir, 'home'), ...env } });

    expect((await run({ XDG_DATA_HOME: home })).exitCode).toBe(0);
    expect(statSync(path.join(home, 'stemma/bundles')).mode & 0o077).toBe(0);
    // A relative folder is not one (XDG Base Directory Specification).
    await run({ XDG_DATA_HOME: 'relative' });
    expect(existsSync(path.join(dir, 'home/.local/share/stemma/format'))).toBe(true);
    expect(existsSync(path.join(dir, 'relative'))).toBe(false);
  });

  it('is built anew by one command', async () => {
    await store('add', 'finetuned');
    writeFileSync(path.join(dir, 'store/index.sqlite'), 'spoilt');

    expect(await resultOf('rebuild')).toEqual({ statements: 7, damaged: 0 });
  });
});

describe('what stemma store prints of untrusted text', () => {
  const look = { color: false, unicode: true, verbose: true };
  const hostile = '\u001b[31m::error::\u202e##[group]\r\nsafe';
  const digests = { sha256: '0'.repeat(64) };

  it('is inert', () => {
    expectInert(
      renderFound(
        {
          statements: [
            {
              object: '0'.repeat(64),
              pae: '',
              predicateType: hostile,
              name: hostile,
              signer: hostile,
              subjects: [digests],
            },
          ],
          total: 1,
          damaged: 0,
          truncated: false,
        },
        look,
      ),
    );
    const link = { relation: 'merged-from', child: digests, parent: digests, object: '', signer: hostile } as const;
    expectInert(
      renderFamily(
        { relatives: [{ digests, name: hostile, depth: 1, links: [link] }], damaged: 0, truncated: hostile },
        { direction: 'descendants', digests },
        look,
      ),
    );
    expectInert(
      renderAdded(
        { added: 0, present: 0, manifests: 0, refusals: 1, refused: [{ source: hostile, message: hostile }] },
        look,
      ),
    );
    expectInert(renderChecked({ statements: 0, manifests: 0, damaged: [{ path: hostile, message: hostile }] }, look));
  });
});
