import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { TRAINER } from './support/keys.ts';
import { runInProcess } from './support/run.ts';
import { prepare, Scene } from './support/scene.ts';

const prepared = await prepare();
const scenes: Scene[] = [];
afterAll(() => {
  for (const scene of scenes) scene.end();
});

const STATEMENT = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'x', digest: { sha256: '00'.repeat(32) } }],
  predicateType: 'https://example.com/v1',
};

/** Nobody's signature over any payload. */
const line = (payload: string): string =>
  JSON.stringify({
    payload: Buffer.from(payload).toString('base64'),
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ sig: 'AAAA' }],
  });

/** Each statement is far from the limits of its own: together they have 1,200,000 values. */
const flood = Array.from({ length: 12 }, (_, i) =>
  line(JSON.stringify({ ...STATEMENT, predicate: { i, list: Array.from({ length: 100_000 }, () => 0) } })),
);

function flooded(arrange: (own: readonly string[]) => readonly string[]): Scene {
  const scene = new Scene(prepared);
  scenes.push(scene);
  scene.onlyLines(...arrange(scene.lines));
  return scene;
}

async function verify(scene: Scene): Promise<{ readonly exitCode: number; readonly result: Report }> {
  const { json } = await runInProcess(['verify', scene.model, '--key', TRAINER]);
  const document: { exitCode: number; result: Report } = JSON.parse(json);
  return document;
}

describe('a flood of statements in the attestations of a model', () => {
  it('takes nothing from the evidence before it, and is an error of its source', async () => {
    const { exitCode, result } = await verify(flooded((own) => [...own, ...flood]));
    expect(exitCode).toBe(0);
    expect(result.checks.find(({ id }) => id === 'collect.source')).toMatchObject({
      outcome: 'error',
      errorClass: 'malformed',
      message: expect.stringMatching(/from line \d+ on: more evidence than one run reads/),
    });
  });

  it('hides the evidence behind it, which is then not passed over in silence', async () => {
    const { exitCode, result } = await verify(flooded((own) => [...flood, ...own]));
    expect([exitCode, result.result]).toEqual([4, 'malformed']);
    expect(result.verdict).toContain('more evidence than one run reads');
  });

  it('of 10,000 lines that are none hides it in the same way', async () => {
    const { exitCode, result } = await verify(
      flooded((own) => [...Array.from({ length: 10_000 }, (_, i) => `{"line":${i}}`), ...own]),
    );
    expect([exitCode, result.result]).toEqual([4, 'malformed']);
  });

  it('does not keep what the caller named from being read', async () => {
    const scene = flooded((own) => [...own, ...flood]);
    const mine = scene.beside('mine.jsonl', `${scene.line(1)}\n`);
    const { json } = await runInProcess(['verify', scene.model, '--key', TRAINER, '--attestations', mine]);
    const { result }: { result: Report } = JSON.parse(json);
    expect(result.checks.filter(({ evidence }) => evidence?.source === 'mine.jsonl')).not.toHaveLength(0);
  });

  it('does not make a signature file unreadable, which has limits of its own', async () => {
    const scene = new Scene(prepared);
    scenes.push(scene);
    scene.lines = flood;
    expect((await verify(scene)).exitCode).toBe(0);
  });
});
