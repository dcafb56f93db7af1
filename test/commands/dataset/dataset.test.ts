import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderAttestDataset } from '../../../src/cli/render/dataset.ts';
import { renderDatasetDifference } from '../../../src/cli/render/dataset-difference.ts';
import { expectInert } from '../../cli/inert.ts';
import { type CliResult, onlyDocument, runStemma } from '../../support/cli.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const KEYS = path.join(ROOT, 'fixtures/keys');
const KEY = path.join(KEYS, 'p256.key');
const PUBLIC_KEY = path.join(KEYS, 'p256.pub');
const ATTESTATIONS = 'model.attestations.jsonl';
const LOOK = { color: true, unicode: true, verbose: false };

function workspace(): string {
  const cwd = mkdtempSync(path.join(tmpdir(), 'stemma-dataset-'));
  cpSync(path.join(ROOT, 'fixtures/digits/data'), path.join(cwd, 'data'), { recursive: true });
  return cwd;
}

const dataset = (cwd: string, ...args: readonly string[]): Promise<CliResult> =>
  runStemma(['dataset', ...args], { cwd });

describe('stemma dataset', () => {
  let cwd: string;
  let attested: CliResult;
  beforeAll(async () => {
    cwd = workspace();
    attested = await dataset(
      cwd,
      'attest',
      'data',
      '--key',
      KEY,
      '--quiet',
      '--license',
      'CC-BY-4.0',
      '--source',
      'doi:10.24432/C50P49',
    );
  });

  it('attest says what was signed and what comes next', () => {
    expect(attested.exitCode).toBe(0);
    expect(attested.stdout).toContain('data  folder, 3 files, 259 KiB, 1799 records');
    expect(attested.stdout).toContain(`wrote ${ATTESTATIONS}`);
    expect(attested.stdout).toContain('stemma dataset verify');
  });

  it('verify passes on what was attested, and says under which name', async () => {
    const { exitCode, stdout } = await dataset(cwd, 'verify', 'data', '--key', PUBLIC_KEY);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('PASS: verified: every byte and record as signed, under the name "data"');
    expect(stdout).toContain('licence: CC-BY-4.0 (says p256.pub)');
  });

  it('verify writes its reports, and none into the dataset', async () => {
    const { exitCode } = await dataset(
      cwd,
      'verify',
      'data',
      '--key',
      PUBLIC_KEY,
      '--report',
      'junit=out.xml',
      '--json',
    );
    expect([exitCode, readFileSync(path.join(cwd, 'out.xml'), 'utf8')]).toEqual([
      0,
      expect.stringContaining('match.dataset'),
    ]);
    const inside = await dataset(cwd, 'verify', 'data', '--key', PUBLIC_KEY, '--report', 'json=data/out.json');
    expect([inside.exitCode, existsSync(path.join(cwd, 'data/out.json'))]).toEqual([2, false]);
  });

  it('verify exits 1 after a change and names the file, 3 for a stranger, 2 without a key', async () => {
    cpSync(path.join(cwd, 'data'), path.join(cwd, 'changed'), { recursive: true });
    writeFileSync(path.join(cwd, 'changed/test.csv'), 'label\n1\n');
    const changed = await dataset(cwd, 'verify', 'changed', '--key', PUBLIC_KEY);
    expect([changed.exitCode, changed.stdout]).toEqual([1, expect.stringContaining('test.csv')]);
    expect((await dataset(cwd, 'verify', 'data', '--key', path.join(KEYS, 'p384.pub'))).exitCode).toBe(3);
    expect((await dataset(cwd, 'verify', 'data')).exitCode).toBe(2);
  });

  it('stemma verify says which command verifies a dataset', async () => {
    const { exitCode, stdout } = await runStemma(['verify', 'data', '--key', PUBLIC_KEY], { cwd });
    expect(exitCode).toBe(3);
    expect(stdout).toContain('stemma dataset verify');
  });

  it('diff exits 0 for the same and 1 for a difference, and shows the lines', async () => {
    const same = await dataset(cwd, 'diff', 'data', path.join(ROOT, 'fixtures/digits/data'));
    expect([same.exitCode, same.stdout]).toEqual([0, 'the same: every file has the same name and bytes\n']);
    const [a, b] = [path.join(cwd, 'a.csv'), path.join(cwd, 'b.csv')];
    writeFileSync(a, '1\n2\n3\n');
    writeFileSync(b, '3\n1\n4\n5\n');
    const { exitCode, stdout } = await dataset(cwd, 'diff', a, b);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'files',
      '~ the file  changed (3 records, now 4)',
      'records',
      '- the file line 2',
      '+ the file line 3',
      '+ the file line 4',
      'different: 1 file; of 3 records 1 removed, 2 added, now 4',
      '',
    ]);
  });

  it.each([
    ['a licence that is none', ['--license', 'CC BY 4.0']],
    ['a source with a query', ['--source', 'https://example.com/?x=1']],
    ['a time that is none', ['--observed-at', 'yesterday']],
    ['records that are salted and not cut', ['--salted', 's', '--no-records']],
    ['a parent that is not there', ['--derived-from', 'nothing']],
  ])('attest refuses %s with exit code 2', async (_, flags) => {
    const { exitCode, stderr } = await dataset(cwd, 'attest', 'data', '--key', KEY, ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error:');
  });

  it('attest says of a dataset that is not there what is missing, and speaks of no model', async () => {
    const { exitCode, stderr } = await dataset(cwd, 'attest', 'nothing', '--key', KEY);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/error: no such file or folder: "nothing"\n$/)]);
  });

  it('verify tells the reservations as claimed, each with where it stands', async () => {
    const fresh = workspace();
    mkdirSync(path.join(fresh, 'other'));
    writeFileSync(path.join(fresh, 'other/robots.txt'), 'x\n');
    writeFileSync(path.join(fresh, 'other/a.jsonl'), '{"noai":1}\n{"noai":true}\n{"noai":true}\n');
    await dataset(fresh, 'attest', 'other', '--key', KEY, '--observed-at', '2026-01-02T03:04:05Z');
    const { stdout } = await dataset(fresh, 'verify', 'other', '--key', PUBLIC_KEY);
    const claimed = stdout.split('\n').filter((line) => line.includes('reservation'));
    expect(claimed).toEqual([
      expect.stringContaining('reservation noai: 1 in 1 record, observed 2026-01-02T03:04:05.000Z (says '),
      expect.stringContaining('reservation noai: true in 2 records, observed '),
      expect.stringContaining('reservation robots.txt: 1 file, observed '),
    ]);
  });

  it('lists every member of its results in docs/json-output.md', async () => {
    const page = readFileSync(path.join(ROOT, 'docs/json-output.md'), 'utf8').split('\n');
    const fresh = workspace();
    mkdirSync(path.join(fresh, 'other'));
    writeFileSync(path.join(fresh, 'other/robots.txt'), 'x\n');
    writeFileSync(path.join(fresh, 'other/a.jsonl'), '{"noai":1}\n');
    for (const [name, ...args] of [
      ['attest', 'other', '--key', KEY, '--derived-from', 'data'],
      ['diff', 'data', 'other'],
    ] as const) {
      const { stdout } = await dataset(fresh, name, ...args, '--json');
      const row = page.find((line) => line.startsWith(`| \`dataset ${name}\``)) ?? '';
      const members = membersOf(onlyDocument(stdout).result);
      expect(members.length).toBeGreaterThan(8);
      expect(members.filter((member) => !row.includes(`\`${member}\``))).toEqual(
        ['type', 'fingerprint'].filter((m) => members.includes(m)),
      );
    }
  });
});

function membersOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(membersOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...(key === 'digests' ? [] : membersOf(inner))]);
}

describe('stemma dataset attest --salted', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = workspace();
    await dataset(cwd, 'attest', 'data', '--key', KEY, '--salted', 'data.secret');
  });

  it('makes a secret for its owner, and shows it nowhere', async () => {
    const secret = readFileSync(path.join(cwd, 'data.secret'));
    expect([secret.length, statSync(path.join(cwd, 'data.secret')).mode & 0o777]).toEqual([32, 0o600]);
    const again = await dataset(cwd, 'attest', 'data', '--key', KEY, '--salted', 'data.secret', '--json');
    const text = [again.stdout, again.stderr, readFileSync(path.join(cwd, 'data', ATTESTATIONS), 'latin1')].join('\n');
    expect(again.exitCode).toBe(0);
    for (const encoding of ['hex', 'base64', 'latin1'] as const) expect(text).not.toContain(secret.toString(encoding));
  });

  it('is verified with the secret, undecided without it, and refused with another file', async () => {
    expect((await dataset(cwd, 'verify', 'data', '--key', PUBLIC_KEY, '--salted', 'data.secret')).exitCode).toBe(0);
    const without = await dataset(cwd, 'verify', 'data', '--key', PUBLIC_KEY);
    expect([without.exitCode, without.stdout]).toEqual([3, expect.stringContaining('--salted')]);
    expect((await dataset(cwd, 'verify', 'data', '--key', PUBLIC_KEY, '--salted', KEY)).exitCode).toBe(4);
    expect((await dataset(cwd, 'verify', 'data', '--key', PUBLIC_KEY, '--salted', 'nothing')).exitCode).toBe(2);
  });

  it('refuses its secret for another dataset', async () => {
    cpSync(path.join(ROOT, 'fixtures/digits/data-rotated'), path.join(cwd, 'other'), { recursive: true });
    const { exitCode, stdout } = await dataset(
      cwd,
      'attest',
      'other',
      '--key',
      KEY,
      '--salted',
      'data.secret',
      '--json',
    );
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([2, 'SECRET_REUSED']);
    expect(existsSync(path.join(cwd, 'other', ATTESTATIONS))).toBe(false);
  });

  it('is never linked to by its plain digest', async () => {
    cpSync(path.join(ROOT, 'fixtures/digits/base'), path.join(cwd, 'model'), { recursive: true });
    const attest = ['attest', 'model', '--key', KEY, '--no-source', '--dataset'];
    const bytes = await runStemma([...attest, 'data'], { cwd });
    expect([bytes.exitCode, existsSync(path.join(cwd, 'model', ATTESTATIONS))]).toEqual([2, false]);
    expect((await runStemma([...attest, `data/${ATTESTATIONS}`], { cwd })).exitCode).toBe(0);
  });
});

describe('what is printed of a hostile dataset', () => {
  const hostile = 'a\u001b[31m\r\n::error::##[error]\u202e.txt';

  it('is inert', () => {
    const difference = {
      same: false,
      files: [{ path: hostile, change: 'added', recordsAfter: 1 }],
      records: { before: 0, after: 1, added: 1, removed: 0, addedAt: [{ path: hostile, line: 1 }], removedAt: [] },
    } as const;
    expectInert(renderDatasetDifference(difference, { ...LOOK, color: false }));
    const result = {
      name: hostile,
      kind: 'folder',
      files: 1,
      salted: false,
      newSecret: false,
      digests: { [hostile]: '00' },
      signals: [{ signal: 'noai', value: hostile, records: 1 }],
      derivedFrom: [{ name: hostile, digests: {} }],
      signer: { type: 'ecdsa-p256', fingerprint: '00' },
      written: [hostile],
      appended: 1,
      copiedEvidence: 0,
    } as const;
    expectInert(renderAttestDataset(result, { ...LOOK, color: false }));
  });
});
