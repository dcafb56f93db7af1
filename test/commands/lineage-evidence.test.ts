import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../fixtures/digits');
const ALONE = 'finetuned.attestations.jsonl';
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-evidence-')));
  for (const name of ['data', 'base', 'finetuned'])
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  for (const who of ['owner', 'publisher', 'trainer', 'stranger'])
    await must('key', 'generate', who, '--no-passphrase', '--quiet');
  await must('dataset', 'attest', 'data', '--key', 'owner.key', '--quiet');
  await must('attest', 'base', '--key', 'publisher.key', '--dataset', 'data', '--no-source', '--quiet');
  const parents = ['--base', 'finetuned-from=base', '--dataset', 'data'];
  await must('attest', 'finetuned', '--key', 'trainer.key', ...parents, '--no-source', '--quiet');
  cpSync(path.join(dir, 'finetuned/model.attestations.jsonl'), path.join(dir, ALONE));
}, 120_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const stemma = (...args: readonly string[]): Promise<CliResult> => runStemma(args, { cwd: dir });

async function must(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await stemma(...args);
  if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}

const TRAINER = ['--key', 'trainer.pub'];
const ALL = [...TRAINER, '--ancestor-key', 'publisher.pub', '--ancestor-key', 'owner.pub'];

/** `lineage … --json`: the report, or the error. */
async function lineage(...args: readonly string[]) {
  const { exitCode, result, error } = onlyDocument((await stemma('lineage', ...args, '--json')).stdout);
  return { exitCode, error, report: result as unknown as Report };
}

const outcomes = ({ lineage: { nodes } }: Report): Record<string, string> =>
  Object.fromEntries(nodes.filter(({ depth }) => depth < 3).map(({ name, outcome }) => [name ?? '', outcome]));
const bytes = ({ checks }: Report) => checks.find(({ id }) => id === 'match.bytes');
const lines = (): string[] => readFileSync(path.join(dir, ALONE), 'utf8').trimEnd().split('\n');
const put = (name: string, text: readonly string[]): string => {
  writeFileSync(path.join(dir, name), `${text.join('\n')}\n`);
  return name;
};

describe('stemma lineage without the bytes', () => {
  it('verifies who signed what from the attestations alone, and never passes', async () => {
    const { exitCode, report } = await lineage(ALONE, ...ALL);

    expect([exitCode, report.result, report.mode]).toEqual([3, 'incomplete', 'evidence-only']);
    expect(outcomes(report)).toEqual({ finetuned: 'unknown', base: 'pass', data: 'pass' });
    expect(bytes(report)).toMatchObject({ outcome: 'unknown', required: true });
    expect(report.subject).toMatchObject({ files: 0, bytes: 0, digests: {} });
    expect([report.verified, report.signers]).toEqual([[], []]);
    expect(report.verdict).toBe(
      `not decided: signed by trainer.pub, under the name "finetuned" in "${ALONE}"; the bytes were not read; 3 links to ancestors verified`,
    );
  });

  it.each(['tree', 'json', 'mermaid', 'dot', 'svg'])('says so as %s', async (format) => {
    const { exitCode, stdout } = await stemma('lineage', '--attestations', ALONE, ...ALL, '--format', format);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('bytes were not read');
  });

  it('reads the same of a digest set from a store', async () => {
    await must('store', 'add', 'finetuned', '--store', 'st');
    const { digests } = onlyDocument(await must('digest', 'finetuned', '--json')).result as {
      digests: Record<string, string>;
    };
    const set = `stemmaFileTreeV1:${digests['stemmaFileTreeV1']}`;
    const { exitCode, report } = await lineage(set, '--store', 'st', ...ALL);
    expect(exitCode).toBe(3);
    expect(outcomes(report)).toEqual({ finetuned: 'unknown', base: 'pass', data: 'pass' });

    const other = await lineage(`stemmaFileTreeV1:${'0'.repeat(64)}`, '--store', 'st', ...ALL);
    expect([other.exitCode, bytes(other.report)?.outcome]).toEqual([3, 'missing']);
    expect(other.report.lineage.edges).toEqual([]);
    expect((await lineage(set, '--store', 'nowhere', ...ALL)).error).toBeDefined();
  });

  it('takes from a store what did not come with the model, which is then verified whole', async () => {
    cpSync(path.join(dir, 'finetuned'), path.join(dir, 'bare'), { recursive: true });
    writeFileSync(path.join(dir, 'bare/model.attestations.jsonl'), `${lines().slice(-2).join('\n')}\n`);
    await must('store', 'add', ALONE, '--store', 'parents');
    expect((await lineage('bare', ...ALL)).exitCode).toBe(3);
    expect((await lineage('bare', ...ALL, '--store', 'parents')).exitCode).toBe(0);
  });

  it('is missing an ancestor whom nobody trusted signed for', async () => {
    const { exitCode, report } = await lineage(ALONE, ...TRAINER, '--ancestor-key', 'owner.pub');
    expect(exitCode).toBe(3);
    expect(outcomes(report)).toMatchObject({ base: 'missing' });
    expect(report.verdict).toMatch(/^not verified: .*finetuned-from.*; the bytes were not read$/);
  });

  it('knows no model where nobody who is trusted signed one', async () => {
    const { exitCode, report } = await lineage(ALONE, '--key', 'stranger.pub', '--ancestor-key', 'publisher.pub');
    expect([exitCode, bytes(report)?.outcome]).toEqual([3, 'missing']);
    expect(report.lineage.edges).toEqual([]);
  });

  it('does not take a changed payload for what its signer signed', async () => {
    const forged = lines().map((line) => {
      const bundle = JSON.parse(line);
      const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString();
      bundle.dsseEnvelope.payload = Buffer.from(payload.replaceAll('finetuned-from', 'distilled-from')).toString(
        'base64',
      );
      return JSON.stringify(bundle);
    });
    const { report } = await lineage(put('forged.attestations.jsonl', forged), ...ALL);
    expect(report.lineage.edges.filter(({ relation }) => relation === 'distilled-from')).toEqual([]);
    expect(
      report.checks.filter(({ id, outcome }) => id === 'authenticate.signature' && outcome === 'fail'),
    ).not.toEqual([]);
  });

  it('says that a file is malformed where nothing in it can be read', async () => {
    const { exitCode, report } = await lineage(put('junk.attestations.jsonl', ['{"a":', 'x']), ...ALL);
    expect([exitCode, report.result]).toEqual([4, 'malformed']);
  });

  it('does not choose between two models of one signer', async () => {
    mkdirSync(path.join(dir, 'other'));
    writeFileSync(path.join(dir, 'other/config.json'), '{}\n');
    await must('attest', 'other', '--key', 'trainer.key', '--no-source', '--quiet');
    const others = readFileSync(path.join(dir, 'other/model.attestations.jsonl'), 'utf8').trimEnd().split('\n');
    const { exitCode, error } = await lineage(put('two.attestations.jsonl', [...lines(), ...others]), ...TRAINER);
    expect([exitCode, error?.code]).toEqual([2, 'USAGE']);
    expect(error?.hint).toMatch(/stemmaFileTreeV1:.* or .*stemmaFileTreeV1:/);
  });

  it.each([
    ['nobody to trust', [ALONE], 'TRUST_ROOT_MISSING'],
    ['nothing to read', TRAINER, 'USAGE'],
    ['--fast', [ALONE, ...TRAINER, '--fast'], 'USAGE'],
    ['--integrity-only', [ALONE, '--integrity-only'], 'USAGE'],
    ['a file that is not there', ['none.attestations.jsonl', ...TRAINER], 'PATH_NOT_FOUND'],
    ['a picture over its evidence', [ALONE, ...TRAINER, '-o', ALONE], 'USAGE'],
  ] as const)('refuses %s', async (_, args, code) => {
    const { exitCode, error } = await lineage(...args);
    expect([exitCode, error?.code]).toEqual([2, code]);
  });
});
