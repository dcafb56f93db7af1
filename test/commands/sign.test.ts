import { chmodSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DIGITS, KEYS, readBundle, snapshot } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

let dir: string;
beforeEach(() => {
  dir = tempDir();
  cpSync(path.join(DIGITS, 'base'), path.join(dir, 'base'), { recursive: true });
  for (const name of readdirSync(KEYS)) {
    if (!/^(p256|ed25519|leaf|p256-encrypted)\.key$|\.pem$/.test(name)) continue;
    cpSync(path.join(KEYS, name), path.join(dir, name));
    chmodSync(path.join(dir, name), 0o600);
  }
});
const sign = (...args: readonly string[]): Promise<CliResult> => runStemma(['sign', ...args], { cwd: dir });
const model = (): string => path.join(dir, 'base');

describe('stemma sign', () => {
  it('writes model.sig and says so', async () => {
    const { exitCode, stdout, stderr } = await sign('base', '--key', 'p256.key');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('method key');
    expect(stdout).toContain('wrote model.sig');
    expect(readdirSync(model()).toSorted()).toEqual(['README.md', 'config.json', 'model.safetensors', 'model.sig']);
    expect((await sign('base', '--key', 'p256.key')).stdout).toContain('model.sig was there already');
  });

  it('signs with a certificate, and verify accepts it under its root', async () => {
    const chain = ['--cert', 'leaf.pem', '--cert-chain', 'intermediate.pem', '--cert-chain', 'root.pem'];
    const { exitCode, stdout } = await sign('base', '--key', 'leaf.key', ...chain, '--json');
    expect([exitCode, onlyDocument(stdout).result?.['method']]).toEqual([0, 'certificate']);
    const { bundle } = readBundle(readFileSync(path.join(model(), 'model.sig'), 'utf8'));
    expect(bundle.material.kind === 'certificateChain' && bundle.material.chain.length).toBe(2);
    const verified = await runStemma(['verify', 'base', '--cert-chain', 'root.pem'], { cwd: dir });
    expect(verified.exitCode).toBe(0);
  });

  it.each([
    ['a certificate of another key', ['--key', 'p256.key', '--cert', 'leaf.pem'], 4, 'CERTIFICATE_INVALID'],
    ['a key for a certificate', ['--key', 'leaf.key', '--cert', 'leaf.key'], 4, 'CERTIFICATE_INVALID'],
    ['a chain without a certificate', ['--key', 'leaf.key', '--cert-chain', 'intermediate.pem'], 2, 'USAGE'],
    ['a certificate that is not there', ['--key', 'leaf.key', '--cert', 'absent.pem'], 2, 'PATH_NOT_FOUND'],
    ['an Ed25519 key', ['--key', 'ed25519.key'], 2, 'KEY_TYPE_REFUSED'],
    ['no passphrase', ['--key', 'p256-encrypted.key'], 2, 'PASSPHRASE_MISSING'],
    ['a pattern', ['--key', 'p256.key', '--ignore', '*.md'], 2, 'USAGE'],
    [
      'a file of the model for the signature',
      ['--key', 'p256.key', '--signature', 'base/config.json', '--force'],
      2,
      'WOULD_OVERWRITE',
    ],
  ])('refuses %s, and writes nothing', async (_, args, expected, code) => {
    const before = snapshot(dir);
    const { exitCode, stdout } = await sign('base', ...args, '--json');
    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([expected, code]);
    expect(snapshot(dir)).toEqual(before);
    expect(stdout).not.toMatch(new RegExp(`${dir}|PRIVATE KEY`));
  });
});
