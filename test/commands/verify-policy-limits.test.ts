import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';
import { type Family, makeFamily } from '../support/family.ts';
import { APPROVAL, type Draft, requirement, writePolicy } from '../support/policies.ts';
import { outcomes, policyReport, requirementOf, runPolicy, small } from './policy-support.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-limits-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (policy: Draft | string, ...args: readonly string[]): Promise<CliResult> => runPolicy(dir, policy, args);
const report = (policy: Draft | string, ...args: readonly string[]) => policyReport(dir, policy, args);

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
