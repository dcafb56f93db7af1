import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';
import { type Family, makeFamily } from '../support/family.ts';
import {
  type Draft,
  EVALUATION,
  makeCertificate,
  releasePolicy,
  requirement,
  signedPolicy,
  writePolicy,
} from '../support/policies.ts';
import { policyReport, runPolicy, small } from './policy-support.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-policy-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (policy: Draft | string, ...args: readonly string[]): Promise<CliResult> => runPolicy(dir, policy, args);
const report = (policy: Draft | string, ...args: readonly string[]) => policyReport(dir, policy, args);

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
