import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBundle, parseStatement, parseVsa } from '../../src/core/attestation/index.ts';
import { tempDir } from '../core/model/support.ts';
import { type Draft, MODEL, PROVENANCE } from '../support/policies.ts';
import {
  type Decided,
  decide,
  descentPolicy,
  makeDescent,
  stemma,
  strip,
  stripFrom,
} from './policy-ancestors-support.ts';
import { requirementOf } from './policy-support.ts';

const GATE = 'https://gate.example/v1';
const ANCESTORS = ['--ancestor-key', 'publisher.pub'];
const NOW = ['--time', '2026-11-24'];
let prepared: string;

beforeAll(async () => {
  prepared = await makeDescent();
});

afterAll(() => rmSync(prepared, { recursive: true, force: true }));

function copy(): string {
  const dir = tempDir();
  cpSync(prepared, dir, { recursive: true });
  return dir;
}

/** The gate's verdict over `base`, in `vsa.jsonl`. */
async function summarise(dir: string, args: readonly string[]) {
  const own = ['--vsa', 'vsa.jsonl', '--vsa-key', 'gate.key', '--verifier-id', GATE];
  const { exitCode } = await stemma(
    dir,
    'verify',
    'base',
    '--key',
    'publisher.pub',
    ...own,
    '--time',
    '2026-11-20',
    ...args,
  );
  return exitCode;
}

function levelsIn(dir: string): readonly string[] {
  const text = readFileSync(path.join(dir, 'vsa.jsonl'), 'utf8').trimEnd();
  return parseVsa(parseStatement(parseBundle(text, 'the summary').envelope)).verifiedLevels;
}

/** Nobody is asked for ancestors but the gate, whose summary stops there. */
const stopping = (rule: Draft = {}, lineage: Draft = {}): Draft =>
  descentPolicy({
    ancestors: undefined,
    stopAt: [{ vsa: { verifier: GATE, signers: { anyOf: ['gate'] }, ...rule } }],
    ...lineage,
  });

const judged = (dir: string, policy: Draft): Promise<Decided> =>
  decide(dir, policy, '--attestations', 'vsa.jsonl', ...NOW);
const parents = (report: Decided) => requirementOf(report, 'lineage-parents');

describe('the level by which a summary says that the lineage was verified', () => {
  const LEVEL = 'STEMMA_LINEAGE_VERIFIED';

  it('is written where every link and every origin was verified, beside the levels of the caller', async () => {
    const dir = copy();

    expect(await summarise(dir, ANCESTORS)).toBe(0);
    expect(levelsIn(dir)).toEqual([LEVEL, 'STEMMA_VERIFIED']);
    expect(await summarise(dir, [...ANCESTORS, '--vsa-level', 'ACME_L1'])).toBe(0);
    expect(levelsIn(dir)).toEqual(['ACME_L1', LEVEL]);
  });

  it('is written where a policy says the same', async () => {
    const dir = copy();
    writeFileSync(
      path.join(dir, 'base.json'),
      JSON.stringify({
        ...descentPolicy({ origins: {} }),
        requirements: [{ id: 'weights', predicateType: MODEL, signers: { anyOf: ['publisher'] } }],
      }),
    );

    expect(await summarise(dir, ['--policy', 'base.json'])).toBe(0);
    expect(levelsIn(dir)).toContain(LEVEL);
  });

  it.each<readonly [string, (dir: string) => void, readonly string[], number]>([
    ['of a run that trusts nobody for ancestors', () => undefined, [], 0],
    [
      'where an ancestor does not say what it was made from',
      (dir) => stripFrom(dir, 'base/model.attestations.jsonl', PROVENANCE, 'grand'),
      ANCESTORS,
      0,
    ],
    [
      'where the model itself does not',
      (dir) => stripFrom(dir, 'base/model.attestations.jsonl', PROVENANCE, 'base'),
      ANCESTORS,
      3,
    ],
    ['where a link is not verified', () => undefined, ['--ancestor-key', 'trainer.pub'], 3],
  ])('is not written %s', async (_, spoil, args, exitCode) => {
    const dir = copy();
    spoil(dir);

    expect(await summarise(dir, args)).toBe(exitCode);
    expect(levelsIn(dir)).not.toContain(LEVEL);
  });

  it.each(['warn', 'unstated'])('is not written where a policy lets something of it go: %s', async (what) => {
    const dir = copy();
    if (what === 'unstated') stripFrom(dir, 'base/model.attestations.jsonl', PROVENANCE, 'grand');
    const lineage =
      what === 'warn'
        ? { ancestors: undefined, unknownParent: 'warn', maxDepth: 9 }
        : { origins: { unstated: 'warn' } };
    const requirements = [{ id: 'weights', predicateType: MODEL, signers: { anyOf: ['publisher'] } }];
    writeFileSync(path.join(dir, 'base.json'), JSON.stringify({ ...descentPolicy(lineage), requirements }));

    expect(await summarise(dir, ['--policy', 'base.json'])).toBe(0);
    expect(levelsIn(dir)).not.toContain(LEVEL);
  });

  it.each([LEVEL, 'STEMMA_VERIFIED', 'STEMMA_ANYTHING'])('cannot be given by hand: %s', async (level) => {
    expect(await summarise(copy(), ['--vsa-level', level])).toBe(2);
  });
});

describe('lineage.stopAt', () => {
  it('takes a summary for an ancestor and for all that it came from', async () => {
    const dir = copy();
    await summarise(dir, ANCESTORS);
    const found = await judged(dir, stopping({}, { origins: {} }));

    expect([found.exitCode, parents(found)?.message]).toEqual([0, '1 ancestor verified']);
    expect(found.lineage.nodes.find(({ name }) => name === 'base')).toMatchObject({
      outcome: 'pass',
      signers: ['gate'],
    });
  });

  it('stands for the origin of what its summary is about, though nobody else states that', async () => {
    const dir = copy();
    await summarise(dir, ANCESTORS);
    strip(dir, PROVENANCE, 'base');
    const found = await judged(dir, stopping({}, { origins: {} }));

    expect(found.exitCode).toBe(0);
    expect(found.lineage.nodes.find(({ name }) => name === 'base')?.origin).toBe('vouched');
  });

  it('takes no summary of a run that did not look at ancestors, unless the policy names its levels', async () => {
    const dir = copy();
    await summarise(dir, ['--vsa-level', 'ACME_L2']);
    const found = await judged(dir, stopping());

    expect(found.exitCode).toBe(3);
    expect(parents(found)).toMatchObject({
      outcome: 'missing',
      message: expect.stringContaining(
        `the summary by ${GATE} does not say that the lineage was verified: expected the level STEMMA_LINEAGE_VERIFIED`,
      ),
    });
    expect((await judged(dir, stopping({ levels: ['ACME_L2'] }))).exitCode).toBe(0);
    const lacking = await judged(dir, stopping({ levels: ['ACME_L2', 'ACME_L3'] }));
    expect(lacking.exitCode).toBe(3);
    expect(parents(lacking)?.message).toContain('does not have the level ACME_L3');
  });

  it.each<readonly [string, Draft, readonly string[], number, string, RegExp]>([
    ['older than allowed', { maxAge: '3d', time: 'claimed' }, NOW, 3, 'missing', /does not stand: expired: made at/],
    ['young enough', { maxAge: '5d', time: 'claimed' }, NOW, 0, 'pass', /1 ancestor verified/],
    [
      'whose time only its signer states',
      { maxAge: '5d' },
      NOW,
      3,
      'unknown',
      /only its signer says when it was made, and time: claimed is not set/,
    ],
    ['of the future', { maxAge: '5d', time: 'claimed' }, ['--time', '2026-11-19'], 3, 'unknown', /later than now/],
    ['by another verifier', { verifier: 'https://other.example' }, NOW, 3, 'missing', /nobody is trusted$/],
    [
      'by too few',
      { signers: { anyOf: ['gate', 'stranger'], threshold: 2 } },
      NOW,
      3,
      'missing',
      /has 1 of 2 distinct signers/,
    ],
    ['by a key that is not asked for', { signers: { anyOf: ['stranger'] } }, NOW, 3, 'missing', /nobody is trusted$/],
  ])('decides about a summary %s', async (_, rule, time, exitCode, outcome, message) => {
    const dir = copy();
    await summarise(dir, ANCESTORS);
    const found = await decide(dir, stopping(rule), '--attestations', 'vsa.jsonl', ...time);

    expect(found.exitCode).toBe(exitCode);
    expect(parents(found)).toMatchObject({ outcome, message: expect.stringMatching(message) });
  });

  it('takes no summary that says FAILED', async () => {
    const dir = copy();
    expect(await summarise(dir, ['--ancestor-key', 'trainer.pub'])).toBe(3);
    const found = await judged(dir, stopping({ levels: ['FAILED'] }));

    expect([found.exitCode, parents(found)?.message]).toEqual([3, expect.stringContaining('says FAILED')]);
  });

  it('takes no summary by a key that the policy has revoked', async () => {
    const dir = copy();
    await summarise(dir, ANCESTORS);
    const shown = JSON.parse((await stemma(dir, 'key', 'show', 'gate.pub', '--json')).stdout);
    const revoked = { keys: [{ fingerprint: shown.result.fingerprint, reason: 'lost' }] };

    expect((await judged(dir, { ...stopping(), revoked })).exitCode).toBe(3);
  });

  it('takes no summary about something else', async () => {
    const dir = copy();
    const own = ['--vsa', 'vsa.jsonl', '--vsa-key', 'gate.key', '--verifier-id', GATE];
    await stemma(dir, 'verify', 'grand', '--key', 'publisher.pub', ...ANCESTORS, ...own);

    expect((await judged(dir, stopping())).exitCode).toBe(3);
  });

  it('asks the rules where no summary stands, and follows the lineage', async () => {
    const dir = copy();
    await summarise(dir, []);
    const found = await judged(
      dir,
      descentPolicy({ stopAt: [{ vsa: { verifier: GATE, signers: { anyOf: ['gate'] } } }] }),
    );

    expect([found.exitCode, parents(found)?.message]).toEqual([0, '3 ancestors verified']);
  });
});
