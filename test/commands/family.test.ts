import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onlyDocument, runStemma } from '../support/cli.ts';
import { type Actor, type Family, type Member, makeFamily } from '../support/family.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-family-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const SIGNED: readonly (readonly [Member, Actor])[] = [
  ['base', 'publisher'],
  ['finetuned', 'trainer-one'],
  ['finetuned-upright', 'trainer-two'],
  ['adapter', 'trainer-one'],
  ['merged', 'release'],
  ['merged-slerp', 'release'],
  ['adapter-merged', 'release'],
  ['merged-gguf', 'release'],
  ['fp16', 'release'],
  ['resharded', 'release'],
];

describe('the family of fixtures/digits, attested by seven signers', () => {
  it.each(SIGNED)('verifies %s with the key of its signer, %s', async (member, actor) => {
    const { exitCode } = await runStemma(['verify', family.member(member), '--key', family.pub(actor)]);

    expect(exitCode).toBe(0);
  });

  it.each<readonly [Member, Actor, number]>([
    ['merged-gguf', 'publisher', 1],
    ['merged-gguf', 'trainer-one', 1],
    ['finetuned', 'publisher', 1],
    ['finetuned', 'trainer-two', 3],
  ])('does not take %s for signed by %s, who signed an ancestor or a sister: exit %i', async (member, actor, code) => {
    const { exitCode } = await runStemma(['verify', family.member(member), '--key', family.pub(actor)]);

    expect(exitCode).toBe(code);
  });

  it('carries the evidence of every ancestor of the release', async () => {
    const lines = readFileSync(path.join(family.member('merged-gguf'), 'model.attestations.jsonl'), 'utf8');
    const names = [...subjects(lines)].toSorted();

    expect(names).toEqual(['base', 'data', 'data-rotated', 'finetuned', 'finetuned-upright', 'merged', 'merged-gguf']);
  });

  it('verifies the release down to its data, each by its own signer, and computes it again from the merge', async () => {
    const ancestors = ['data-owner', 'publisher', 'trainer-one', 'trainer-two', 'release'] as const;
    const verify = ['verify', family.member('merged-gguf'), '--key', family.pub('release')];
    const keys = ancestors.flatMap((actor) => ['--ancestor-key', family.pub(actor)]);
    const again = ['--recompute', '--parent', family.member('merged')];
    const { exitCode, stdout } = await runStemma([...verify, ...keys, ...again]);

    expect(stdout).toContain('all 6 tensors are bit for bit what "merged" gives');
    expect(stdout).toMatch(/PASS: verified: .*links to ancestors verified/);
    expect(exitCode).toBe(0);
  });

  it('computes the merge again from the models of two trainers', async () => {
    const parents = [family.member('finetuned'), family.member('finetuned-upright')];
    const verify = ['verify', family.member('merged'), '--key', family.pub('release'), '--recompute'];

    expect(await runStemma([...verify, ...parents.flatMap((parent) => ['--parent', parent])])).toMatchObject({
      exitCode: 0,
    });
    expect(await runStemma([...verify, '--parent', parents[0] ?? ''])).toMatchObject({ exitCode: 3 });
    expect(await runStemma([...verify, '--parent', family.member('base')])).toMatchObject({ exitCode: 1 });
  });

  it('requires the evaluation by QA, computed once more from the predictions', async () => {
    const args = ['verify', family.member('merged-gguf'), '--key', family.pub('release'), '--require', 'evaluation'];
    const predictions = path.join(dir, 'predictions/merged-gguf.jsonl');
    const both = await runStemma([...args, '--key', family.pub('qa'), '--predictions', predictions, '--json']);

    expect(onlyDocument(both.stdout)).toMatchObject({ exitCode: 0, ok: true });
    expect((await runStemma(args)).exitCode).toBe(3);
  });
});

/** Names of everything that the lines are about. */
function* subjects(lines: string): Generator<string> {
  const seen = new Set<string>();
  for (const line of lines.trimEnd().split('\n')) {
    const bundle: { dsseEnvelope: { payload: string } } = JSON.parse(line);
    const statement: { subject: { name: string }[] } = JSON.parse(
      Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8'),
    );
    for (const { name } of statement.subject) if (!seen.has(name)) yield name;
    for (const { name } of statement.subject) seen.add(name);
  }
}
