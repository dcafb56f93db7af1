import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseBundle, parseStatement, parseVsa, type VerificationSummary } from '../../src/core/attestation/index.ts';
import { KEYS } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { attest } from '../core/verify/attest-support.ts';
import { safetensors, writeFiles } from '../core/verify/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const FILES = { 'config.json': '{}\n', 'model.safetensors': safetensors({ first: [1, 2] }) };
const VSA = 'https://slsa.dev/verification_summary/v1';
let dir: string;

beforeEach(async () => {
  dir = tempDir();
  for (const name of ['p256.pub', 'p384.key', 'p384.pub', 'p256-encrypted.key']) {
    cpSync(path.join(KEYS, name), path.join(dir, name));
    chmodSync(path.join(dir, name), 0o600);
  }
  writeFiles(path.join(dir, 'model'), FILES);
  await attest(path.join(dir, 'model'), { name: 'tiny' });
});

const stemma = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runStemma(args, { cwd: dir, env });
const verify = (...more: readonly string[]): Promise<CliResult> =>
  stemma(['verify', 'model', '--key', 'p256.pub', ...more]);
const gate = (...more: readonly string[]): Promise<CliResult> =>
  verify('--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--time', '2026-11-23', ...more);
const change = (): void =>
  void writeFiles(path.join(dir, 'model'), { 'model.safetensors': safetensors({ first: [1, 3] }) });
const written = (): boolean => existsSync(path.join(dir, 'out.jsonl'));

function summary(): VerificationSummary & { readonly digest: Readonly<Record<string, string>> | undefined } {
  const text = readFileSync(path.join(dir, 'out.jsonl'), 'utf8');
  expect(text).toMatch(/^[^\n]+\n$/);
  const statement = parseStatement(parseBundle(text.trimEnd(), 'the summary').envelope);
  return { ...parseVsa(statement), digest: statement.subject[0]?.digest };
}

/** What the summary says of the flags. */
function policyAnnotations(): unknown {
  const { dsseEnvelope } = JSON.parse(readFileSync(path.join(dir, 'out.jsonl'), 'utf8'));
  return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()).predicate.policy.annotations;
}

async function digestsOfModel(): Promise<unknown> {
  return onlyDocument((await stemma(['digest', 'model', '--json'])).stdout).result?.['digests'];
}

describe('stemma verify --vsa', () => {
  it('signs a pass, which another run finds by the key of the gate', async () => {
    const { exitCode, stderr } = await gate();
    expect([exitCode, stderr]).toEqual([0, '']);
    const { stdout } = await stemma(['digest', 'model', '--json']);
    const { digests } = onlyDocument(stdout).result as { digests: Record<string, string> };

    const found = summary();
    expect(found).toMatchObject({
      result: 'PASSED',
      verifiedLevels: ['STEMMA_VERIFIED'],
      timeVerified: '2026-11-23T00:00:00.000Z',
      slsaVersion: '1.2',
      resourceUri: `https://w3id.org/stemma/artifact/stemmaFileTreeV1/${digests['stemmaFileTreeV1']}`,
      policy: { uri: 'https://w3id.org/stemma/verify-flags/v1' },
    });
    expect(found.verifier.id).toMatch(/^https:\/\/w3id\.org\/stemma\/verifier\/sha256\/[0-9a-f]{64}$/);
    expect(found.digest).toEqual({ sha256: digests['sha256'], stemmaFileTreeV1: digests['stemmaFileTreeV1'] });
    // model.sig, the model statement, the provenance
    expect(new Set(found.inputAttestations.map(({ digest }) => digest['dssePaeSha256'])).size).toBe(3);

    const again = await verify('--key', 'p384.pub', '--attestations', 'out.jsonl', '--require', VSA, '--json');
    expect(again.exitCode).toBe(0);
    expect(JSON.stringify(onlyDocument(again.stdout).result?.['claimed'])).toContain(
      'PASSED by https://w3id.org/stemma/',
    );
  });

  it('is no identity evidence: whoever trusts the gate alone has no signer of the model', async () => {
    await gate();

    const { exitCode } = await stemma(['verify', 'model', '--key', 'p384.pub', '--attestations', 'out.jsonl']);

    expect(exitCode).toBe(3);
  });

  it('signs FAILED of the bytes that lie there, and exits with the verdict', async () => {
    await gate();
    const before = summary();
    change();

    expect((await gate()).exitCode).toBe(1);
    const after = summary();
    expect(after).toMatchObject({ result: 'FAILED', verifiedLevels: [] });
    expect(after.digest?.['stemmaFileTreeV1']).toMatch(/^[0-9a-f]{64}$/);
    expect(after.digest).not.toEqual(before.digest);
  });

  it('signs FAILED where nobody who is trusted signed anything, by digests of its own', async () => {
    await gate();
    const { digest } = summary();

    const { exitCode } = await stemma([
      'verify',
      'model',
      '--key',
      'p384.pub',
      '--vsa',
      'out.jsonl',
      '--vsa-key',
      'p384.key',
    ]);

    expect(exitCode).toBe(3);
    expect(summary()).toMatchObject({ result: 'FAILED', inputAttestations: [], digest });
  });

  it('signs FAILED where a requirement is not met, and says which were asked for', async () => {
    expect((await gate('--require', 'evaluation', '--threshold', '1')).exitCode).toBe(3);
    expect(summary().result).toBe('FAILED');
    expect(policyAnnotations()).toMatchObject({
      require: ['evaluation'],
      threshold: 1,
      mode: 'verify',
      signers: [expect.stringMatching(/^key [0-9a-f]{64}$/)],
    });
  });

  it('names the policy by its digest, and what that was let off', async () => {
    const subject = await digestsOfModel();
    const policy = (more: object): string => {
      const text = JSON.stringify({
        version: 1,
        expires: '2099-01-01T00:00:00Z',
        trust: { keys: { trainer: { publicKey: 'p256.pub' } } },
        requirements: [
          { id: 'weights', predicateType: 'https://w3id.org/stemma/model/v1', signers: { anyOf: ['trainer'] } },
          { id: 'evaluated', predicateType: 'https://w3id.org/stemma/evaluation/v1', signers: { anyOf: ['trainer'] } },
        ],
        ...more,
      });
      writeFileSync(path.join(dir, 'policy.json'), text);
      return createHash('sha256').update(text).digest('hex');
    };
    const waiver = { requirement: 'evaluated', subject, reason: 'pilot', effectiveUntil: '2098-01-01T00:00:00Z' };

    const strict = policy({});
    expect((await gate('--policy', 'policy.json')).exitCode).toBe(3);
    const failed = summary();
    expect(failed).toMatchObject({
      result: 'FAILED',
      policy: { uri: `https://w3id.org/stemma/policy/v1/sha256/${strict}`, digest: { sha256: strict } },
    });
    expect(policyAnnotations()).not.toHaveProperty('waivers');

    const waived = policy({ waivers: [waiver] });
    expect((await gate('--policy', 'policy.json')).exitCode).toBe(0);
    expect(summary()).toMatchObject({ result: 'PASSED', policy: { digest: { sha256: waived } } });
    expect(policyAnnotations()).toMatchObject({
      waivers: [{ requirement: 'evaluated', reason: 'pilot', until: '2098-01-01T00:00:00Z' }],
    });
  });

  it('takes names and levels of its own', async () => {
    const id = ['--verifier-id', 'https://gate.example/v1', '--resource-uri', 'oci://models.example/tiny'];

    expect((await gate(...id, '--vsa-level', 'ACME_L2', '--vsa-level', 'ACME_L1')).exitCode).toBe(0);
    expect(summary()).toMatchObject({
      verifier: { id: 'https://gate.example/v1' },
      resourceUri: 'oci://models.example/tiny',
      verifiedLevels: ['ACME_L1', 'ACME_L2'],
    });
  });

  it('gives equal bytes for equal inputs and an equal time alone', async () => {
    await gate('--json');
    const first = readFileSync(path.join(dir, 'out.jsonl'), 'utf8');
    await gate('--jobs', '1', '--attestations', 'model/model.attestations.jsonl');
    expect(readFileSync(path.join(dir, 'out.jsonl'), 'utf8')).toBe(first);

    await verify('--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--time', '2026-11-24');
    expect(readFileSync(path.join(dir, 'out.jsonl'), 'utf8')).not.toBe(first);
  });

  it('names segments alone where only they were compared', async () => {
    expect((await gate('--fast')).exitCode).toBe(0);
    expect(Object.keys(summary().digest ?? {})).toEqual(['stemmaSegmentTreeBlake3V1']);
  });

  it('is about a single file, and about a model with nothing but an OMS signature', async () => {
    cpSync(path.join(KEYS, 'p256.key'), path.join(dir, 'p256.key'));
    writeFileSync(path.join(dir, 'one.safetensors'), FILES['model.safetensors']);
    await stemma(['sign', 'one.safetensors', '--key', 'p256.key']);

    const { exitCode } = await stemma([
      'verify',
      'one.safetensors',
      '--key',
      'p256.pub',
      '--vsa',
      'out.jsonl',
      '--vsa-key',
      'p384.key',
    ]);

    expect(exitCode).toBe(0);
    const { digests } = onlyDocument((await stemma(['digest', 'one.safetensors', '--json'])).stdout).result as {
      digests: Record<string, string>;
    };
    expect(summary()).toMatchObject({ result: 'PASSED', ignored: [], digest: { sha256: digests['sha256'] } });
  });

  it('says what the signer left out', async () => {
    cpSync(path.join(KEYS, 'p256.key'), path.join(dir, 'p256.key'));
    writeFiles(path.join(dir, 'other'), { ...FILES, 'notes.txt': 'private' });
    await stemma(['attest', 'other', '--key', 'p256.key', '--no-source', '--ignore', 'notes.txt']);

    const { exitCode } = await stemma([
      'verify',
      'other',
      '--key',
      'p256.pub',
      '--vsa',
      'out.jsonl',
      '--vsa-key',
      'p384.key',
      '--ignore-unsigned-files',
    ]);
    expect([exitCode, written()]).toEqual([2, false]);

    await stemma(['verify', 'other', '--key', 'p256.pub', '--vsa', 'out.jsonl', '--vsa-key', 'p384.key']);
    expect(summary().ignored).toEqual(['notes.txt']);
  });

  it('takes the key out of the environment, as text, and a passphrase', async () => {
    const pem = readFileSync(path.join(dir, 'p384.key'), 'utf8');
    const args = ['verify', 'model', '--key', 'p256.pub', '--vsa', 'out.jsonl'];

    expect((await stemma(args, { STEMMA_VSA_KEY: pem })).exitCode).toBe(0);
    expect(summary().result).toBe('PASSED');
    const env = { STEMMA_PASSPHRASE: 'wrong' };
    expect((await stemma([...args, '--vsa-key', 'p256-encrypted.key'], env)).exitCode).toBe(4);
    // Set for the whole pipeline, it asks for no summary.
    expect((await stemma(['verify', 'model', '--key', 'p256.pub'], { STEMMA_VSA_KEY: pem })).exitCode).toBe(0);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no key to sign with', ['--vsa', 'out.jsonl'], /give --vsa-key FILE or set STEMMA_VSA_KEY/],
    ['a public key to sign with', ['--vsa', 'out.jsonl', '--vsa-key', 'p256.pub'], /./],
    [
      'the private key where public ones are trusted',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--key', 'p384.key'],
      /given by --vsa-key/,
    ],
    [
      'key material as an argument',
      ['--vsa', 'out.jsonl', '--vsa-key', '-----BEGIN PRIVATE KEY-----'],
      /never an argument/,
    ],
    [
      'a level of SLSA',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--vsa-level', 'SLSA_BUILD_LEVEL_3'],
      /one of SLSA/,
    ],
    ['the level FAILED', ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--vsa-level', 'FAILED'], /word for none/],
    [
      'a verifier that is no URI',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--verifier-id', 'me'],
      /--verifier-id/,
    ],
    [
      'a resource with a space',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--resource-uri', 'x: y'],
      /--resource-uri/,
    ],
    ['a place in the model', ['--vsa', 'model/out.jsonl', '--vsa-key', 'p384.key'], /into the model/],
    ['the evidence beside it', ['--vsa', 'model.sig', '--vsa-key', 'p384.key'], /into the model/],
    [
      'the file of a report',
      ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--report', 'json=./out.jsonl'],
      /different files/,
    ],
    ['a key with no summary', ['--vsa-key', 'p384.key'], /--vsa FILE/],
    ['a sample', ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--sample', '5%', '--accept-sample'], /whole model/],
    ['an ignored file', ['--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--ignore', 'config.json'], /whole model/],
  ])('refuses %s before it verifies anything', async (_, more, message) => {
    const { exitCode, stdout, stderr } = await verify(...more);

    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(_ === 'a public key to sign with' ? 4 : 2);
    expect(written()).toBe(false);
  });

  it('refuses to summarise what nobody was authenticated for', async () => {
    const { exitCode } = await stemma([
      'verify',
      'model',
      '--integrity-only',
      '--vsa',
      'out.jsonl',
      '--vsa-key',
      'p384.key',
    ]);

    expect([exitCode, written()]).toEqual([2, false]);
  });

  it('writes nothing for a folder that no digest can name, and lets the verdict stand', async () => {
    symlinkSync('config.json', path.join(dir, 'model/link.json'));

    const { exitCode, stderr } = await gate();

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/warning: the summary is not written: .*link/);
    expect(written()).toBe(false);
  });

  it('does not let a pipeline pass whose summary could not be written', async () => {
    writeFileSync(path.join(dir, 'occupied'), '');

    const { exitCode, stdout, stderr } = await verify('--vsa', 'occupied/out.jsonl', '--vsa-key', 'p384.key');

    expect(stdout).toContain('PASS');
    expect(stderr).toContain('the summary is not written');
    expect(exitCode).toBe(5);
  });
});
