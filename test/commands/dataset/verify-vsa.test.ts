import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBundle, parseStatement, parseVsa } from '../../../src/core/attestation/index.ts';
import { type CliResult, onlyDocument, runStemma } from '../../support/cli.ts';
import { DATASET, EXPIRES, requirement, writePolicy } from '../../support/policies.ts';

const KEYS = path.resolve(import.meta.dirname, '../../../fixtures/keys');
let dir: string;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'stemma-dataset-vsa-')));
  for (const name of ['p256', 'p384'])
    for (const end of ['key', 'pub']) cpSync(path.join(KEYS, `${name}.${end}`), path.join(dir, `${name}.${end}`));
  cpSync(path.resolve(KEYS, '../digits/data'), path.join(dir, 'data'), { recursive: true });
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

const stemma = (...args: readonly string[]): Promise<CliResult> => runStemma(['dataset', ...args], { cwd: dir });
async function attest(...more: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await stemma('attest', 'data', '--key', 'p256.key', '--quiet', ...more);
  if (exitCode !== 0) throw new Error(stderr);
}
const gate = (...more: readonly string[]): Promise<CliResult> =>
  stemma('verify', 'data', '--vsa', 'out.jsonl', '--vsa-key', 'p384.key', '--time', '2026-11-24', '--json', ...more);
const KEY = ['--key', 'p256.pub'];
const written = (): boolean => existsSync(path.join(dir, 'out.jsonl'));

function summary() {
  const { envelope } = parseBundle(readFileSync(path.join(dir, 'out.jsonl'), 'utf8').trimEnd(), 'the summary');
  const statement = parseStatement(envelope);
  return { ...parseVsa(statement), digest: statement.subject[0]?.digest ?? {} };
}

describe('stemma dataset verify --vsa', () => {
  it('signs a pass about the digests that were recomputed', async () => {
    await attest();
    const { exitCode, stdout } = await gate(...KEY);
    expect(exitCode).toBe(0);
    const { subject } = onlyDocument(stdout).result as unknown as { subject: { digests: Record<string, string> } };
    expect(summary()).toMatchObject({
      result: 'PASSED',
      verifiedLevels: ['STEMMA_VERIFIED'],
      digest: subject.digests,
      policy: { uri: 'https://w3id.org/stemma/verify-flags/v1' },
    });
    expect(summary().inputAttestations).toHaveLength(1);
  });

  it('names the policy that the dataset met', async () => {
    await attest();
    const file = writePolicy(dir, {
      version: 1,
      expires: EXPIRES,
      trust: { keys: { owner: { publicKey: 'p256.pub' } } },
      requirements: [requirement('corpus', DATASET, ['owner'])],
    });
    expect((await gate('--policy', file)).exitCode).toBe(0);
    expect(summary().policy.uri).toMatch(/^https:\/\/w3id\.org\/stemma\/policy\/v1\/sha256\/[0-9a-f]{64}$/);
  });

  it('signs FAILED for other bytes, and for a dataset of which nobody trusted says anything', async () => {
    await attest();
    expect((await gate('--key', 'p384.pub')).exitCode).toBe(3);
    expect(summary()).toMatchObject({ result: 'FAILED', verifiedLevels: [] });
    appendFileSync(path.join(dir, 'data/train.csv'), '\n');
    expect((await gate(...KEY)).exitCode).toBe(1);
    expect(summary()).toMatchObject({ result: 'FAILED', verifiedLevels: [] });
  });

  it('publishes of a salted dataset the salted root alone, and nothing without its secret', async () => {
    await attest('--salted', 'data.secret');
    const refused = await gate(...KEY);
    expect([refused.exitCode, written()]).toEqual([3, false]);
    expect(onlyDocument(refused.stdout).warnings.join()).toContain('has no digest to publish');

    expect((await gate(...KEY, '--salted', 'data.secret')).exitCode).toBe(0);
    expect(Object.keys(summary().digest)).toEqual(['stemmaSaltedTreeV1']);
    appendFileSync(path.join(dir, 'data/train.csv'), '\n');
    expect((await gate(...KEY, '--salted', 'data.secret')).exitCode).toBe(1);
    expect(Object.keys(summary().digest)).toEqual(['stemmaSaltedTreeV1']);
  });

  it('is not written into the dataset, nor without a key', async () => {
    await attest();
    const into = await stemma('verify', 'data', ...KEY, '--vsa', 'data/out.jsonl', '--vsa-key', 'p384.key');
    expect(into.exitCode).toBe(2);
    expect((await stemma('verify', 'data', ...KEY, '--vsa', 'out.jsonl')).exitCode).toBe(2);
    expect((await stemma('verify', 'data', ...KEY, '--verifier-id', 'https://a.example')).exitCode).toBe(2);
    expect(written()).toBe(false);
  });
});
