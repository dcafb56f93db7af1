import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEYS } from '../core/verify/support.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { attestedModels, KEY, reportOf } from './verify-support.ts';

let temp: string;
beforeAll(async () => {
  temp = await attestedModels();
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const stemma = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runStemma(['verify', ...args], { cwd: temp, env });

describe('the answer for people', () => {
  test('of a model that verifies is this', async () => {
    const { exitCode, stdout, stderr } = await stemma(['good', '--key', KEY]);

    expect(stdout).toBe(`good  folder, 2 files, 147 B, checked as verify
  sha256 a16f27901b22
  stemmaFileTreeV1 f590805fc78b

authenticate: 3 signatures verified
match
  ✔ a trusted signer says that these are the bytes: 1 trusted signer: p256.pub
  ✔ 3 statements about these bytes
content: 1 manifest equal to the signed one

Signed by
  key sha256:ded5b2d843c9 (trusted as p256.pub): https://model_signing/signature/v1.0, https://slsa.dev/provenance/v1, https://w3id.org/stemma/model/v1

Verified
  sha256: a16f27901b22
  stemmaFileTreeV1: f590805fc78b

Claimed by the signers, not checked
  name: good (says p256.pub)
  name: tiny (says p256.pub)
  stemmaSegmentTreeBlake3V1: 8b18c3d06941 (says p256.pub)
  tensor root of model.safetensors: a8ffe439f90c (says p256.pub)
  builder: https://w3id.org/stemma/builder/local (says p256.pub)

Not checked
  segment tree: claimed, compared by --fast and --full
  tensor roots: claimed, compared by --full

✔ PASS: verified: every byte as signed, under the name "good" in "model.sig"
`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('of a model that changed is this', async () => {
    const { exitCode, stdout } = await stemma(['bad', '--key', KEY]);

    expect(stdout).toBe(`bad  folder, 2 files, 147 B, checked as verify

authenticate: 3 signatures verified
match
  ! https://w3id.org/stemma/model/v1 is about these bytes: sha256, stemmaFileTreeV1 recomputed and different
  ✖ a trusted signer says that these are the bytes: these are not the bytes that p256.pub signed: "model.safetensors" changed
  ✖ model.sig is about these bytes: "model.safetensors" changed

Changed
  ~ model.safetensors  changed  expected 8ceebf389d11, found e2499a18f046
      tensor second

Not checked
  segment tree: claimed, compared by --fast and --full
  tensor roots: claimed, compared by --full

✖ FAIL: not verified: "model.safetensors" changed in tensor "second"
`);
    expect(exitCode).toBe(1);
  });
});

describe('the report', () => {
  test('is one document, equal in every run, and knows no path of this machine', async () => {
    for (const model of ['good', 'bad']) {
      const args = ['--key', KEY, '--time', '2026-10-01T00:00:00Z', '--json'];
      const [first, second, absolute] = [
        await stemma([model, ...args]),
        await stemma([model, ...args]),
        await stemma([path.join(temp, model), ...args]),
      ];

      expect(first.stderr).toBe('');
      expect(reportOf(onlyDocument(first.stdout)).result).toBe(model === 'good' ? 'pass' : 'fail');
      expect(second.stdout).toBe(first.stdout);
      expect(absolute.stdout).toBe(first.stdout);
      for (const folder of [temp, tmpdir(), KEYS]) expect(first.stdout).not.toContain(folder);
    }
  });

  test('is written in every format, for a model that fails as well', async () => {
    const folder = mkdtempSync(path.join(temp, 'reports-'));
    const formats = ['json', 'sarif', 'junit', 'markdown'];
    const { exitCode } = await stemma([
      'bad',
      '--key',
      KEY,
      ...formats.flatMap((format) => ['--report', `${format}=${path.join(folder, format)}`]),
    ]);

    expect(exitCode).toBe(1);
    expect(readdirSync(folder).toSorted()).toEqual(formats.toSorted());
    for (const format of formats) {
      const text = readFileSync(path.join(folder, format), 'utf8');
      expect(text).toContain('model.safetensors');
      expect(text).not.toContain(temp);
    }
  });

  test('that cannot be written turns a pass into "unavailable" and leaves a failure alone', async () => {
    // A folder that is missing would be made; below a file there can be none.
    const report = ['--report', `json=${path.join(KEYS, 'p256.key')}/report.json`];

    expect((await stemma(['good', '--key', KEY, ...report])).exitCode).toBe(5);
    expect((await stemma(['bad', '--key', KEY, ...report])).exitCode).toBe(1);
  });
});

describe('the question', () => {
  test.each([
    [['--expect', 'zz']],
    [['--expect', 'sha256:00']],
    [['--threshold', '0']],
    [['--fast', '--full']],
    [['--fast', '--sample', '5%']],
    [['--sample', '0']],
    [['--sample', '101%']],
    [['--accept-sample']],
    [['--max-bytes', '-1']],
    [['--time', 'yesterday']],
    [['--report', 'pdf=x']],
    [['--ignore', '../x']],
  ])('%j is refused before anything is read', async (args) => {
    const { exitCode, stdout } = await stemma(['none', '--key', KEY, '--json', ...args]);

    expect([2, 4]).toContain(exitCode);
    expect(onlyDocument(stdout).error?.code).not.toBe('INTERNAL');
  });

  test('a sample is taken as a share of the segments', async () => {
    expect((await stemma(['good', '--key', KEY, '--sample', '100%'])).exitCode).toBe(3);
    expect((await stemma(['good', '--key', KEY, '--sample', '1', '--accept-sample'])).exitCode).toBe(0);
  });

  test('an ignored path may be named from where one stands', async () => {
    const { exitCode, stdout } = await stemma([
      'bad',
      '--key',
      KEY,
      '--ignore',
      path.join(temp, 'bad/model.safetensors'),
      '--json',
    ]);

    expect(exitCode).toBe(0);
    const { notCovered, verdict } = reportOf(onlyDocument(stdout));
    expect(notCovered).toEqual([{ path: 'model.safetensors', because: 'ignored by the caller' }]);
    expect(verdict).toMatch(/; 1 path is not covered$/);
  });

  test('a link to the model is the model', async () => {
    symlinkSync('good', path.join(temp, 'link'));

    expect((await stemma(['link', '--key', KEY])).exitCode).toBe(0);
  });

  test('nothing is left behind', async () => {
    const before = readdirSync(path.join(temp, 'bad')).toSorted();
    await stemma(['bad', '--key', KEY, '--full']);

    expect(readdirSync(path.join(temp, 'bad')).toSorted()).toEqual(before);
  });
});
