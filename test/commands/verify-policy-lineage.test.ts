import { appendFileSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { type Family, makeFamily } from '../support/family.ts';
import { type Draft, MODEL, PROVENANCE, releasePolicy, requirement, writePolicy } from '../support/policies.ts';
import { outcomes, payloadOf, policyReport, requirementOf, weights } from './policy-support.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-policy-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const report = (policy: Draft | string, ...args: readonly string[]) => policyReport(dir, policy, args);

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
    expect(stdout).toContain('their parents are not known');
  });

  it('does not let who is trusted for an ancestor say that the model has none', async () => {
    const folder = path.join(dir, 'orphaned');
    cpSync(family.member('merged-gguf'), folder, { recursive: true });
    const file = path.join(folder, 'model.attestations.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.filter((line) => line === '' || !payloadOf(line).includes(PROVENANCE)).join('\n'));
    await family.stemma('attest', 'orphaned', '--key', family.key('data-owner'), '--no-model-sig', '--no-source');
    const policy = writePolicy(dir, { ...lineage({}), requirements: [weights] });
    const { exitCode, stdout } = await runStemma(['verify', 'orphaned', '--policy', policy], { cwd: dir });

    expect(stdout).toContain('their parents are not known');
    expect(exitCode).toBe(3);
  });

  it('takes the licence of an ancestor from those whom its rule asks, and from no others', async () => {
    const policy = {
      ...lineage({ licences: { allow: ['CC-BY-4.0', 'MIT'] } }),
      requirements: [requirement('weights', MODEL, ['trainer-one'])],
    };
    const verified = async (): Promise<readonly unknown[]> => {
      const args = ['verify', 'licensed', '--policy', writePolicy(dir, policy), '--json'];
      const { result, exitCode } = onlyDocument((await runStemma(args, { cwd: dir })).stdout);
      return [exitCode, requirementOf(result as unknown as Report, 'lineage-licences')?.message];
    };
    const saysMit = async (actor: 'publisher' | 'qa'): Promise<void> => {
      const folder = path.join(dir, `licensed-by-${actor}`);
      cpSync(family.member('base'), folder, { recursive: true });
      const file = path.join(folder, 'model.attestations.jsonl');
      rmSync(file);
      const key = ['--key', family.key(actor), '--no-model-sig', '--force'];
      await family.stemma('attest', folder, ...key, '--no-source', '--param', 'license=MIT');
      appendFileSync(path.join(dir, 'licensed', 'model.attestations.jsonl'), readFileSync(file));
    };
    cpSync(family.member('finetuned'), path.join(dir, 'licensed'), { recursive: true });
    expect(await verified()).toEqual([3, 'nobody states the licence of base "base"']);

    await saysMit('qa');
    expect(await verified()).toEqual([3, 'nobody who is asked about it states the licence of base "base"']);

    await saysMit('publisher');
    expect(await verified()).toEqual([0, 'the licences of 3 ancestors are accepted']);
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
