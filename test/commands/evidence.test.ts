import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL, Scene } from './evidence-support.ts';

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

describe('stemma evidence export', () => {
  it('is the same bytes each time, and never over another file', async () => {
    await must('evidence', 'export', 'finetuned', '--parent', 'base', '--parent', 'data', '-o', 'again.car', '--quiet');
    expect(text('again.car')).toEqual(text('evidence.car'));
    expect((await report('evidence', 'export', 'finetuned', '-o', 'again.car')).error?.code).toBe('WOULD_OVERWRITE');
  });

  it('names the parents about which it found nothing', async () => {
    const { exitCode, report: result } = await report('evidence', 'export', 'finetuned', '-o', 'alone.car', '--force');
    expect(exitCode).toBe(0);
    expect((result as unknown as { missing: unknown[] }).missing).toHaveLength(2);
    expect((await stemma('evidence', 'export', 'finetuned', '-o', 'alone.car', '--force')).stdout).toMatch(
      /(no statement about .*\n){2}.*--parent or --store/,
    );
  });

  it('takes what a store knows of ancestors', async () => {
    const exported = await report('evidence', 'export', 'finetuned', '--store', 'store', '-o', 'stored.car');
    expect((exported.report as unknown as { missing: unknown[] }).missing).toEqual([]);
    expect((await report('verify', 'bare/finetuned', ...ALL, '--evidence', 'stored.car')).exitCode).toBe(0);
  });

  it('refuses a model without any evidence, and writes nothing', async () => {
    expect(await report('evidence', 'export', 'bare/base', '-o', 'none.car')).toMatchObject({
      exitCode: 3,
      error: { code: 'EVIDENCE_MISSING' },
    });
    expect(existsSync(path.join(dir, 'none.car'))).toBe(false);
  });

  it('refuses a private key as a recipient', async () => {
    const key = text('auditor.age').toString().split('\n')[1] ?? '';
    const { exitCode, stderr, stdout } = await stemma('evidence', 'export', 'base', '--encrypt-to', key, '-o', 'x.car');
    expect(exitCode).toBe(2);
    expect(stderr + stdout).not.toContain(key);
  });
});

describe('stemma evidence show', () => {
  it('lists what is in a pack', async () => {
    const shown = await must('evidence', 'show', 'evidence.car');
    expect(shown).toContain('model/model.attestations.jsonl');
    expect(shown).toContain('7 files, intact; root bafybei');
    expect(shown).toContain('no signature was checked');
  });

  it('refuses one that was changed, and names file and CID', async () => {
    const bytes = text('evidence.car');
    bytes[bytes.lastIndexOf('mediaType')] = 0x4d;
    expect((await report('evidence', 'show', put('changed.car', bytes))).error).toMatchObject({
      code: 'BLOCK_MISMATCH',
      message: expect.stringMatching(/^"model\/model\.sig" in the pack: .*bafkrei/),
    });
  });
});
