import { appendFileSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/core/verify/index.ts';
import { onlyDocument, runStemma } from '../../support/cli.ts';
import { DATASET, type Draft, EXPIRES, MODEL, PROVENANCE, requirement, writePolicy } from '../../support/policies.ts';

const KEYS = path.resolve(import.meta.dirname, '../../../fixtures/keys');
let dir: string;

beforeEach(async () => {
  dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'stemma-dataset-policy-')));
  for (const name of ['p256', 'p384', 'ed25519'])
    for (const end of ['key', 'pub']) cpSync(path.join(KEYS, `${name}.${end}`), path.join(dir, `${name}.${end}`));
  cpSync(path.resolve(KEYS, '../digits/data'), path.join(dir, 'data'), { recursive: true });
  await attest('data', 'p256', '--license', 'CC-BY-4.0');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function attest(dataset: string, key: string, ...more: readonly string[]): Promise<void> {
  const args = ['dataset', 'attest', dataset, '--key', `${key}.key`, '--quiet', ...more];
  const { exitCode, stderr } = await runStemma(args, { cwd: dir });
  if (exitCode !== 0) throw new Error(stderr);
}

const owned = (more: Draft = {}): Draft => requirement('corpus', DATASET, ['owner'], more);
const policyOf = (requirements: readonly Draft[], more: Draft = {}): Draft => ({
  version: 1,
  name: 'corpus',
  expires: EXPIRES,
  trust: { keys: { owner: { publicKey: 'p256.pub' }, second: { publicKey: 'p384.pub' } } },
  requirements,
  ...more,
});

/** `dataset verify data --policy`: exit code, outcomes by requirement, and the verdict or the error. */
async function verify(policy: Draft, args: readonly string[] = [], dataset = 'data') {
  const { stdout } = await runStemma(
    ['dataset', 'verify', dataset, '--policy', writePolicy(dir, policy), '--json', ...args],
    { cwd: dir },
  );
  const { exitCode, result, error } = onlyDocument(stdout);
  const report = result as unknown as {
    readonly verdict: string;
    readonly time: string | null;
    readonly checks: readonly Check[];
    readonly policy: { readonly requirements: readonly { id: string; outcome: string; message: string }[] };
  };
  const requirements = report?.policy.requirements ?? [];
  return {
    exitCode,
    time: report?.time,
    signatures: (report?.checks ?? [])
      .filter(({ id }) => id === 'authenticate.signature')
      .map(({ outcome, message }) => [outcome, message]),
    said: report?.verdict ?? error?.message,
    outcomes: Object.fromEntries(requirements.map(({ id, outcome }) => [id, outcome])),
    messageOf: (wanted: string) => requirements.find(({ id }) => id === wanted)?.message,
  };
}

describe('stemma dataset verify --policy', () => {
  it('trusts whom the policy names for the dataset, and says what it asked', async () => {
    const found = await verify(policyOf([owned({ match: [{ path: 'licenses[*]', in: ['CC-BY-4.0'] }] })]), [
      '--time',
      '2026-11-24T00:00:00Z',
    ]);

    expect(found).toMatchObject({ exitCode: 0, outcomes: { expires: 'pass', corpus: 'pass' } });
    expect(found.said).toContain('in "model.attestations.jsonl", as the policy "corpus" asks');
    expect(found.time).toBe('2026-11-24T00:00:00.000Z');
  });

  it('explains each requirement with what was looked at', async () => {
    const args = ['dataset', 'verify', 'data', '--policy', writePolicy(dir, policyOf([owned()])), '--explain'];
    const { stdout, exitCode } = await runStemma(args, { cwd: dir });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /corpus: satisfied by owner\n {6}needed: .*dataset\/v1 about the artifact, signed by owner\n/,
    );
  });

  it('fails a licence that the policy does not allow, and says which was found', async () => {
    const found = await verify(policyOf([owned({ match: [{ path: 'licenses[*]', in: ['MIT'] }] })]));
    expect(found).toMatchObject({ exitCode: 1, outcomes: { corpus: 'fail' } });
    expect(found.said).toBe(`not verified: the policy's corpus: expected licenses[*] in ["MIT"], found "CC-BY-4.0"`);
  });

  it('fails a dataset whose licence nobody states', async () => {
    cpSync(path.resolve(KEYS, '../digits/data'), path.join(dir, 'bare'), { recursive: true });
    await attest('bare', 'p256');
    const policy = policyOf([owned({ match: [{ path: 'licenses[*]', in: ['CC-BY-4.0'] }] })]);
    expect(await verify(policy, [], 'bare')).toMatchObject({ exitCode: 1, outcomes: { corpus: 'fail' } });
  });

  it('finds an opt-out signal by a rule of the policy', async () => {
    const noOptOut = owned({ match: [{ path: 'optOut.signals[0]', exists: false }] });
    expect((await verify(policyOf([noOptOut]))).exitCode).toBe(0);

    cpSync(path.join(dir, 'data'), path.join(dir, 'reserved'), { recursive: true });
    rmSync(path.join(dir, 'reserved/model.attestations.jsonl'));
    writeFileSync(path.join(dir, 'reserved/robots.txt'), 'User-agent: *\nDisallow: /\nContent-Usage: train-ai=n\n');
    writeFileSync(path.join(dir, 'reserved/ai.txt'), 'User-Agent: *\nDisallow: *\n');
    await attest('reserved', 'p256');
    expect(await verify(policyOf([noOptOut]), [], 'reserved')).toMatchObject({
      exitCode: 1,
      outcomes: { corpus: 'fail' },
    });
  });

  it('fails changed bytes however well the statement meets the policy', async () => {
    appendFileSync(path.join(dir, 'data/train.csv'), '\n');
    const found = await verify(policyOf([owned()]));
    expect(found.exitCode).toBe(1);
    expect(found.outcomes['corpus']).not.toBe('pass');
  });

  it('is incomplete without a statement by the signer who is asked for', async () => {
    const found = await verify(policyOf([requirement('corpus', DATASET, ['second'])]));
    expect(found).toMatchObject({ exitCode: 3, outcomes: { corpus: 'missing' } });
  });

  it('asks for the policy and for the keys of the caller where both are given', async () => {
    expect((await verify(policyOf([owned()]), ['--key', 'p256.pub'])).exitCode).toBe(0);
    const found = await verify(policyOf([owned()]), ['--key', 'p384.pub']);
    expect(found.exitCode).toBe(3);
  });

  it('counts a second signer only where each vouches for every file', async () => {
    const both = { signers: { anyOf: ['owner', 'second'], threshold: 2 } };
    expect(await verify(policyOf([owned(both)]))).toMatchObject({ exitCode: 3, outcomes: { corpus: 'missing' } });

    await attest('data', 'p384', '--ignore', 'LICENSE.md');
    expect(await verify(policyOf([owned(both)]))).toMatchObject({ exitCode: 3, outcomes: { corpus: 'missing' } });

    await attest('data', 'p384');
    expect(await verify(policyOf([owned(both)]))).toMatchObject({ exitCode: 0, outcomes: { corpus: 'pass' } });
  });

  it('says of a signature that meets a requirement which, although --key trusts another alone', async () => {
    await attest('data', 'p384');
    await attest('data', 'ed25519');
    const { exitCode, signatures } = await verify(policyOf([owned(), requirement('also', DATASET, ['second'])]), [
      '--key',
      'p256.pub',
    ]);
    expect(exitCode).toBe(0);
    expect(signatures).toEqual([
      ['pass', 'signed by p256.pub'],
      ['pass', 'signed by second of the policy, which it meets: also'],
      ['skip', expect.stringMatching(/^signed by key hint [0-9a-f]{64}, which is not trusted here$/)],
    ]);
  });

  it('holds the datasets that it was derived from to the rules for ancestors', async () => {
    cpSync(path.join(dir, 'data'), path.join(dir, 'derived'), { recursive: true });
    rmSync(path.join(dir, 'derived/model.attestations.jsonl'));
    writeFileSync(path.join(dir, 'derived/more.csv'), 'a,b\n1,2\n');
    await attest('derived', 'p384', '--derived-from', 'data');
    const mine = requirement('corpus', DATASET, ['second']);
    const by = (name: string): Draft => ({
      lineage: { ancestors: [{ requirements: [requirement('parent', DATASET, [name])] }] },
    });

    const good = await verify(policyOf([mine], by('owner')), [], 'derived');
    expect(good).toMatchObject({ exitCode: 0, outcomes: { corpus: 'pass', 'lineage-parents': 'pass' } });
    const bad = await verify(policyOf([mine], by('second')), [], 'derived');
    expect(bad).toMatchObject({ exitCode: 3, outcomes: { 'lineage-parents': 'missing' } });
    const none = await verify(policyOf([mine], { lineage: { maxDepth: 0 } }), [], 'derived');
    expect(none.outcomes['lineage-depth']).toBe('fail');
  });

  it('takes no parent for its child: the bytes of the parent with the evidence of the child', async () => {
    cpSync(path.join(dir, 'data'), path.join(dir, 'derived'), { recursive: true });
    rmSync(path.join(dir, 'derived/model.attestations.jsonl'));
    writeFileSync(path.join(dir, 'derived/more.csv'), 'a,b\n1,2\n');
    await attest('derived', 'p256', '--derived-from', 'data');
    cpSync(path.join(dir, 'derived/model.attestations.jsonl'), path.join(dir, 'data/model.attestations.jsonl'));
    expect((await verify(policyOf([owned()]))).exitCode).toBe(1);
  });

  it('denies a digest that the policy has revoked', async () => {
    const { stdout } = await runStemma(['dataset', 'verify', 'data', '--key', 'p256.pub', '--json'], { cwd: dir });
    const { subject } = onlyDocument(stdout).result as unknown as { subject: { digests: Record<string, string> } };
    const digest = { stemmaFileTreeV1: subject.digests['stemmaFileTreeV1'] };
    const found = await verify(policyOf([owned()], { revoked: { digests: [{ digest, reason: 'withdrawn' }] } }));
    expect(found).toMatchObject({ exitCode: 1, outcomes: { revoked: 'fail' } });
    const other = { stemmaFileTreeV1: '0'.repeat(64) };
    const good = await verify(policyOf([owned()], { revoked: { digests: [{ digest: other, reason: 'x' }] } }));
    expect(good.messageOf('revoked')).toBe('neither the dataset nor who vouches for it is denied');
  });

  it('never passes an expired policy', async () => {
    const found = await verify(policyOf([owned()], { expires: '2020-01-01T00:00:00Z' }));
    expect(found).toMatchObject({ exitCode: 3, outcomes: { expires: 'missing', corpus: 'pass' } });
  });

  it.each<[string, Draft, string]>([
    ['of models', policyOf([requirement('weights', MODEL, ['owner'])]), 'a policy for models'],
    ['without any identity', policyOf([requirement('made', PROVENANCE, ['owner'])]), 'vacuous'],
    [
      'that waives what says what the bytes are',
      policyOf([owned()], {
        waivers: [
          { requirement: 'corpus', subject: { sha256: '0'.repeat(64) }, effectiveUntil: EXPIRES, reason: 'none' },
        ],
      }),
      'expected no waiver',
    ],
  ])('refuses a policy %s', async (_, policy, said) => {
    const found = await verify(policy);
    expect(found.exitCode).toBe(2);
    expect(found.said).toContain(said);
  });

  it('does not let the policy and a flag both say whom to trust for ancestors', async () => {
    const found = await verify(policyOf([owned()], { lineage: { maxDepth: 3 } }), ['--ancestor-key', 'p384.pub']);
    expect(found.exitCode).toBe(2);
    expect(found.said).toContain('--ancestor-key does not go with it');
  });

  it('is not read by verify, which is about models', async () => {
    const args = ['verify', 'data', '--key', 'p256.pub', '--policy', writePolicy(dir, policyOf([owned()])), '--json'];
    const { exitCode, error } = onlyDocument((await runStemma(args, { cwd: dir })).stdout);
    expect(exitCode).toBe(2);
    expect(error?.message).toContain('a policy for datasets');
  });

  it('needs the signature of a signed policy to be asked for', async () => {
    const policy = policyOf([owned()], {
      trust: { keys: { owner: { publicKey: readFileSync(path.join(dir, 'p256.pub'), 'utf8') } } },
    });
    writePolicy(dir, policy);
    const sign = ['policy', 'sign', 'policy.json', '--key', 'p384.key', '-o', 'signed.json'];
    expect((await runStemma(sign, { cwd: dir })).exitCode).toBe(0);
    const held = (...more: readonly string[]) =>
      runStemma(['dataset', 'verify', 'data', '--policy', 'signed.json', ...more], { cwd: dir });
    expect((await held('--policy-key', 'p384.pub')).exitCode).toBe(0);
    expect((await held('--policy-key', 'p256.pub')).exitCode).not.toBe(0);
    expect((await held()).exitCode).not.toBe(0);
  });
});
