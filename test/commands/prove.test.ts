import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attest } from '../core/verify/attest-support.ts';
import { DIGITS, KEYS } from '../core/verify/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const temp = mkdtempSync(path.join(tmpdir(), 'stemma-prove-command-'));
const KEY = path.join(KEYS, 'p256.pub');
const LINES = 'model/model.attestations.jsonl';

const stemma = (line: string, env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runStemma(line.split(' '), { cwd: temp, env: { XDG_CACHE_HOME: path.join(temp, 'cache'), ...env } });

beforeAll(async () => {
  cpSync(path.join(DIGITS, 'finetuned'), path.join(temp, 'model'), { recursive: true });
  cpSync(path.join(DIGITS, 'logs/finetuned.jsonl'), path.join(temp, 'train.jsonl'));
  await attest(path.join(temp, 'model'), { logs: [path.join(temp, 'train.jsonl')] });
  for (const line of [
    `prove record train.jsonl --line 5 --attestation ${LINES} -o record.json`,
    'prove file model config.json -o file.json',
    'prove tensor model layers.0.weight layers.0.bias -o tensors.jsonl',
  ])
    expect(await stemma(line)).toMatchObject({ exitCode: 0, stderr: '' });
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe('the answer for people', () => {
  test('to a proof that holds is this', async () => {
    const { exitCode, stdout, stderr } = await stemma(`check-proof record.json --key ${KEY}`);

    expect(stdout).toBe(`record of train.jsonl, index 4
  {"event": "step", "step": 5, "epoch": 1, "loss": 3.29181, "accuracy": 0.25}
  signed by p256.pub: https://slsa.dev/provenance/v1 about model
  shown: these bytes are record 5 of 96 in the log "train.jsonl" of "model"
  not shown: anything about the other 95 records
  not shown: that what the record says is true

✔ PASS: proven: these bytes are record 5 of 96 in the log "train.jsonl" of "model"
`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('to several proofs names each of them', async () => {
    const { exitCode, stdout } = await stemma(`check-proof tensors.jsonl --key ${KEY}`);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('line 2: tensor of model.safetensors, index 0');
    expect(stdout.trimEnd()).toMatch(/✔ PASS: 2 of 2 proofs hold$/);
  });

  test('to a proof that does not hold names what failed', async () => {
    const forged = readFileSync(path.join(temp, 'record.json'), 'utf8').replace('0.25', '0.99');
    writeFileSync(path.join(temp, 'forged.json'), forged);
    const { exitCode, stdout } = await stemma(`check-proof forged.json --key ${KEY}`);

    expect(exitCode).toBe(1);
    expect(stdout).toContain('✖ the leaf is in the tree: the leaf and its path do not lead to the signed root');
    expect(stdout).not.toContain('shown:');
    expect(stdout.trimEnd()).toMatch(/FAIL: not proven: [^\n]*$/);
  });

  test('escapes what a record would do to the terminal (attack row 71)', async () => {
    writeFileSync(path.join(temp, 'evil.jsonl'), '\u001b[2J::set-output name=x::y\u202e\n');
    cpSync(path.join(DIGITS, 'base'), path.join(temp, 'evil'), { recursive: true });
    await attest(path.join(temp, 'evil'), { logs: [path.join(temp, 'evil.jsonl')] });
    await stemma('prove record evil.jsonl --line 1 --attestation evil/model.attestations.jsonl -o evil.json');
    const { exitCode, stdout } = await stemma(`check-proof evil.json --key ${KEY}`);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('\\x1b[2J:\\x3aset-output');
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });

  test('to prove says what was written', async () => {
    const { stdout } = await stemma(`prove record train.jsonl --line 96 --line 1 --attestation ${LINES} -o two.jsonl`);

    expect(stdout).toBe(`2 proofs of train.jsonl, root 74022dbc246a, from model.attestations.jsonl line 2
  record 96 of 96, index 95
  record 1 of 96, index 0
wrote two.jsonl
check it with stemma check-proof and the public key
`);
  });
});

describe('the exit code of check-proof', () => {
  test.each([
    [0, 'record.json', `--key ${KEY} --expect-name model`],
    [0, 'file.json', `--key ${KEY}`],
    [1, 'file.json', `--key ${KEY} --expect sha256:${'00'.repeat(32)}`],
    [1, 'file.json', `--key ${KEY} --expect-name other`],
    [2, 'file.json', ''],
    [2, 'nowhere.json', `--key ${KEY}`],
    [4, 'file.json', `--key ${KEY} --expect nonsense:`],
    [3, 'file.json', `--key ${path.join(KEYS, 'p384.pub')}`],
    [3, 'file.json', `--cert-chain ${path.join(KEYS, 'root.pem')}`],
    [4, 'train.jsonl', `--key ${KEY}`],
    [5, 'model', `--key ${KEY}`],
  ])('is %d for %s %s', async (expected, file, flags) => {
    const { exitCode, stdout } = await stemma(`check-proof ${file}${flags === '' ? '' : ` ${flags}`} --json`);

    expect([exitCode, onlyDocument(stdout).exitCode === exitCode]).toEqual([expected, true]);
  });

  test('is that of the JSON document', async () => {
    const { exitCode, stdout } = await stemma('check-proof record.json --json', { STEMMA_TRUSTED_KEYS: KEY });
    const document = onlyDocument(stdout);

    expect([exitCode, document.exitCode, document.ok]).toEqual([0, 0, true]);
    expect(document.result).toMatchObject({ result: 'pass', environment: ['STEMMA_TRUSTED_KEYS'] });
  });
});

describe('the exit code of prove', () => {
  const record = `prove record train.jsonl --attestation ${LINES} -o out.json`;
  test.each([
    [2, `${record} --line 97`],
    [2, `${record} --line 0`],
    [2, `${record} --line +1`],
    [2, `${record} --line 1e3`],
    [2, `${record} --line 007`],
    [2, record],
    [2, `prove record nowhere --line 1 --attestation ${LINES} -o out.json`],
    [2, 'prove record train.jsonl --line 1 --attestation nowhere -o out.json'],
    [3, 'prove record train.jsonl --line 1 --attestation model/model.sig -o out.json'],
    [1, `prove record forged.jsonl --line 1 --attestation ${LINES} -o out.json`],
    [2, 'prove file model nowhere -o out.json'],
    [2, 'prove tensor model nowhere -o out.json'],
    [2, 'prove file model config.json -o model/out.json'],
    [2, `prove record train.jsonl --line 1 --attestation ${LINES} -o train.jsonl`],
    [2, `prove record train.jsonl --line 1 --attestation ${LINES} -o ${LINES}`],
    [4, `prove record train.jsonl --line 1 --attestation ${LINES} -o out.json --secret ${KEY}`],
    [4, `prove record train.jsonl --line 1 --attestation ${LINES} -o link.json`],
  ])('is %d for %s', async (expected, line) => {
    cpSync(path.join(temp, 'train.jsonl'), path.join(temp, 'forged.jsonl'));
    appendFileSync(path.join(temp, 'forged.jsonl'), '{}\n');
    rmSync(path.join(temp, 'link.json'), { force: true });
    symlinkSync('elsewhere', path.join(temp, 'link.json'));

    expect(await stemma(line)).toMatchObject({ exitCode: expected, stdout: '' });
  });
});

describe('prove replaces a proof by a proof, and anything else only with --force', () => {
  test.each([
    `prove record train.jsonl --line 1 --attestation ${LINES}`,
    'prove file model config.json',
    'prove tensor model layers.0.bias',
  ])('%s', async (line) => {
    const file = path.join(temp, 'other.key');
    for (const text of ['the only copy', '{}\n', `{"kind":"file"}\n`]) {
      writeFileSync(file, text);
      const { exitCode, stdout } = await stemma(`${line} -o other.key --json`);
      expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([2, 'WOULD_OVERWRITE']);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
    expect(await stemma(`${line} -o other.key --force`)).toMatchObject({ exitCode: 0 });
    expect(await stemma(`${line} -o other.key`)).toMatchObject({ exitCode: 0 });
  });
});

test('--no-cache leaves nothing in the folder of the cache, which is otherwise closed to others', async () => {
  const big = path.join(temp, 'big.jsonl');
  writeFileSync(big, `${'x'.repeat(99)}\n`.repeat(50_000));
  cpSync(path.join(DIGITS, 'base'), path.join(temp, 'logged'), { recursive: true });
  await attest(path.join(temp, 'logged'), { logs: [big] });
  const line = 'prove record big.jsonl --line 40000 --attestation logged/model.attestations.jsonl -o big.json';
  const { existsSync, statSync } = await import('node:fs');

  expect((await stemma(`${line} --no-cache`)).exitCode).toBe(0);
  expect(existsSync(path.join(temp, 'cache'))).toBe(false);
  expect((await stemma(line)).exitCode).toBe(0);
  expect(statSync(path.join(temp, 'cache/stemma/record-indexes')).mode & 0o777).toBe(0o700);
});

test('a record of a salted dataset is proven with the secret that dataset attest wrote', async () => {
  cpSync(path.join(DIGITS, 'data-rotated'), path.join(temp, 'data'), { recursive: true });
  const key = path.join(KEYS, 'p256.key');
  expect(
    (await stemma(`dataset attest data --key ${key} --salted data.secret --output-dir evidence -q`)).exitCode,
  ).toBe(0);
  const { readdirSync } = await import('node:fs');
  const [lines = ''] = readdirSync(path.join(temp, 'evidence'));
  const line = `prove record data/train.jsonl --line 7 --attestation evidence/${lines} -o salted.json`;

  expect(await stemma(`${line} --secret data.secret --dataset data`)).toMatchObject({ exitCode: 0 });
  expect((await stemma(`check-proof salted.json --key ${KEY}`)).exitCode).toBe(0);
  expect((await stemma(line)).exitCode).toBe(3);
  expect((await stemma(`${line} --secret data.secret`)).exitCode).toBe(3);
  expect((await stemma(`${line} --dataset data`)).exitCode).toBe(2);
  expect(
    (await stemma(`${line.replace('salted.json', 'data/x.json')} --secret data.secret --dataset data`)).exitCode,
  ).toBe(2);
});

test('a record of a salted log is proven with the secret that attest wrote, and with no other', async () => {
  cpSync(path.join(DIGITS, 'base'), path.join(temp, 'private'), { recursive: true });
  cpSync(path.join(temp, 'train.jsonl'), path.join(temp, 'private.jsonl'));
  const key = path.join(KEYS, 'p256.key');
  const attested = `attest private --key ${key} --salted-log private.jsonl=private.secret --no-source -q`;
  expect(await stemma(attested)).toMatchObject({ exitCode: 0 });
  const line =
    'prove record private.jsonl --line 5 --attestation private/model.attestations.jsonl -o private.json --force';

  expect(await stemma(`${line} --secret private.secret`)).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await stemma(`check-proof private.json --key ${KEY}`);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('these bytes are record 5 of 96 in the log "private.jsonl" of "private"');
  const proof = readFileSync(path.join(temp, 'private.json'), 'utf8');
  expect(proof).not.toContain(readFileSync(path.join(temp, 'private.secret')).toString('hex'));
  writeFileSync(path.join(temp, 'forged.json'), proof.replace('0.25', '0.99'));
  expect((await stemma(`check-proof forged.json --key ${KEY}`)).exitCode).toBe(1);

  expect((await stemma(line)).exitCode).toBe(3);
  const others = `${attested.replace('private ', 'evil ')} --force`.replace('private.secret', 'other.secret');
  cpSync(path.join(DIGITS, 'base'), path.join(temp, 'evil'), { recursive: true });
  expect(await stemma(others)).toMatchObject({ exitCode: 0 });
  expect((await stemma(`${line} --secret other.secret`)).exitCode).toBe(1);
});

test('a file of a dataset is proven under the statement of dataset attest', async () => {
  cpSync(path.join(DIGITS, 'data'), path.join(temp, 'plain'), { recursive: true });
  const key = path.join(KEYS, 'p256.key');
  expect((await stemma(`dataset attest plain --key ${key} -q`)).exitCode).toBe(0);
  expect(await stemma('prove file plain test.csv -o plain.json')).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await stemma(`check-proof plain.json --key ${KEY}`);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('the file "test.csv" is leaf 2 of 3 in the file tree of "plain"');
  appendFileSync(path.join(temp, 'plain/test.csv'), 'x');
  expect((await stemma('prove file plain test.csv -o plain.json')).exitCode).toBe(1);
});
