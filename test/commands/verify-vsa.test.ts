import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../core/attest/support.ts';
import { safetensors, writeFiles } from '../core/verify/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';
import { FILES, gatedModel, summaryIn } from './vsa-support.ts';

const VSA = 'https://slsa.dev/verification_summary/v1';
let dir: string;

beforeEach(async () => {
  dir = await gatedModel();
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

const summary = () => summaryIn(dir);

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
});
