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
  MODEL,
  makeCertificate,
  PROVENANCE,
  releasePolicy,
  requirement,
  signedPolicy,
  writePolicy,
} from '../support/policies.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-policy-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const weights = requirement('weights', MODEL, ['release']);
const keysOf = (...names: readonly string[]): Draft =>
  Object.fromEntries(names.map((name) => [name, { publicKey: `keys/${name}.pub` }]));
/** Only the identity, and whatever else is given. */
const small = (requirements: readonly Draft[], more: Draft = {}): Draft =>
  releasePolicy({
    trust: { keys: keysOf('release', ...new Set(requirements.flatMap((each) => namesIn(each)))) },
    requirements: [weights, ...requirements],
    lineage: undefined,
    ...more,
  });
const namesIn = ({ signers }: Draft): string[] => (signers as { readonly anyOf: string[] }).anyOf;

const run = (policy: Draft | string, ...args: readonly string[]): Promise<CliResult> =>
  runStemma(['verify', 'merged-gguf', '--policy', writePolicy(dir, policy), ...args], { cwd: dir });

async function report(policy: Draft | string, ...args: readonly string[]): Promise<Report & { exitCode: number }> {
  const { stdout } = await run(policy, '--json', ...args);
  const { result, exitCode, error } = onlyDocument(stdout);
  if (result === undefined) throw new Error(JSON.stringify(error));
  return { ...(result as unknown as Report), exitCode };
}

const requirementOf = ({ policy }: Report, id: string) => policy?.requirements.find((each) => each.id === id);
const outcomes = ({ policy }: Report): Draft =>
  Object.fromEntries((policy?.requirements ?? []).map(({ id, outcome }) => [id, outcome]));

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

const payloadOf = (line: string): string =>
  Buffer.from(JSON.parse(line).dsseEnvelope.payload, 'base64').toString('utf8');

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

describe('ancestors by policy', () => {
  const lineage = (more: Draft): Draft => {
    const policy = releasePolicy();
    return { ...policy, lineage: { ...(policy['lineage'] as Draft), ...more } };
  };

  it.each<readonly [string, () => Draft, number, string, string]>([
    [
      'nobody is trusted where no rule matches',
      () => lineage({ ancestors: undefined }),
      3,
      'lineage-parents',
      'missing',
    ],
    ['too many generations', () => lineage({ maxDepth: 2 }), 1, 'lineage-depth', 'fail'],
    [
      'a relation that is not allowed',
      () => lineage({ allow: { relations: ['quantized-from'] } }),
      1,
      'lineage-relations',
      'fail',
    ],
    ['what was told after the fact', () => lineage({ evidence: 'observed' }), 1, 'lineage-evidence', 'fail'],
    [
      'a licence that is denied',
      () => lineage({ licences: { deny: ['CC-BY-4.0'], unstated: 'warn' } }),
      1,
      'lineage-licences',
      'fail',
    ],
    ['a licence that nobody states', () => lineage({ licences: { deny: ['MIT'] } }), 3, 'lineage-licences', 'missing'],
    [
      'an ancestor signed by the trainer of its child',
      () =>
        lineage({
          ancestors: [
            { relations: ['quantized-from'], requirements: [requirement('merged', MODEL, ['release'])] },
            { requirements: [requirement('any', MODEL, ['release'])] },
          ],
        }),
      3,
      'lineage-parents',
      'missing',
    ],
  ])('refuses %s', async (_, policy, exitCode, id, outcome) => {
    const found = await report(policy());

    expect(found.exitCode).toBe(exitCode);
    expect(requirementOf(found, id)?.outcome).toBe(outcome);
  });

  it('only warns of unknown parents where it says so', async () => {
    const found = await report(lineage({ ancestors: undefined, unknownParent: 'warn' }));

    expect(found.exitCode).toBe(0);
    expect(found.warnings).toEqual([expect.stringMatching(/^the policy only warns of it: lineage-parents: /)]);
  });

  it('denies everything that descends from a denied dataset', async () => {
    const { lineage: graph } = await report(releasePolicy());
    const data = graph.nodes.find(({ name }) => name === 'data')?.digests ?? {};
    const found = await report(lineage({ denyDigests: [{ digest: data, reason: 'withdrawn' }] }));

    expect(found.exitCode).toBe(1);
    expect(requirementOf(found, 'lineage-parents')?.message).toContain('withdrawn');
  });

  it('does not take a model without provenance for one without parents', async () => {
    const found = await report({ ...lineage({}), requirements: [weights] }, '--key', 'keys/release.pub');
    expect(found.exitCode).toBe(0);

    const folder = path.join(dir, 'stripped');
    cpSync(family.member('merged-gguf'), folder, { recursive: true });
    const file = path.join(folder, 'model.attestations.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.filter((line) => line === '' || !payloadOf(line).includes(PROVENANCE)).join('\n'));
    const policy = writePolicy(dir, { ...lineage({}), requirements: [weights] });
    const { exitCode, stdout } = await runStemma(['verify', 'stripped', '--policy', policy], { cwd: dir });

    expect(exitCode).toBe(3);
    expect(stdout).toContain('its parents are not known');
  });

  it('follows a provenance by whomever of the policy, and not of the key for the identity alone', async () => {
    const folder = path.join(dir, 'two-signers');
    cpSync(path.join(dir, 'fp16'), folder, { recursive: true });
    for (const file of ['model.attestations.jsonl', 'model.sig']) rmSync(path.join(folder, file), { force: true });
    await family.stemma('sign', 'two-signers', '--key', family.key('release'));
    await family.stemma(
      'attest',
      'two-signers',
      '--key',
      family.key('qa'),
      '--no-source',
      '--base',
      'converted-from=base',
    );
    const policy = writePolicy(dir, {
      ...lineage({ allow: { relations: ['converted-from', 'trained-on'] } }),
      requirements: [
        requirement('weights', 'https://model_signing/signature/v1.0', ['release']),
        requirement('trained', PROVENANCE, ['qa']),
      ],
    });
    const { stdout } = await runStemma(['verify', 'two-signers', '--policy', policy, '--json'], { cwd: dir });
    const found = onlyDocument(stdout).result as unknown as Report;

    // The base was converted, and the policy has no rule for that.
    expect(outcomes(found)).toMatchObject({ weights: 'pass', trained: 'pass', 'lineage-parents': 'missing' });
  });
});

describe('a signed policy', () => {
  const by = (actor: 'auditor' | 'qa', payloadType?: string): Promise<string> =>
    signedPolicy(
      small([requirement('evaluated', EVALUATION, ['qa'])], { trust: inline() }),
      family.key(actor),
      payloadType,
    );
  const inline = (): Draft => ({
    keys: Object.fromEntries(
      (['release', 'qa'] as const).map((actor) => [actor, { publicKey: readFileSync(family.pub(actor), 'utf8') }]),
    ),
  });

  it('passes with the key of its author, whom the report names', async () => {
    const found = await report(await by('auditor'), '--policy-key', 'keys/auditor.pub');

    expect(found.exitCode).toBe(0);
    expect(found.policy?.signer).toBe('auditor.pub');
    expect(found.checks.find(({ id }) => id === 'policy.signature')).toMatchObject({ outcome: 'pass', required: true });
  });

  it.each<readonly [string, () => Promise<Draft | string>, readonly string[], string]>([
    ['without --policy-key', () => by('auditor'), [], 'POLICY_UNTRUSTED'],
    ['signed by another key', () => by('qa'), ['--policy-key', 'keys/auditor.pub'], 'POLICY_UNTRUSTED'],
    [
      'of another payload type',
      () => by('auditor', 'application/vnd.in-toto+json'),
      ['--policy-key', 'keys/auditor.pub'],
      'POLICY_INVALID',
    ],
    [
      'that was changed',
      async () => {
        const envelope = JSON.parse(await by('auditor'));
        const payload = Buffer.from(envelope.payload, 'base64').toString().replace('"release"', '"other"');
        return { ...envelope, payload: Buffer.from(payload).toString('base64') };
      },
      ['--policy-key', 'keys/auditor.pub'],
      'POLICY_UNTRUSTED',
    ],
    [
      'whose keys lie beside it, unsigned',
      () => signedPolicy(small([]), family.key('auditor')),
      ['--policy-key', 'keys/auditor.pub'],
      'POLICY_INVALID',
    ],
  ])('is refused %s: exit 2', async (_, policy, args, code) => {
    const { stdout, exitCode } = await run(await policy(), '--json', ...args);

    expect([exitCode, onlyDocument(stdout).error?.code]).toEqual([2, code]);
  });
});

describe('a certificate identity', () => {
  it('is one name under its own anchors, exactly', async () => {
    makeCertificate(dir, 'URI:https://ci.example/train,email:ci@example.org');
    cpSync(family.member('base'), path.join(dir, 'certified'), { recursive: true });
    for (const file of ['model.attestations.jsonl', 'model.sig'])
      rmSync(path.join(dir, 'certified', file), { force: true });
    await family.stemma('sign', 'certified', '--key', 'leaf.key', '--cert', 'leaf.pem');
    const exit = async (identity: Draft, more: Draft = {}): Promise<number | null> => {
      const policy = releasePolicy({
        ...more,
        trust: { identities: { ci: { anchors: 'ca.pem', ...identity } } },
        requirements: [requirement('weights', 'https://model_signing/signature/v1.0', ['ci'])],
        lineage: undefined,
      });
      return (await runStemma(['verify', 'certified', '--policy', writePolicy(dir, policy)], { cwd: dir })).exitCode;
    };

    expect(await exit({ subject: 'https://ci.example/train' })).toBe(0);
    expect(await exit({ subject: 'ci@example.org', issuer: 'CN=CA' })).toBe(0);
    expect(await exit({ subject: 'https://ci.example/' })).toBe(3);
    expect(await exit({ subject: 'https://ci.example/train.*' })).toBe(3);
    expect(await exit({ subject: 'CI' })).toBe(3);
    expect(await exit({ subject: 'ci@example.org', issuer: 'CN=Another' })).toBe(3);

    const shown = await family.stemma('key', 'show', 'leaf.key', '--json');
    const fingerprint = onlyDocument(shown).result?.['fingerprint'];
    const revoked = { keys: [{ fingerprint, reason: 'leaked' }] };
    expect(await exit({ subject: 'https://ci.example/train' }, { revoked })).toBe(1);
  });
});
