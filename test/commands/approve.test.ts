import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { renderApprove } from '../../src/cli/render/approve.ts';
import type { ApproveResult } from '../../src/core/attest/index.ts';
import { parseApproval } from '../../src/core/attestation/index.ts';
import { expectInert } from '../cli/inert.ts';
import { DIGITS, KEYS, statementsOf } from '../core/attest/support.ts';
import { tempDir } from '../core/model/support.ts';
import { type CliResult, onlyDocument, runStemma } from '../support/cli.ts';

let dir: string;

beforeEach(() => {
  dir = tempDir();
  cpSync(path.join(DIGITS, 'finetuned'), path.join(dir, 'model'), { recursive: true });
  cpSync(path.join(KEYS, 'p256.key'), path.join(dir, 'qa.key'));
  cpSync(path.join(KEYS, 'p256.pub'), path.join(dir, 'qa.pub'));
  chmodSync(path.join(dir, 'qa.key'), 0o600);
});

const stemma = (args: readonly string[]): Promise<CliResult> => runStemma(args, { cwd: dir });
const approve = (...more: readonly string[]): Promise<CliResult> =>
  stemma(['approve', 'model', '--key', 'qa.key', ...more]);
const wrote = (): boolean => readdirSync(path.join(dir, 'model')).includes('model.attestations.jsonl');
const verify = (...more: readonly string[]): Promise<CliResult> =>
  stemma(['verify', 'model', '--key', 'qa.pub', ...more]);
const REQUIRE = ['--require', 'https://w3id.org/stemma/approval/v1'];

describe('stemma approve', () => {
  it('appends an approval of these bytes, which verify finds', async () => {
    const { exitCode, stdout, stderr } = await approve('--as', 'reviewer', '--comment', 'read it');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\napproved as reviewer\nsigned by [^\n]*\nwrote model\.attestations\.jsonl\n$/);
    const [found] = statementsOf(path.join(dir, 'model'));
    expect(parseApproval(found!.statement)).toMatchObject({ role: 'reviewer', comment: 'read it' });

    await stemma(['sign', 'model', '--key', 'qa.key']);
    const verified = await verify(...REQUIRE, '--json');
    expect(verified.exitCode).toBe(0);
    expect(onlyDocument(verified.stdout).result).toMatchObject({
      claimed: expect.arrayContaining([{ name: 'approved', value: 'as reviewer', by: 'qa.pub' }]),
    });
  });

  it('is no approval of other bytes', async () => {
    await approve('--as', 'reviewer');
    writeFileSync(path.join(dir, 'model/config.json'), '{}');
    await stemma(['sign', 'model', '--key', 'qa.key']);

    const { exitCode, stdout } = await verify(...REQUIRE);

    expect(exitCode).toBe(3);
    expect(stdout).toContain('required: https://w3id.org/stemma/approval/v1: no such statement about these bytes');
  });

  it('is no identity statement: who approves has not said what the model is', async () => {
    await approve('--as', 'reviewer');

    expect((await verify()).exitCode).toBe(3);
  });

  it('leaves what it leaves out to be seen, and is found again under it', async () => {
    await approve('--as', 'reviewer', '--ignore', 'README.md');
    await stemma(['sign', 'model', '--key', 'qa.key']);

    expect((await verify(...REQUIRE)).exitCode).toBe(0);
  });

  it('writes equal bytes for equal inputs, and nothing the second time', async () => {
    await approve('--as', 'reviewer', '--approved-on', '2026-11-23');
    const before = readFileSync(path.join(dir, 'model/model.attestations.jsonl'), 'utf8');
    const again = await approve('--as', 'reviewer', '--approved-on', '2026-11-23', '--json');

    expect(onlyDocument(again.stdout).result).toMatchObject({
      role: 'reviewer',
      approvedOn: '2026-11-23T00:00:00.000Z',
      written: [],
    });
    expect(readFileSync(path.join(dir, 'model/model.attestations.jsonl'), 'utf8')).toBe(before);
  });

  it.each<[string, readonly string[]]>([
    ['no role', []],
    ['a role in capitals', ['--as', 'Reviewer']],
    ['a role with a space', ['--as', 'release manager']],
    ['an empty comment', ['--as', 'reviewer', '--comment', '']],
    ['a comment with a token in it', ['--as', 'reviewer', '--comment', `hf_${'a1'.repeat(15)}`]],
    ['a comment that is too long', ['--as', 'reviewer', '--comment', 'a'.repeat(4097)]],
    ['a time that is none', ['--as', 'reviewer', '--approved-on', 'today']],
    ['a name that is a path', ['--as', 'reviewer', '--name', '/home/me/model']],
    ['a folder for the evidence inside the model', ['--as', 'reviewer', '--output-dir', 'model/sub']],
  ])('refuses %s before it writes anything', async (_, more) => {
    const { exitCode, stdout } = await approve(...more);

    expect([exitCode, stdout]).toEqual([2, '']);
    expect(wrote()).toBe(false);
  });

  it('refuses a model that is not there, and to sign without a key', async () => {
    expect((await stemma(['approve', 'none', '--key', 'qa.key', '--as', 'reviewer'])).exitCode).toBe(2);
    expect((await stemma(['approve', 'model', '--as', 'reviewer'])).exitCode).toBe(2);
  });

  it('prints a name that would act as text', () => {
    const result: ApproveResult = {
      name: '\u001b[31mmodel\n::error::',
      kind: 'file',
      files: 1,
      bytes: 1,
      digests: { sha256: 'ab'.repeat(32) },
      role: 'reviewer',
      signer: { type: 'p256', fingerprint: 'cd'.repeat(32) },
      written: [],
    };

    expectInert(renderApprove(result, { color: false, unicode: true, verbose: false }));
  });
});
