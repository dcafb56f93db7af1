import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../core/attest/support.ts';
import { tempDir } from '../../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../../support/cli.ts';
import { type Draft, MODEL, PROVENANCE, requirement, signedPolicy, writePolicy } from '../../support/policies.ts';

let dir: string;

beforeEach(() => {
  dir = tempDir();
  for (const name of ['p256', 'p384']) cpSync(path.join(KEYS, `${name}.pub`), path.join(dir, `${name}.pub`));
});

const draft = (more: Draft = {}): Draft => ({
  version: 1,
  expires: '2099-01-01T00:00:00Z',
  trust: { keys: { trainer: { publicKey: 'p256.pub' } } },
  requirements: [requirement('weights', MODEL, ['trainer'])],
  ...more,
});

const check = (policy: Draft | string, ...args: readonly string[]): Promise<CliResult> =>
  runStemma(['policy', 'check', writePolicy(dir, policy), ...args], { cwd: dir });

async function findings(policy: Draft): Promise<{ exitCode: number; found: unknown }> {
  const { exitCode, result } = onlyDocument((await check(policy, '--json')).stdout);
  return { exitCode, found: result?.['findings'] };
}

describe('stemma policy check', () => {
  it('has nothing to say of a sound policy', async () => {
    const { exitCode, stdout } = await check(draft({ name: 'release' }));

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^policy\.json \(release\), sha256 [0-9a-f]{12}, no signature asked for, in force until 2099-01-01T00:00:00Z\n1 requirement, ready for verify --policy\n$/,
    );
  });

  const both = { trainer: { publicKey: 'p256.pub' }, qa: { publicKey: 'p384.pub' } };
  it.each<readonly [string, Draft, string, RegExp]>([
    ['that expires soon', { expires: '2026-12-01T00:00:00Z' }, '/expires', /^expires in 8 days$/],
    ['with a name that nothing uses', { trust: { keys: both } }, '/trust/keys/qa', /no requirement names it/],
    [
      'with one key under two names',
      {
        trust: { keys: { trainer: { publicKey: 'p256.pub' }, other: { publicKey: 'p256.pub' } } },
        requirements: [requirement('weights', MODEL, ['trainer', 'other'])],
      },
      '/trust/keys/other',
      /is the same as "trainer"/,
    ],
    [
      'with a denied digest without a reason',
      { lineage: { denyDigests: [{ digest: { sha256: '0'.repeat(64) } }] } },
      '/lineage/denyDigests/0',
      /no reason/,
    ],
    [
      'with a rule for a folder by its sha256 alone',
      {
        lineage: {
          ancestors: [
            { digests: [{ sha256: '0'.repeat(64) }], requirements: [requirement('base', MODEL, ['trainer'])] },
          ],
        },
      },
      '/lineage/ancestors/0/digests/0',
      /does not bind the names in a folder/,
    ],
    [
      'with a summary of any age',
      { lineage: { stopAt: [{ vsa: { verifier: 'https://gate.example', signers: { anyOf: ['trainer'] } } }] } },
      '/lineage/stopAt/0/vsa',
      /without maxAge/,
    ],
    [
      'with an origin that is accepted without a reason',
      { lineage: { origins: { accept: [{ digest: { stemmaFileTreeV1: '0'.repeat(64) } }] } } },
      '/lineage/origins/accept/0',
      /no reason/,
    ],
    [
      'with a waiver that has ended',
      {
        requirements: [requirement('weights', MODEL, ['trainer']), requirement('made', PROVENANCE, ['trainer'])],
        waivers: [
          {
            requirement: 'made',
            subject: { stemmaFileTreeV1: '0'.repeat(64) },
            effectiveUntil: '2020-01-01T00:00:00Z',
            reason: 'then',
          },
        ],
      },
      '/waivers/0',
      /ended/,
    ],
  ])('gives advice on a policy %s, and exits 0', async (_, more, at, message) => {
    const { stdout } = await check(draft(more), '--json', '--time', '2026-11-23T00:00:00Z');
    const { exitCode, result } = onlyDocument(stdout);

    expect(exitCode).toBe(0);
    expect(result?.['findings']).toEqual([{ level: 'advice', at, message: expect.stringMatching(message) }]);
  });

  it.each<readonly [string, Draft, string]>([
    ['that has expired', { expires: '2020-01-01T00:00:00Z' }, '/expires'],
    [
      'with a range that holds no number',
      {
        requirements: [requirement('weights', MODEL, ['trainer'], { match: [{ path: 'a', atLeast: 1, lessThan: 1 }] })],
      },
      '/requirements/0/match/0',
    ],
    [
      'with a value that is not among those allowed',
      { requirements: [requirement('weights', MODEL, ['trainer'], { match: [{ path: 'a', equals: 1, in: [2] }] })] },
      '/requirements/0/match/0',
    ],
    [
      'with a rule for a digest that names no artifact',
      {
        lineage: {
          ancestors: [
            { digests: [{ gitCommit: '0'.repeat(40) }], requirements: [requirement('base', MODEL, ['trainer'])] },
          ],
        },
      },
      '/lineage/ancestors/0/digests/0',
    ],
    [
      'with an origin accepted by a digest of a log',
      { lineage: { origins: { accept: [{ digest: { stemmaLogTreeV1: '0'.repeat(64) }, reason: 'old' }] } } },
      '/lineage/origins/accept/0',
    ],
  ])('exits 1 on a policy %s: it can never pass', async (_, more, at) => {
    expect(await findings(draft(more))).toEqual({
      exitCode: 1,
      found: [{ level: 'problem', at, message: expect.any(String) }],
    });
  });

  it('exits 1 where the only signer of a requirement is revoked', async () => {
    const shown = await runStemma(['key', 'show', 'p256.pub', '--json'], { cwd: dir });
    const fingerprint = onlyDocument(shown.stdout).result?.['fingerprint'];

    const { exitCode, found } = await findings(draft({ revoked: { keys: [{ fingerprint, reason: 'lost' }] } }));

    expect(exitCode).toBe(1);
    expect(found).toEqual([
      { level: 'problem', at: '/requirements/0/signers', message: 'never met: 0 of its signers are not revoked, of 1' },
    ]);
  });

  const inline = (): Draft =>
    draft({ trust: { keys: { trainer: { publicKey: readFileSync(path.join(KEYS, 'p256.pub'), 'utf8') } } } });

  it('reads a signed policy with the key of its author, and no other', async () => {
    const signed = await signedPolicy(inline(), path.join(KEYS, 'p384.key'));

    expect((await check(signed, '--policy-key', 'p384.pub')).stdout).toContain('signed by p384.pub');
    expect((await check(signed, '--policy-key', 'p256.pub')).exitCode).toBe(2);
    expect((await check(signed)).exitCode).toBe(2);
  });

  it.each<readonly [string, Draft | string, RegExp]>([
    ['that is empty', '', /expected a document|expected/],
    ['with an unknown field', draft({ requirement: [] }), /requirement/],
    ['whose key file is not there', draft({ trust: { keys: { trainer: { publicKey: 'none.pub' } } } }), /none\.pub/],
    [
      'that holds a private key',
      draft({ trust: { keys: { trainer: { publicKey: readFileSync(path.join(KEYS, 'p256.key'), 'utf8') } } } }),
      /private/,
    ],
    [
      'whose key is not the one of the fingerprint',
      draft({ trust: { keys: { trainer: { publicKey: 'p256.pub', fingerprint: '0'.repeat(64) } } } }),
      /expected the key with fingerprint 0/,
    ],
    [
      'with a threshold that one key under two names cannot meet',
      draft({
        trust: { keys: { trainer: { publicKey: 'p256.pub' }, other: { publicKey: 'p256.pub' } } },
        requirements: [requirement('weights', MODEL, [], { signers: { anyOf: ['trainer', 'other'], threshold: 2 } })],
      }),
      /are 1 distinct signer/,
    ],
  ])('exits 2 on a policy %s', async (_, policy, message) => {
    const { exitCode, stderr } = await check(policy);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('PRIVATE KEY');
  });
});
