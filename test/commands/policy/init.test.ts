import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/index.ts';
import { type CliResult, onlyDocument, runStemma } from '../../support/cli.ts';
import { type Actor, type Family, makeFamily } from '../../support/family.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-init-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const TIME = '2026-11-23T00:00:00Z';
const keys = (flag: string, ...actors: readonly Actor[]): string[] =>
  actors.flatMap((each) => [flag, `keys/${each}.pub`]);
const stemma = (...args: readonly string[]): Promise<CliResult> => runStemma(args, { cwd: dir });
const init = (model: string, file: string, ...args: readonly string[]): Promise<CliResult> =>
  stemma('policy', 'init', model, '-o', file, '--time', TIME, ...args);
const read = (file: string) => parsePolicy(readFileSync(path.join(dir, file)), 'yaml');
const verify = (model: string, file: string): Promise<CliResult> =>
  stemma('verify', model, '--policy', file, '--time', TIME);

describe('stemma policy init', () => {
  it('writes what a model and its ancestors met, which passes policy check and verify', async () => {
    const trust = [
      ...keys('--key', 'release', 'qa', 'auditor'),
      ...keys('--ancestor-key', 'release', 'trainer-one', 'trainer-two', 'publisher', 'data-owner'),
    ];
    const { exitCode, stdout } = await init('merged-gguf', 'all.yaml', ...trust);

    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/^wrote all\.yaml, in force until 2027-02-21T00:00:00Z\n/),
    ]);
    const policy = read('all.yaml');
    expect(policy.requirements.map(({ id, signers }) => [id, signers.anyOf])).toEqual([
      ['weights', ['release']],
      ['tested', ['qa', 'auditor']],
      ['trained', ['release']],
      ['evaluated', ['qa', 'auditor']],
    ]);
    expect(
      policy.lineage?.ancestors?.map(({ relations, requirements }) => [relations, requirements[0]?.signers.anyOf]),
    ).toEqual(
      expect.arrayContaining([
        [['merged-from'], ['trainer-one', 'trainer-two']],
        [['finetuned-from'], ['publisher']],
        [['trained-on'], ['data-owner']],
        [['evaluated-on'], ['data-owner']],
      ]),
    );
    // It is no ancestor: a policy that allows it among them says more than was meant.
    expect(policy.lineage?.allow?.relations).not.toContain('evaluated-on');
    expect(await stemma('policy', 'check', 'all.yaml')).toMatchObject({ exitCode: 0 });
    const verified = await verify('merged-gguf', 'all.yaml');
    expect(verified).toMatchObject({ exitCode: 0 });
    expect(verified.stdout).not.toContain('nobody is trusted');
  });

  it('takes keys of ancestors from the variable of verify and lineage', async () => {
    const { exitCode } = await runStemma(
      ['policy', 'init', 'base', '-o', 'env.yaml', ...keys('--key', 'publisher'), '--time', TIME],
      { cwd: dir, env: { STEMMA_ANCESTOR_KEYS: 'keys/data-owner.pub' } },
    );

    expect(exitCode).toBe(0);
    expect(read('env.yaml').lineage?.ancestors?.map(({ relations }) => relations)).toEqual([['trained-on']]);
  });

  it('writes a policy that another model of the family does not meet', async () => {
    await init('merged-gguf', 'one.yaml', ...keys('--key', 'release'));

    expect((await verify('merged-gguf', 'one.yaml')).exitCode).toBe(0);
    // Of the same signer, and without a test.
    expect((await verify('base', 'one.yaml')).exitCode).not.toBe(0);
    expect((await verify('finetuned', 'one.yaml')).exitCode).not.toBe(0);
  });

  it('asks for nothing that somebody else signed, and says what there was', async () => {
    await init('merged-gguf', 'few.yaml', ...keys('--key', 'release'));
    const text = readFileSync(path.join(dir, 'few.yaml'), 'utf8');

    expect(read('few.yaml').requirements.map(({ id }) => id)).toEqual(['weights', 'trained']);
    expect(text).toContain(
      '# Not asked for, signed by others or about others: 2 of "https://w3id.org/stemma/evaluation/v1".',
    );
    expect(text).toContain('# Nothing is asked of ancestors');
    expect(read('few.yaml').lineage).toBeUndefined();
  });

  it('can be signed as it is', async () => {
    await init('merged-gguf', 'signable.yaml', ...keys('--key', 'release'));
    await family.stemma('policy', 'sign', 'signable.yaml', '--key', family.key('auditor'), '-o', 'signed.json');
    const { exitCode } = await stemma(
      'verify',
      'merged-gguf',
      '--policy',
      'signed.json',
      '--policy-key',
      'keys/auditor.pub',
    );

    expect(exitCode).toBe(0);
  });

  it.each<readonly [string, readonly Actor[], number]>([
    ['by somebody else', ['publisher'], 1],
    ['by nobody', [], 2],
  ])('writes nothing for a model that is signed %s', async (_, actors, code) => {
    const { exitCode } = await init('merged-gguf', 'none.yaml', ...keys('--key', ...actors));

    expect([exitCode, existsSync(path.join(dir, 'none.yaml'))]).toEqual([code, false]);
  });

  it('writes nothing for a model that was changed, and gives its report', async () => {
    cpSync(family.member('base'), path.join(dir, 'changed'), { recursive: true });
    writeFileSync(path.join(dir, 'changed/config.json'), '{"changed":true}');
    const { stdout } = await init('changed', 'none.yaml', ...keys('--key', 'publisher'), '--json');

    expect(onlyDocument(stdout)).toMatchObject({ exitCode: 1, result: { result: 'fail' } });
    expect(existsSync(path.join(dir, 'none.yaml'))).toBe(false);
  });

  it('does not overwrite a file, unless told to, nor write into the model', async () => {
    writeFileSync(path.join(dir, 'mine.yaml'), 'mine');

    expect((await init('base', 'mine.yaml', ...keys('--key', 'publisher'))).exitCode).toBe(2);
    expect(readFileSync(path.join(dir, 'mine.yaml'), 'utf8')).toBe('mine');
    expect((await init('base', 'base/p.yaml', ...keys('--key', 'publisher'))).exitCode).toBe(2);
    expect((await init('base', 'mine.yaml', '--force', ...keys('--key', 'publisher'))).exitCode).toBe(0);
  });

  it('quotes a hostile name, so that no line of the policy is the attacker’s', async () => {
    const hostile = 'a\n - b: *x\n#"';
    cpSync(family.member('base'), path.join(dir, hostile), { recursive: true });
    const { exitCode } = await init(hostile, 'hostile.yaml', ...keys('--key', 'publisher'));

    expect(exitCode).toBe(0);
    expect(read('hostile.yaml').name).toBe(hostile);
    expect((await verify(hostile, 'hostile.yaml')).exitCode).toBe(0);
  });
});
