import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ATTEST_DEFAULTS, VERIFY_DEFAULTS } from '../../src/core/defaults.ts';
import * as library from '../../src/core/index.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const KEY = path.join(ROOT, 'fixtures/keys/p256.key');
const PUBLIC_KEY = path.join(ROOT, 'fixtures/keys/p256.pub');
const SIDE_FILES = ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'];

/** The same model twice: attested by the command and by the library. */
let byCommand: string;
let byLibrary: string;
beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stemma-defaults-'));
  [byCommand, byLibrary] = [path.join(folder, 'a', 'digits'), path.join(folder, 'b', 'digits')];
  for (const model of [byCommand, byLibrary])
    cpSync(path.join(ROOT, 'fixtures/digits/finetuned'), model, { recursive: true });
  await runStemma(['attest', byCommand, '--key', KEY, '--no-source', '--quiet'], { cwd: folder });
  const signer = await library.loadSigner(readFileSync(KEY), undefined);
  await library.attestModel({ ...ATTEST_DEFAULTS, model: byLibrary, signer });
});

function verify(model: string): Promise<library.Report> {
  const { key } = library.readPublicKey(readFileSync(PUBLIC_KEY));
  const trust = [{ kind: 'key', label: 'p256.pub', key }] as const;
  const version = (JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
  return library.verifyModel({ ...VERIFY_DEFAULTS, model, trust, at: new Date(), version });
}

describe('the defaults of the library', () => {
  it.each(SIDE_FILES)('write the same %s, byte by byte, as the command', (name) => {
    expect(readFileSync(path.join(byLibrary, name), 'utf8')).toBe(readFileSync(path.join(byCommand, name), 'utf8'));
  });

  it('give the same report as the command', async () => {
    const { stdout, exitCode } = await runStemma(['verify', byCommand, '--key', PUBLIC_KEY, '--json']);
    const report = await verify(byLibrary);

    expect(onlyDocument(stdout).result).toEqual(JSON.parse(JSON.stringify(report)));
    expect([exitCode, library.exitCodeOf(report)]).toEqual([0, 0]);
  });

  it('accept no unsigned file', async () => {
    cpSync(PUBLIC_KEY, path.join(byLibrary, 'extra.txt'));

    const report = await verify(byLibrary);

    expect(report).toMatchObject({ result: 'fail', changes: [{ path: 'extra.txt', change: 'added' }] });
  });

  it('trust nobody by themselves', async () => {
    const nobody = library.verifyModel({
      ...VERIFY_DEFAULTS,
      model: byCommand,
      trust: [],
      at: new Date(),
      version: '1',
    });

    await expect(nobody).rejects.toMatchObject({ code: 'TRUST_ROOT_MISSING' });
  });
});
