import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelOf, tempDir, writeFiles } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
/** What `ipfs add -r --hidden --cid-version=1 --raw-leaves --chunker=size-1048576 --max-file-links=1024` of Kubo 0.43.0 says. */
const BASE = 'bafybeig377e2g7enextc6v7vqjtwcaqjwa5lrcslrhwuswlc7ys2fwu574';
const cid = (...args: readonly string[]): Promise<CliResult> => runStemma(['digest', '--cid', ...args]);

describe('digest --cid', () => {
  it('prints the CID that a node gives the folder, and nothing else', async () => {
    expect(await cid(`${DIGITS}/base`)).toEqual({ exitCode: 0, stdout: `${BASE}\n`, stderr: '' });
  });

  it('says with --json what the CID is of', async () => {
    const { exitCode, stdout } = await cid(`${DIGITS}/base`, '--json');
    expect(exitCode).toBe(0);
    expect(onlyDocument(stdout)).toMatchObject({
      ok: true,
      result: { name: 'base', kind: 'folder', release: false, cid: BASE, profile: 'unixfs-v1-2025', blocks: 4 },
    });
  });

  it('changes with the bytes, and with the side files only for a release', async () => {
    const model = modelOf({ 'weights.bin': 'a' });
    const [model1, release1] = [await cid(model), await cid(model, '--release')];
    expect(model1.stdout).toBe(release1.stdout);
    writeFiles(model, { 'model.sig': 's' });
    const [model2, release2] = [await cid(model), await cid(model, '--release')];
    expect([model2.stdout === model1.stdout, release2.stdout === release1.stdout]).toEqual([true, false]);
    writeFiles(model, { 'weights.bin': 'b' });
    expect((await cid(model)).stdout).not.toBe(model1.stdout);
  });

  it('leaves out what --ignore names, and says nothing of a file that it ignored', async () => {
    const [model, other] = [modelOf({ a: 'a', b: 'b' }), modelOf({ a: 'a' })];
    expect((await cid(model, '--ignore', 'b')).stdout).toBe((await cid(other)).stdout);
  });

  it('does not open containers: one that is broken has a CID too', async () => {
    const model = modelOf({ 'broken.safetensors': 'x' });
    expect((await runStemma(['digest', model])).exitCode).toBe(4);
    expect((await cid(model)).exitCode).toBe(0);
  });

  it('warns of a salted dataset, whose plain bytes anyone may then compare', async () => {
    const cwd = writeFiles(tempDir(), { 'data/a.jsonl': '{}\n' });
    await runStemma(['key', 'generate', 'k', '--no-passphrase'], { cwd });
    const attested = await runStemma(['dataset', 'attest', 'data', '--key', 'k.key', '--salted', 's'], { cwd });
    expect(attested.exitCode).toBe(0);
    const { stdout, stderr } = await runStemma(['digest', '--cid', 'data'], { cwd });
    expect([stdout.startsWith('baf'), stderr.includes('salted dataset')]).toEqual([true, true]);
  });

  it.each([
    [['--digest', 'sha256'], '--digest'],
    [['--opaque', 'config.json'], '--opaque'],
  ])('takes no flag that changes nothing: %j', async (flags, named) => {
    const { exitCode, stderr } = await cid(`${DIGITS}/base`, ...flags);
    expect([exitCode, stderr.includes(named)]).toEqual([2, true]);
  });

  it('takes --release with --cid alone', async () => {
    expect((await runStemma(['digest', `${DIGITS}/base`, '--release'])).exitCode).toBe(2);
  });

  it('refuses a folder that is empty, and one that is not there', async () => {
    expect((await cid(modelOf({}))).exitCode).toBe(4);
    expect((await cid(path.join(tempDir(), 'absent'))).exitCode).toBe(2);
  });
});

describe('what IPFS needs', () => {
  const load = async (...args: readonly string[]): Promise<string> => {
    const file = path.join(tempDir(), 'loaded');
    const hooks = pathToFileURL(path.join(import.meta.dirname, 'loaded-modules.mjs')).href;
    await runStemma(args, { env: { NODE_OPTIONS: `--import=${hooks}`, LOADED_MODULES: file } });
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const OF_IPFS = /node_modules\/(?:multiformats|@ipld|kubo-rpc-client|age-encryption)\//;

  it('is loaded for a CID', async () => {
    expect(await load('digest', '--cid', `${DIGITS}/base`)).toMatch(OF_IPFS);
  });

  it.each([
    ['--help'],
    ['digest', `${DIGITS}/base`],
    ['inspect', `${DIGITS}/base`],
    ['verify', `${DIGITS}/base`, '--integrity-only'],
    ['digest', '--help'],
  ])('is not loaded where nothing asks for it: %s %s %s', async (...args) => {
    const loaded = await load(...args);
    expect(loaded).toContain('/dist/');
    expect(loaded).not.toMatch(OF_IPFS);
  });
});
