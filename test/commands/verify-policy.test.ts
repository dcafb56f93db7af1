import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';
import { type Family, makeFamily } from '../support/family.ts';
import {
  APPROVAL,
  type Draft,
  EVALUATION,
  PROVENANCE,
  releasePolicy,
  requirement,
  writePolicy,
} from '../support/policies.ts';
import { outcomes, payloadOf, policyReport, requirementOf, runPolicy, small } from './policy-support.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-policy-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (policy: Draft | string, ...args: readonly string[]): Promise<CliResult> => runPolicy(dir, policy, args);
const report = (policy: Draft | string, ...args: readonly string[]) => policyReport(dir, policy, args);

describe('stemma verify --policy', () => {
  it('passes a release whose evidence meets every requirement, and names no other trust root', async () => {
    const found = await report(releasePolicy());

    expect(found.exitCode).toBe(0);
    expect(outcomes(found)).toEqual({
      expires: 'pass',
      weights: 'pass',
      trained: 'pass',
      evaluated: 'pass',
      'lineage-parents': 'pass',
      'lineage-depth': 'pass',
      'lineage-relations': 'pass',
    });
    expect(found.verdict).toMatch(/, as the policy "release" asks$/);
    expect(found.policy).toMatchObject({
      file: 'policy.json',
      name: 'release',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(requirementOf(found, 'evaluated')?.evidence).toHaveLength(2);
  });

  it('explains each requirement with the evidence that was looked at and what would satisfy it', async () => {
    const { stdout, exitCode } = await run(releasePolicy(), '--explain');

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /\nPolicy\n {2}policy\.json \(release\), sha256 [0-9a-f]{12}, no signature asked for, in force until 2099/,
    );
    expect(stdout).toContain(
      'needed: https://w3id.org/stemma/evaluation/v1 about the artifact, signed by 2 of qa, auditor',
    );
    expect(stdout).toMatch(/model\.attestations\.jsonl:\d+ {2}https:\/\/slsa\.dev\/provenance\/v1: satisfies it/);
    expect(stdout).toContain('is about an ancestor of this model');
  });

  it('gives the same bytes for the same policy, evidence and time', async () => {
    const twice = await Promise.all([1, 2].map(() => run(releasePolicy(), '--json', '--time', '2026-11-23T00:00:00Z')));

    expect(twice[0]?.stdout).toBe(twice[1]?.stdout);
    expect(twice[0]?.stdout).not.toContain(dir);
  });

  it('asks for the key of --key and for the policy, where both are given', async () => {
    expect((await run(releasePolicy(), '--key', 'keys/release.pub')).exitCode).toBe(0);
    // QA signed evaluations, and never said what the model is.
    expect((await run(releasePolicy(), '--key', 'keys/qa.pub')).exitCode).toBe(3);
  });

  it('trusts for the model only whom a requirement for its identity names', async () => {
    const found = await report(small([requirement('evaluated', EVALUATION, ['qa'])]));

    expect(found.exitCode).toBe(0);
    expect(found.signers.map(({ trustedAs }) => trustedAs)).toEqual(['release']);
  });

  it('names all that is wrong in one run', async () => {
    const found = await report(
      small([
        requirement('scored', EVALUATION, ['qa'], { match: [{ path: 'metrics[0].value', atLeast: 0.99 }] }),
        requirement('built', PROVENANCE, ['release'], { builderIds: ['https://ci.example/trainer@v1'] }),
        requirement('approved', APPROVAL, ['qa']),
      ]),
    );

    expect(found.exitCode).toBe(1);
    expect(outcomes(found)).toMatchObject({ weights: 'pass', scored: 'fail', built: 'fail', approved: 'missing' });
    expect(found.verdict).toMatch(
      /^not verified: the policy's scored: expected metrics\[0\]\.value atLeast 0\.99, found 0\.7/,
    );
    for (const { id, outcome } of found.policy?.requirements ?? [])
      if (outcome !== 'pass')
        expect(found.checks.find((check) => check.id === `policy.${id}`)?.hint).toMatch(/^needed: https:/);
  });
});

describe('evidence that does not count', () => {
  it.each<readonly [string, () => Draft, number, string, string]>([
    [
      'by somebody who is not asked for',
      () => small([requirement('r', EVALUATION, ['publisher'])]),
      3,
      'missing',
      'untrusted',
    ],
    ['that is not there', () => small([requirement('r', APPROVAL, ['qa'])]), 3, 'missing', 'no-statement'],
    [
      'by one of two',
      () =>
        small([
          requirement('r', EVALUATION, ['qa', 'publisher'], { signers: { anyOf: ['qa', 'publisher'], threshold: 2 } }),
        ]),
      3,
      'missing',
      'threshold',
    ],
    [
      'whose age only its signer could say',
      () => small([requirement('r', PROVENANCE, ['release'], { maxAge: '90d' })]),
      3,
      'unknown',
      'age',
    ],
    [
      'of another artifact',
      () => small([requirement('r', PROVENANCE, ['trainer-one'])]),
      3,
      'missing',
      'another-artifact',
    ],
    [
      'without the value',
      () => small([requirement('r', EVALUATION, ['qa'], { match: [{ path: 'metrics[7].value', atLeast: 0 }] })]),
      1,
      'fail',
      'match',
    ],
    [
      'with too wide a gap between groups',
      () =>
        small([requirement('r', EVALUATION, ['qa'], { slices: [{ column: 'ink', metric: 'accuracy', maxGap: 0.1 }] })]),
      1,
      'fail',
      'slices',
    ],
  ])('%s', async (_, policy, exitCode, outcome, reason) => {
    const found = await report(policy());

    expect(found.exitCode).toBe(exitCode);
    expect(requirementOf(found, 'r')).toMatchObject({ outcome, reason });
  });

  it('an evaluation of another model, put into the file of this one', async () => {
    const folder = path.join(dir, 'borrowed');
    cpSync(family.member('fp16'), folder, { recursive: true });
    const lines = readFileSync(path.join(family.member('merged-gguf'), 'model.attestations.jsonl'), 'utf8');
    const file = path.join(folder, 'model.attestations.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8') + lines);
    const policy = writePolicy(dir, small([requirement('evaluated', EVALUATION, ['qa'])]));
    const { stdout } = await runStemma(['verify', 'borrowed', '--policy', policy, '--json'], { cwd: dir });

    const { result, exitCode } = onlyDocument(stdout);
    expect(exitCode).toBe(3);
    expect(requirementOf(result as unknown as Report, 'evaluated')).toMatchObject({
      outcome: 'missing',
      reason: 'another-artifact',
    });
  });

  it('a forged line that names a signer of the policy fails with --require-all, and decides nothing without', async () => {
    const folder = path.join(dir, 'forged');
    cpSync(family.member('merged-gguf'), folder, { recursive: true });
    const file = path.join(folder, 'model.attestations.jsonl');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const qa = lines.findIndex((line) => payloadOf(line).includes(EVALUATION));
    const bundle = JSON.parse(lines[qa] ?? '');
    bundle.dsseEnvelope.payload = Buffer.from(payloadOf(lines[qa] ?? '').replace('0.7333', '0.9999')).toString(
      'base64',
    );
    writeFileSync(file, [...lines, JSON.stringify(bundle), ''].join('\n'));
    const policy = writePolicy(dir, small([requirement('evaluated', EVALUATION, ['qa'])]));
    const verify = (...args: readonly string[]): Promise<CliResult> =>
      runStemma(['verify', 'forged', '--policy', policy, ...args], { cwd: dir });

    expect((await verify()).exitCode).toBe(0);
    expect(await verify('--require-all')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("as the policy's signers made it"),
    });
  });
});

describe('the time and the flags of a run', () => {
  it('an expired policy never passes', async () => {
    const found = await report(small([]), '--time', '2099-01-01T00:00:00Z');

    expect(found.exitCode).toBe(3);
    expect(requirementOf(found, 'expires')).toMatchObject({ outcome: 'missing', reason: 'expired' });
  });

  it.each([
    ['--ignore', 'config.json'],
    ['--fast'],
    ['--ignore-unsigned-files'],
    ['--sample', '100%', '--accept-sample'],
  ])('a policy may forbid %s', async (...args) => {
    const forbid = ['accept-sample', 'fast', 'ignore', 'ignore-unsigned-files', 'sample'];
    const found = await report(small([], { forbid }), ...args);

    expect(found.exitCode).toBe(1);
    expect(requirementOf(found, 'forbid')).toMatchObject({ outcome: 'fail', reason: 'forbidden' });
  });

  it('a policy that forbids nothing lets --fast pass', async () => {
    expect((await run(small([]), '--fast')).exitCode).toBe(0);
  });

  it.each([
    ['--integrity-only', 'USAGE'],
    ['--policy-key=keys/qa.pub', 'POLICY_UNTRUSTED'],
  ])('%s does not go with it', async (flag, code) => {
    const { stdout, exitCode } = await run(small([]), flag, '--json');

    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([2, code]);
  });

  it('takes no policy from the environment', async () => {
    const { exitCode } = await runStemma(['verify', 'merged-gguf'], {
      cwd: dir,
      env: { STEMMA_POLICY: writePolicy(dir, small([])) },
    });

    expect(exitCode).toBe(2);
  });
});

describe('revocation and waivers', () => {
  const digest = async (): Promise<string> => (await report(small([]))).subject.digests['sha256'] ?? '';

  it('denies a key whenever it signed', async () => {
    const { fingerprint } = onlyDocument(await family.stemma('key', 'show', 'keys/release.pub', '--json')).result as {
      readonly fingerprint: string;
    };
    const found = await report(small([], { revoked: { keys: [{ fingerprint, reason: 'stolen' }] } }));

    expect(found.exitCode).toBe(1);
    expect(outcomes(found)).toMatchObject({ revoked: 'fail', weights: 'fail' });
  });

  it.each(['--full', '--fast'])('denies the model by its digest, with %s', async (mode) => {
    const revoked = { digests: [{ digest: { sha256: await digest() }, reason: 'poisoned' }] };
    const found = await report(small([], { revoked }), mode);

    expect(found.exitCode).toBe(1);
    expect(requirementOf(found, 'revoked')?.message).toContain('poisoned');
  });

  const waiver = (sha256: string, more: Draft = {}): Draft => ({
    requirement: 'approved',
    subject: { sha256 },
    effectiveUntil: '2099-01-01T00:00:00Z',
    reason: 'hot fix',
    ...more,
  });
  const approved = requirement('approved', APPROVAL, ['qa']);

  it('waives a requirement for this model and this time, and says so', async () => {
    // A folder's sha256 does not bind names: a waiver needs a digest that does.
    const { subject } = await report(small([]));
    const found = await report(small([approved], { waivers: [waiver('', { subject: subject.digests })] }));

    expect(found.exitCode).toBe(0);
    expect(requirementOf(found, 'approved')).toMatchObject({
      outcome: 'pass',
      reason: 'waived',
      waivedBy: { reason: 'hot fix', until: '2099-01-01T00:00:00Z' },
    });
  });

  it.each<readonly [string, (digests: Draft) => Draft]>([
    ['for another digest', () => ({ subject: { stemmaFileTreeV1: '0'.repeat(64) } })],
    ['with one digest of another', (digests) => ({ subject: { ...digests, sha256: '0'.repeat(64) } })],
    ['by sha256 alone, which binds no names', ({ sha256 }) => ({ subject: { sha256 } })],
    ['out of date', (subject) => ({ subject, effectiveUntil: '2020-01-01T00:00:00Z' })],
    ['not in force yet', (subject) => ({ subject, effectiveFrom: '2098-01-01T00:00:00Z' })],
  ])('does not take a waiver %s', async (_, change) => {
    const { subject } = await report(small([]));
    const found = await report(small([approved], { waivers: [waiver('', change(subject.digests))] }));

    expect(found.exitCode).toBe(3);
    expect(requirementOf(found, 'approved')?.outcome).toBe('missing');
  });
});
