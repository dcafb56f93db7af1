import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { plainEnvironment } from '../support/cli.ts';
import { describeVectors } from '../support/vectors.ts';

const ADAPTER = path.join(import.meta.dirname, 'oms-adapter');
const KEYS = path.resolve(import.meta.dirname, '../../fixtures/keys');
const key = (name: string): string => path.join(KEYS, name);

const temp = mkdtempSync(path.join(tmpdir(), 'stemma-oms-adapter-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

function adapter(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout } = spawnSync(process.execPath, [ADAPTER, ...args], {
    env: plainEnvironment(env),
    encoding: 'utf8',
  });
  return { status, stdout };
}

const MATERIAL = {
  key: { sign: ['--private-key', key('p256.key')], verify: ['--public-key', key('p256.pub')] },
  certificate: {
    sign: [
      '--private-key',
      key('leaf.key'),
      '--signing-cert',
      key('leaf.pem'),
      '--cert-chain',
      key('intermediate.pem'),
      '--cert-chain',
      key('root.pem'),
    ],
    verify: ['--cert-chain', key('root.pem')],
  },
} as const;
type Method = keyof typeof MATERIAL;

let model: string;
let bundle: string;
let count = 0;

beforeEach(() => {
  const folder = path.join(temp, String(count++));
  model = path.join(folder, 'model');
  bundle = path.join(folder, 'model.sig');
  mkdirSync(path.join(model, 'sub'), { recursive: true });
  writeFileSync(path.join(model, 'weights.bin'), 'numbers');
  writeFileSync(path.join(model, 'sub', 'ignore-me'), 'x');
});

const sign = (method: Method, ...more: readonly string[]) =>
  adapter([
    'sign-model',
    '--method',
    method,
    '--model-path',
    model,
    '--output-bundle',
    bundle,
    ...MATERIAL[method].sign,
    ...more,
  ]).status;
const verify = (method: Method, ...more: readonly string[]) =>
  adapter([
    'verify-model',
    '--method',
    method,
    '--model-path',
    model,
    '--bundle',
    bundle,
    ...MATERIAL[method].verify,
    ...more,
  ]).status;

describe('the OMS adapter', () => {
  test('is executable', () => {
    expect(statSync(ADAPTER).mode & 0o111).toBe(0o111);
    expect(readFileSync(ADAPTER, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('says what it can do', () => {
    const { status, stdout } = adapter(['capabilities']);

    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      flags: [],
      hash_algorithms: ['sha256'],
      client_version: expect.any(String),
    });
  });

  test.each<Method>(['key', 'certificate'])('signs and verifies with a %s, and refuses every change', (method) => {
    expect(sign(method)).toBe(0);
    expect(verify(method)).toBe(0);
    writeFileSync(path.join(model, 'weights.bin'), 'nunbers');
    expect(verify(method)).not.toBe(0);
    writeFileSync(path.join(model, 'weights.bin'), 'numbers');
    writeFileSync(path.join(model, 'added'), '');
    expect(verify(method)).not.toBe(0);
    expect(verify(method, '--ignore-unsigned-files')).toBe(0);
    expect(verify(method, '--ignore-paths', path.join(model, 'added'))).toBe(0);
  });

  test('leaves out what it is told to, once when signing and again when verifying', () => {
    const paths = ['--ignore-paths', path.join(model, 'sub'), '--ignore-paths', path.join(temp, 'outside')];
    expect(sign('key', ...paths)).toBe(0);
    const { dsseEnvelope }: { readonly dsseEnvelope: { readonly payload: string } } = JSON.parse(
      readFileSync(bundle, 'utf8'),
    );
    const payload = Buffer.from(dsseEnvelope.payload, 'base64').toString();

    expect(payload).toContain('"sub"');
    expect(payload).not.toContain('ignore-me');
    expect(payload).not.toContain('outside');
    appendFileSync(path.join(model, 'sub', 'ignore-me'), 'changed');
    expect(verify('key')).toBe(0);
  });

  test.each<readonly [string, Method, readonly string[]]>([
    ['another key', 'key', ['--public-key', key('p384.pub')]],
    ['no key', 'key', []],
    ['a key that is none', 'key', ['--public-key', key('README.md')]],
    ['another root', 'certificate', ['--cert-chain', key('other-root.pem')]],
    ['no root', 'certificate', []],
  ])('refuses to verify under %s', (_, method, material) => {
    expect(sign(method)).toBe(0);
    const args = ['verify-model', '--method', method, '--model-path', model, '--bundle', bundle, ...material];

    expect(adapter(args).status).not.toBe(0);
    expect(adapter(args, { STEMMA_TRUSTED_KEYS: key('p256.pub') }).status).not.toBe(0);
  });

  test('refuses a bundle of one method under another', () => {
    expect(sign('key')).toBe(0);
    expect(verify('certificate')).not.toBe(0);
    expect(
      adapter([
        'verify-model',
        '--method',
        'sigstore',
        '--model-path',
        model,
        '--bundle',
        bundle,
        '--identity',
        'a@b',
        '--identity-provider',
        'https://c',
      ]).status,
    ).not.toBe(0);
  });

  test.each([
    ['a key that OMS refuses', ['--private-key', key('ed25519.key')], 'key'],
    ['no key', [], 'key'],
    [
      'a certificate of another key',
      ['--private-key', key('p256.key'), '--signing-cert', key('leaf.pem')],
      'certificate',
    ],
    ['no certificate', ['--private-key', key('leaf.key')], 'certificate'],
    ['a method that it does not know', ['--private-key', key('p256.key')], 'pkcs11-key'],
    ['the sigstore method', [], 'sigstore'],
  ])('refuses to sign with %s, and writes nothing', (_, material, method) => {
    const { status } = adapter([
      'sign-model',
      '--method',
      method,
      '--model-path',
      model,
      '--output-bundle',
      bundle,
      ...material,
    ]);

    expect(status).not.toBe(0);
    expect(statSync(bundle, { throwIfNoEntry: false })).toBeUndefined();
  });

  test.each([
    [[]],
    [['benchmark-model']],
    [['toString']],
    [['verify-model']],
    [['verify-model', '--method', 'key', '--no-such-flag']],
    [['verify-model', '--method', 'constructor', '--model-path', '/x', '--bundle', '/y']],
    [['sign-model', '--method', 'key', '--model-path']],
  ])('refuses %j', (args) => {
    expect(adapter(args).status).not.toBe(0);
  });
});

describeVectors('oms', (dir) => {
  const vector = (name: string): string => path.join(dir, 'test-vectors/v1.0', `${name}.bundle.json`);
  const keyless = ['--identity', 'stefanb@us.ibm.com', '--identity-provider', 'https://sigstore.verify.ibm.com/oauth2'];
  const check = (name: string, ...material: readonly string[]) =>
    adapter(['verify-model', '--model-path', model, '--bundle', vector(name), ...material]).status;

  test('verifies the sigstore method offline', () => {
    rmSync(path.join(model, 'sub'), { recursive: true });
    rmSync(path.join(model, 'weights.bin'));
    writeFileSync(path.join(model, 'signme-1'), 'signme-1');
    writeFileSync(path.join(model, 'signme-2'), 'signme-2');

    expect(check('valid/sigstore', '--method', 'sigstore', ...keyless)).toBe(0);
    expect(
      check('valid/sigstore', '--method', 'sigstore', ...keyless.slice(0, 3), 'https://accounts.google.com'),
    ).not.toBe(0);
    expect(check('valid/sigstore', '--method', 'key', '--public-key', key('p256.pub'))).not.toBe(0);
    expect(check('invalid/missing-tlog-entries', '--method', 'sigstore', ...keyless)).not.toBe(0);
  });
});
