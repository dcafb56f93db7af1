import { chmodSync, cpSync, existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { pae, parseEnvelope } from '../../../src/core/attestation/index.ts';
import { parsePublicKey, verifySignature } from '../../../src/core/keys/index.ts';
import { KEYS } from '../../core/attest/support.ts';
import { tempDir } from '../../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../../support/cli.ts';

const PEM = readFileSync(path.join(KEYS, 'p384.pub'), 'utf8');
const FINGERPRINT = 'ab'.repeat(32);
let dir: string;

/** A policy that takes a model by one signer. */
const policyOf = (trust: object = { keys: { trainer: { publicKey: PEM } } }, more: object = {}) => ({
  version: 1,
  expires: '2099-01-01T00:00:00Z',
  trust,
  requirements: [
    { id: 'identity', predicateType: 'https://w3id.org/stemma/model/v1', signers: { anyOf: ['trainer'] } },
  ],
  ...more,
});
const write = (name: string, content: string | object): void =>
  writeFileSync(path.join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
const read = (name: string): string => readFileSync(path.join(dir, name), 'utf8');
const sign = (file: string, ...more: readonly string[]): Promise<CliResult> =>
  runStemma(['policy', 'sign', file, '--key', 'author.key', '-o', 'signed.json', ...more], { cwd: dir });

beforeEach(() => {
  dir = tempDir();
  for (const [from, to] of [
    ['p256.key', 'author.key'],
    ['p256.pub', 'author.pub'],
  ] as const) {
    cpSync(path.join(KEYS, from), path.join(dir, to));
    chmodSync(path.join(dir, to), 0o600);
  }
  write('policy.json', policyOf());
});

describe('stemma policy sign', () => {
  it.each([
    ['policy.json', JSON.stringify(policyOf()), 'application/vnd.stemma.policy.v1+json'],
    // Comments and layout are under the signature as well; YAML takes JSON.
    ['policy.yaml', `# reviewed\n${JSON.stringify(policyOf())}\n`, 'application/vnd.stemma.policy.v1+yaml'],
    ['policy.YML', JSON.stringify(policyOf()), 'application/vnd.stemma.policy.v1+yaml'],
  ])('signs the very bytes of %s under the payload type of its format', async (file, text, payloadType) => {
    write(file, text);

    const { exitCode, stdout, stderr } = await sign(file, '--json');

    expect([exitCode, stderr]).toEqual([0, '']);
    const envelope = parseEnvelope(JSON.parse(read('signed.json')));
    expect(Buffer.from(envelope.payload).toString()).toBe(text);
    expect(envelope.payloadType).toBe(payloadType);
    const key = parsePublicKey(Buffer.from(read('author.pub')));
    expect(verifySignature(key, pae(payloadType, envelope.payload), envelope.signatures[0]!.sig)).toBe(true);
    expect(onlyDocument(stdout).result).toMatchObject({
      file: 'signed.json',
      payloadType,
      expires: '2099-01-01T00:00:00Z',
      signer: { fingerprint: key.fingerprint },
    });
  });

  it('gives equal bytes for equal inputs, and takes the place of an earlier signed policy', async () => {
    await sign('policy.json');
    const first = read('signed.json');

    expect((await sign('policy.json')).exitCode).toBe(0);
    expect(read('signed.json')).toBe(first);
    write('policy.json', policyOf(undefined, { name: 'release' }));
    expect((await sign('policy.json')).exitCode).toBe(0);
    expect(read('signed.json')).not.toBe(first);
  });

  it.each<[string, string | object]>([
    ['what is no JSON', '{'],
    ['an empty file', ''],
    ['a member that nobody knows', { ...policyOf(), extra: 1 }],
    ['a member given twice', JSON.stringify(policyOf()).replace('{', '{"version":1,')],
    ['a policy without an expiry', { ...policyOf(), expires: undefined }],
    ['a policy without requirements', { ...policyOf(), requirements: [] }],
    [
      'a vacuous policy',
      {
        ...policyOf(),
        requirements: [{ id: 'x', predicateType: 'https://slsa.dev/provenance/v1', signers: { anyOf: ['trainer'] } }],
      },
    ],
    ['a signer whom nobody named', policyOf({ keys: { other: { publicKey: PEM } } })],
    [
      'a key in a file that the signature would not cover',
      policyOf({ keys: { trainer: { publicKey: 'trainer.pub' } } }),
    ],
    [
      'certificates in a file',
      policyOf({ identities: { trainer: { subject: 'a@example.com', anchors: 'root.pem' } } }),
    ],
    [
      'a trusted root in a file',
      policyOf({
        identities: { trainer: { subject: 'a@example.com', issuer: 'https://i.example', trustedRoot: 'r.json' } },
      }),
    ],
  ])('does not sign %s', async (_, content) => {
    write('policy.json', content);

    const { exitCode, stdout, stderr } = await sign('policy.json');

    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('the policy: ');
    expect(existsSync(path.join(dir, 'signed.json'))).toBe(false);
  });

  it('takes the name of a key file beside its fingerprint', async () => {
    write('policy.json', policyOf({ keys: { trainer: { publicKey: 'trainer.pub', fingerprint: FINGERPRINT } } }));

    expect((await sign('policy.json')).exitCode).toBe(0);
  });

  it('does not sign a signed policy once more', async () => {
    await sign('policy.json');
    cpSync(path.join(dir, 'signed.json'), path.join(dir, 'policy.json'));

    const { exitCode, stderr } = await sign('policy.json', '--force');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('signed already');
  });

  it('refuses a file by whose name its format cannot be told', async () => {
    write('policy.txt', policyOf());

    expect((await sign('policy.txt')).stderr).toContain('.yaml, .yml or .json');
  });

  it('never writes over the policy, by whatever name', async () => {
    const before = read('policy.json');
    linkSync(path.join(dir, 'policy.json'), path.join(dir, 'hard.json'));
    symlinkSync('policy.json', path.join(dir, 'soft.json'));

    for (const output of ['policy.json', './policy.json', 'hard.json', 'soft.json']) {
      const args = ['policy', 'sign', 'policy.json', '--key', 'author.key', '-o', output, '--force'];
      expect((await runStemma(args, { cwd: dir })).exitCode).toBe(2);
    }
    expect(read('policy.json')).toBe(before);
  });

  it('keeps another file unless it is told not to', async () => {
    write('signed.json', '{"precious": true}');

    const kept = await sign('policy.json', '--json');
    expect([kept.exitCode, onlyDocument(kept.stdout).error?.code]).toEqual([2, 'WOULD_OVERWRITE']);
    expect(read('signed.json')).toBe('{"precious": true}');
    expect((await sign('policy.json', '--force')).exitCode).toBe(0);
  });

  it('needs a policy, a key and a place', async () => {
    const run = (...args: readonly string[]): Promise<CliResult> =>
      runStemma(['policy', 'sign', ...args], { cwd: dir });

    expect((await run('none.json', '--key', 'author.key', '-o', 'signed.json')).exitCode).toBe(2);
    expect((await run('policy.json', '-o', 'signed.json')).exitCode).toBe(2);
    expect((await run('policy.json', '--key', 'author.key')).exitCode).toBe(2);
    expect((await run('policy.json', '--key', 'author.pub', '-o', 'signed.json')).exitCode).toBe(4);
    expect(existsSync(path.join(dir, 'signed.json'))).toBe(false);
  });
});
