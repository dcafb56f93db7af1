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
