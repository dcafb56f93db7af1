import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS, provenanceOf, SIDE_FILES, snapshot, trainer } from '../core/attest/support.ts';
import { onlyDocument } from '../support/cli.ts';
import { enlarge, type Workplace, workplace } from './attest-support.ts';

let dir: string;
let stemma: Workplace['stemma'];
let attest: Workplace['attest'];
let sideFiles: Workplace['sideFiles'];
let leftovers: Workplace['leftovers'];
beforeEach(() => {
  ({ dir, stemma, attest, sideFiles, leftovers } = workplace());
});

describe('stemma attest', () => {
  it('attests a model with its log, base and dataset, and says what it did', async () => {
    const command =
      'finetuned --key p256.key --log train.jsonl --base finetuned-from=base --dataset data-rotated --param lr=0.01';
    const { exitCode, stdout, stderr } = await attest(...command.split(' '));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('finetuned-from base');
    expect(stdout).toContain('trained-on data-rotated');
    expect(stdout).toContain('log train.jsonl: 96 records');
    expect(stdout).toContain('builder local');
    expect(stdout).toContain('wrote model.manifest.jsonl, model.attestations.jsonl, model.sig');
    expect(sideFiles('finetuned').toSorted()).toEqual(SIDE_FILES);
    expect(leftovers()).toEqual([]);
  });

  it('the same again changes no byte, and says so', async () => {
    await attest('finetuned', '--key', 'p256.key');
    const before = snapshot(path.join(dir, 'finetuned'));
    const { exitCode, stdout } = await attest('finetuned', '--key', 'p256.key');
    expect([exitCode, snapshot(path.join(dir, 'finetuned'))]).toEqual([0, before]);
    expect(stdout).toContain('nothing was written');
  });

  it('prints one document under --json, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await attest('finetuned', '--key', 'p256.key', '--base', 'base', '--json');
    const { result, warnings, ok } = onlyDocument(stdout);
    expect([exitCode, stderr, ok]).toEqual([0, '', true]);
    expect(warnings).toEqual([expect.stringContaining('finetuned-from is assumed')]);
    expect(result).toMatchObject({
      name: 'finetuned',
      kind: 'folder',
      signer: { type: 'ecdsa-p256', fingerprint: trainer.publicKey.fingerprint },
      builder: 'local',
      written: ['model.manifest.jsonl', 'model.attestations.jsonl', 'model.sig'],
      links: [{ relation: 'finetuned-from', role: 'base-model', name: 'base' }],
      oms: 'file',
    });
  });

  it('can be verified by the public key', async () => {
    await attest('finetuned', '--key', 'p256.key', '--base', 'base');
    const { exitCode } = await stemma(['verify', 'finetuned', '--key', path.join(KEYS, 'p256.pub')]);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['no model', [], 2, 'USAGE'],
    ['no key', ['finetuned'], 2, 'USAGE'],
    ['a model that is not there', ['absent', '--key', 'p256.key'], 2, 'PATH_NOT_FOUND'],
    ['a key that is not there', ['finetuned', '--key', 'absent.key'], 2, 'PATH_NOT_FOUND'],
    ['a base that is not there', ['finetuned', '--key', 'p256.key', '--base', 'absent'], 2, 'PATH_NOT_FOUND'],
    ['a log that is not there', ['finetuned', '--key', 'p256.key', '--log', 'absent'], 2, 'PATH_NOT_FOUND'],
    ['an unknown relation', ['finetuned', '--key', 'p256.key', '--base', 'made-up=base'], 2, 'USAGE'],
    [
      'a broken digest set',
      ['finetuned', '--key', 'p256.key', '--base', `sha256:${'0'.repeat(66)}`],
      4,
      'DIGEST_SET_INVALID',
    ],
    ['a parameter without a value', ['finetuned', '--key', 'p256.key', '--param', 'lr'], 2, 'USAGE'],
    ['a secret for a parameter', ['finetuned', '--key', 'p256.key', '--param', 'hf_token=x'], 2, 'USAGE'],
    ['a name that is a path', ['finetuned', '--key', 'p256.key', '--name', '/x'], 2, 'USAGE'],
    ['a source without a repository', ['finetuned', '--key', 'p256.key', '--source', 'base'], 2, 'USAGE'],
    ['--source and --no-source', ['finetuned', '--key', 'p256.key', '--source', '.', '--no-source'], 2, 'USAGE'],
    ['an Ed25519 key', ['finetuned', '--key', 'ed25519.key'], 2, 'KEY_TYPE_REFUSED'],
    ['no passphrase', ['finetuned', '--key', 'p256-encrypted.key'], 2, 'PASSPHRASE_MISSING'],
    ['an output folder in the model', ['finetuned', '--key', 'p256.key', '--output-dir', 'finetuned/x'], 2, 'USAGE'],
  ])('refuses %s, and writes nothing', async (_, args, expected, code) => {
    const before = snapshot(dir);
    const { exitCode, stdout } = await attest(...args, '--json');
    const { error } = onlyDocument(stdout);
    expect([exitCode, error?.code]).toEqual([expected, code]);
    expect(snapshot(dir)).toEqual(before);
    expect(stdout).not.toContain(dir);
  });

  it('refuses a key that OMS refuses before it reads the model', async () => {
    enlarge(path.join(dir, 'finetuned'));
    const started = performance.now();
    const { exitCode } = await attest('finetuned', '--key', 'ed25519.key');
    expect(exitCode).toBe(2);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('the source', () => {
  it('is the repository of the working directory, unless --no-source says otherwise', async () => {
    execFileSync('git', ['init', '-q'], { cwd: dir });
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '--allow-empty', '-m', 'x'], {
      cwd: dir,
    });
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: dir, encoding: 'utf8' }).trim();
    await attest('finetuned', '--key', 'p256.key');
    expect(provenanceOf(path.join(dir, 'finetuned')).sources.map(({ digest }) => digest)).toEqual([
      { gitCommit: commit },
    ]);
    await attest('base', '--key', 'p256.key', '--no-source');
    expect(provenanceOf(path.join(dir, 'base')).sources).toEqual([]);
  });
});
