import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/index.ts';
import { type CliResult, onlyDocument, runStemma } from '../../support/cli.ts';
import { makeCertificate } from '../../support/policies.ts';
import { describeVectors } from '../../support/vectors.ts';

const BASE = path.resolve(import.meta.dirname, '../../../fixtures/digits/base');
const NAME = 'https://ci.example/train';
let dir: string;

beforeAll(() => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-init-certificate-')));
  makeCertificate(dir, `URI:${NAME},email:ci@example.org`);
  issue('other', ['-addext', 'subjectAltName=URI:https://ci.example/other']);
  issue('nameless', []);
  mkdirSync(path.join(dir, 'elsewhere'));
  makeCertificate(path.join(dir, 'elsewhere'), `URI:${NAME}`);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** One more certificate by the authority of `makeCertificate`. */
function issue(name: string, more: readonly string[]): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'];
  const usage = ['-addext', 'keyUsage=critical,digitalSignature', '-addext', 'extendedKeyUsage=codeSigning'];
  const issued = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', `/CN=${name}`, ...usage, ...more];
  const out = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
  execFileSync('openssl', ['req', '-x509', ...key, ...issued, ...out], { cwd: dir, stdio: 'pipe' });
}

const stemma = (...args: readonly string[]): Promise<CliResult> => runStemma(args, { cwd: dir });
const verify = async (model: string, policy: string): Promise<number | null> =>
  (await stemma('verify', model, '--policy', policy)).exitCode;

/** A model that one certificate signed. */
async function signed(model: string, certificate: string): Promise<string> {
  cpSync(BASE, path.join(dir, model), { recursive: true });
  const { exitCode, stderr } = await stemma(
    'sign',
    model,
    '--key',
    `${certificate}.key`,
    '--cert',
    `${certificate}.pem`,
  );
  if (exitCode !== 0) throw new Error(stderr);
  return model;
}

const init = (model: string, file: string, ...args: readonly string[]) =>
  stemma('policy', 'init', model, '-o', file, ...args, '--json');

describe('stemma policy init with a certificate', () => {
  it('names the signer by his certificate and its issuer, and the policy passes', async () => {
    await signed('certified', 'leaf');
    expect((await init('certified', 'ci.yaml', '--cert-chain', 'ca.pem')).exitCode).toBe(0);

    const { trust, requirements } = parsePolicy(readFileSync(path.join(dir, 'ci.yaml')), 'yaml');
    expect(trust).toEqual({
      identities: {
        'ci.example-train': { subject: NAME, issuer: 'CN=CA', anchors: expect.stringContaining('BEGIN CERTIFICATE') },
      },
    });
    expect(requirements.map(({ signers }) => signers.anyOf)).toEqual([['ci.example-train']]);
    const checked = onlyDocument((await stemma('policy', 'check', 'ci.yaml', '--json')).stdout);
    expect([checked.exitCode, checked.result?.['findings']]).toEqual([0, []]);
    expect(await verify('certified', 'ci.yaml')).toBe(0);

    // The same authority for another name, and the same name by another authority.
    expect(await verify(await signed('other-name', 'other'), 'ci.yaml')).toBe(3);
    expect(await verify(await signed('other-authority', 'elsewhere/leaf'), 'ci.yaml')).toBe(3);
    writeFileSync(path.join(dir, 'certified/config.json'), '{}');
    expect(await verify('certified', 'ci.yaml')).toBe(1);
  });

  it('makes a policy that can be signed as it is', async () => {
    await signed('signable', 'leaf');
    await init('signable', 'signable.yaml', '--cert-chain', 'ca.pem');
    const { exitCode } = await stemma('policy', 'sign', 'signable.yaml', '--key', 'other.key', '-o', 'signed.json');
    expect(exitCode).toBe(0);
  });

  it('writes none for a certificate that names nobody', async () => {
    await signed('unnamed', 'nameless');
    const { error, exitCode } = onlyDocument((await init('unnamed', 'unnamed.yaml', '--cert-chain', 'ca.pem')).stdout);
    expect([exitCode, error?.code]).toEqual([2, 'USAGE']);
    expect(error?.message).toContain('names nobody');
  });

  it('writes none by anchors under which nobody signed', async () => {
    await signed('strange', 'elsewhere/leaf');
    expect((await init('strange', 'strange.yaml', '--cert-chain', 'ca.pem')).exitCode).toBe(3);
  });
});

describeVectors('oms', (vectors) => {
  it('names a keyless signer by identity and issuer, and another identity is refused', async () => {
    const folder = path.join(vectors, 'test-vectors/v1.0');
    mkdirSync(path.join(dir, 'keyless'));
    for (const name of ['signme-1', 'signme-2']) writeFileSync(path.join(dir, 'keyless', name), name);
    cpSync(path.join(folder, 'valid/sigstore.bundle.json'), path.join(dir, 'keyless/model.sig'));
    const who = ['--identity', 'stefanb@us.ibm.com', '--identity-provider', 'https://sigstore.verify.ibm.com/oauth2'];
    expect((await init('keyless', 'keyless.yaml', ...who)).exitCode).toBe(0);
    expect((await stemma('policy', 'check', 'keyless.yaml')).exitCode).toBe(0);
    expect(await verify('keyless', 'keyless.yaml')).toBe(0);

    const text = readFileSync(path.join(dir, 'keyless.yaml'), 'utf8');
    writeFileSync(path.join(dir, 'another.yaml'), text.replace('stefanb@', 'somebody@'));
    expect(await verify('keyless', 'another.yaml')).toBe(3);
  });
});
