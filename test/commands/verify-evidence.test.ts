import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { runStemma } from '../support/cli.ts';
import { ALL, Scene, TRAINER } from './evidence-support.ts';

let scene: Scene;
let dir: string;

beforeAll(async () => {
  scene = await Scene.make();
  dir = scene.dir;
}, 120_000);

afterAll(() => scene.remove());

const stemma = (...args: readonly string[]) => scene.stemma(...args);
const must = (...args: readonly string[]) => scene.must(...args);
const report = (...args: readonly string[]) => scene.report(...args);
const text = (name: string): Buffer => scene.read(name);
const put = (name: string, bytes: Uint8Array): string => scene.put(name, bytes);
const sourceCheck = ({ checks }: Report) => checks.find(({ id }) => id === 'collect.source');

describe('stemma verify --evidence', () => {
  it('needs nothing else but whom to trust', async () => {
    const { exitCode, report: found } = await report('verify', 'bare/finetuned', ...ALL, '--evidence', 'evidence.car');
    expect([exitCode, found.result]).toEqual([0, 'pass']);
    expect(found.lineage.nodes.map(({ name, outcome }) => [name, outcome])).toEqual(
      expect.arrayContaining([
        ['base', 'pass'],
        ['data', 'pass'],
      ]),
    );
    expect((await stemma('verify', 'bare/finetuned', ...ALL)).exitCode).toBe(3);
  });

  it('finds the manifest in it', async () => {
    const asked = ['verify', 'bare/finetuned', ...TRAINER, '--require', 'manifest', '--evidence'];
    expect((await stemma(...asked, 'evidence.car')).exitCode).toBe(0);
  });

  it('does not pass other bytes: what is about others is about another model', async () => {
    cpSync(path.join(dir, 'bare/finetuned'), path.join(dir, 'bare/changed'), { recursive: true });
    const file = path.join(dir, 'bare/changed/model.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { exitCode, report: found } = await report(
      'verify',
      'bare/changed',
      ...TRAINER,
      '--evidence',
      'evidence.car',
    );
    expect([exitCode, found.result]).toEqual([3, 'incomplete']);
  });

  it('believes nobody because he is in it', async () => {
    const { exitCode } = await stemma(
      'verify',
      'bare/finetuned',
      '--key',
      'stranger.pub',
      '--evidence',
      'evidence.car',
    );
    expect(exitCode).toBe(3);
  });

  it('does not let a parent stand in for its child', async () => {
    const asked = ['verify', 'bare/base', '--key', 'publisher.pub', '--key', 'trainer.pub', '--evidence'];
    expect((await stemma(...asked, 'evidence.car')).exitCode).toBe(3);
  });

  it('skips what is about another model', async () => {
    await must('evidence', 'export', 'base', '-o', 'base.car', '--quiet');
    const { exitCode } = await stemma('verify', 'finetuned', ...TRAINER, '--evidence', 'base.car');
    expect(exitCode).toBe(0);
  });

  it('takes several', async () => {
    await must('evidence', 'export', 'base', '--parent', 'data', '-o', 'of-base.car', '--quiet');
    const packs = ['--evidence', 'alone.car', '--evidence', 'of-base.car'];
    expect((await stemma('verify', 'bare/finetuned', ...ALL, ...packs)).exitCode).toBe(0);
    expect((await stemma('verify', 'bare/finetuned', ...ALL, ...packs.slice(0, 2))).exitCode).toBe(3);
  });

  it('fails on a broken pack, even where the model has evidence of its own', async () => {
    const bytes = text('evidence.car');
    bytes[bytes.lastIndexOf('mediaType')] = 0x4d;
    const broken = put('broken.car', bytes);
    for (const model of ['finetuned', 'bare/finetuned']) {
      const { exitCode, report: found } = await report('verify', model, ...TRAINER, '--evidence', broken);
      expect(exitCode).toBe(1);
      expect(sourceCheck(found)).toMatchObject({ outcome: 'fail', required: true });
      expect(sourceCheck(found)?.message).toMatch(/^"model\/model\.sig" in the pack: .*bafkrei/);
    }
  });

  it.each<[string, (bytes: Buffer) => Buffer, number]>([
    ['cut short', (bytes) => bytes.subarray(0, -100), 4],
    ['empty', () => Buffer.alloc(0), 4],
    ['of text', () => Buffer.from('evidence'), 4],
  ])('is undecided with a pack that is %s', async (_, change, expected) => {
    const broken = put('bad.car', change(text('evidence.car')));
    expect((await stemma('verify', 'finetuned', ...TRAINER, '--evidence', broken)).exitCode).toBe(expected);
  });

  it('says that a pack is not there', async () => {
    expect((await report('verify', 'finetuned', ...TRAINER, '--evidence', 'no.car')).error?.code).toBe(
      'PATH_NOT_FOUND',
    );
  });

  it('leaves nothing in the temporary folder', async () => {
    const temporary = path.join(dir, 'tmp');
    mkdirSync(temporary);
    const asked = ['verify', 'bare/finetuned', ...TRAINER, '--require', 'manifest', '--evidence', 'secret.age'];
    const run = await runStemma([...asked, '--decrypt-with', 'auditor.age'], { cwd: dir, env: { TMPDIR: temporary } });
    expect(run.exitCode).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('gives no verdict that a flipped byte could change', async () => {
    const small = path.join(dir, 'alone.car');
    const bytes = readFileSync(small);
    const step = Math.ceil(bytes.length / 40);
    for (let i = 0; i < bytes.length; i += step) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] as number) ^ 0x10;
      const { exitCode } = await stemma('verify', 'finetuned', ...TRAINER, '--evidence', put('flipped.car', flipped));
      expect([1, 3, 4], `byte ${i}`).toContain(exitCode);
    }
  }, 120_000);
});

describe('an encrypted pack', () => {
  const asked = ['verify', 'bare/finetuned', ...TRAINER, '--evidence', 'secret.age'];

  it('verifies for whom it was encrypted to', async () => {
    expect((await stemma(...asked, '--decrypt-with', 'auditor.age')).exitCode).toBe(0);
    expect(await must('evidence', 'show', 'secret.age', '--decrypt-with', 'auditor.age')).toContain('model/model.sig');
  });

  it('shows nothing of what is in it', () => {
    for (const word of ['model.sig', 'attestations', 'payload', 'bafybei'])
      expect(text('secret.age').includes(word)).toBe(false);
  });

  it('asks for a key where none is given', async () => {
    expect(await report(...asked)).toMatchObject({ exitCode: 2, error: { code: 'USAGE' } });
    expect(await report('evidence', 'show', 'secret.age')).toMatchObject({ exitCode: 2, error: { code: 'USAGE' } });
  });

  it('says that it is for others', async () => {
    const { exitCode, error } = await report(...asked, '--decrypt-with', 'other.age');
    expect([exitCode, error?.code]).toEqual([2, 'RECIPIENT_OTHER']);
  });

  it('takes no key that is none', async () => {
    const { exitCode, error } = await report(...asked, '--decrypt-with', 'trainer.key');
    expect([exitCode, error?.code]).toEqual([4, 'KEY_INVALID']);
  });

  it('is malformed where it was changed', async () => {
    const bytes = text('secret.age');
    bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
    put('changed.age', bytes);
    const changed = [...asked.slice(0, -1), 'changed.age', '--decrypt-with', 'auditor.age'];
    const { exitCode, report: found } = await report(...changed);
    expect(exitCode).toBe(4);
    expect(sourceCheck(found)).toMatchObject({ outcome: 'error', errorClass: 'malformed', required: true });
  });

  it('warns of a key that others can read', async () => {
    writeFileSync(path.join(dir, 'open.age'), text('auditor.age'), { mode: 0o644 });
    expect((await stemma(...asked, '--decrypt-with', 'open.age')).stderr).toContain('can be read by other users');
  });
});

describe('other commands', () => {
  it('lineage takes a pack, with the bytes and without them', async () => {
    expect((await stemma('lineage', 'bare/finetuned', ...ALL, '--evidence', 'evidence.car')).exitCode).toBe(0);
    const alone = await report('lineage', '--evidence', 'evidence.car', ...ALL);
    expect([alone.exitCode, alone.report.mode]).toEqual([3, 'evidence-only']);
  });

  it('dataset verify takes a pack', async () => {
    await must('evidence', 'export', 'data', '-o', 'data.car', '--quiet');
    const asked = ['dataset', 'verify', 'bare/data', '--key', 'owner.pub'];
    expect((await stemma(...asked, '--evidence', 'data.car')).exitCode).toBe(0);
    expect((await stemma(...asked)).exitCode).toBe(3);
    const bytes = text('data.car');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect((await stemma(...asked, '--evidence', put('bad-data.car', bytes))).exitCode).toBe(1);
  });
});
