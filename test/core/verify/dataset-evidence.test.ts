import { appendFileSync, copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSecret } from '../../../src/core/dataset/index.ts';
import { VERIFY_DEFAULTS } from '../../../src/core/defaults.ts';
import { exitCodeOf, type Report, verifyModel } from '../../../src/core/verify/index.ts';
import { attestationsOf, attested, FILES, verify, write } from './dataset-support.ts';
import { NOW, tempFolder, trustKey } from './support.ts';

const messageOf = (report: Report): string => report.checks.find(({ id }) => id === 'match.dataset')?.message ?? '';

async function salted(): Promise<{ readonly at: string; readonly secret: Uint8Array }> {
  const file = path.join(tempFolder(), 'data.secret');
  const at = await attested(FILES, { secret: file });
  return { at, secret: (await readSecret(file)) ?? new Uint8Array() };
}

describe('side files in the folder of a dataset', () => {
  it('are named where nobody vouches for them: a loader of every *.jsonl would read them too', async () => {
    const at = await attested();
    write(at, 'model.manifest.jsonl', '{"text":"poison"}\n');
    write(at, 'model.sig', 'x');
    appendFileSync(attestationsOf(at), '{"text":"poison"}\n');
    const report = await verify(at);
    expect(exitCodeOf(report)).toBe(0);
    expect(report.verdict).toContain('3 paths are not covered');
    expect(report.notCovered).toEqual([
      { path: 'model.attestations.jsonl', because: '1 line is not signed evidence' },
      { path: 'model.manifest.jsonl', because: 'a manifest, which no dataset has' },
      { path: 'model.sig', because: 'a signature of nobody who is trusted' },
    ]);
  });

  it('are not named where they hold signed evidence alone', async () => {
    expect((await verify(await attested())).notCovered).toEqual([]);
  });
});

describe('a salted dataset', () => {
  it('passes with its secret, and tells no plain digest', async () => {
    const { at, secret } = await salted();
    const report = await verify(at, { secret });
    expect(exitCodeOf(report)).toBe(0);
    expect(Object.keys(report.subject.digests)).toEqual(['stemmaSaltedTreeV1']);
  });

  it('is undecided without its secret, and says what is missing', async () => {
    const { at } = await salted();
    const report = await verify(at);
    expect(exitCodeOf(report)).toBe(3);
    expect(messageOf(report)).toContain('without its secret');
  });

  it('fails with another secret, and after a change', async () => {
    const { at, secret } = await salted();
    expect(exitCodeOf(await verify(at, { secret: secret.toReversed() }))).toBe(1);
    write(at, 'README.md', '# Data\n');
    const report = await verify(at, { secret });
    expect([exitCodeOf(report), report.changes]).toEqual([1, []]);
  });
});

describe('a derived dataset', () => {
  async function derived(): Promise<{ readonly parent: string; readonly child: string }> {
    const parent = await attested({ 'raw.txt': '1\n2\n' });
    const reference = { kind: 'path', path: parent } as const;
    return { parent, child: await attested({ 'half.txt': '1\n' }, { derivedFrom: [reference] }) };
  }

  it('passes with the evidence of its parent beside it, and names the parent', async () => {
    const { child } = await derived();
    const report = await verify(child);
    expect(exitCodeOf(report)).toBe(0);
    expect(report.lineage.edges).toMatchObject([{ relation: 'derived-dataset', outcome: 'skip', counts: false }]);
  });

  it("is not verified by its parent's statement in its place", async () => {
    const { parent, child } = await derived();
    const swapped = path.join(tempFolder(), 'model');
    cpSync(parent, swapped, { recursive: true });
    copyFileSync(attestationsOf(child), attestationsOf(swapped));
    expect(exitCodeOf(await verify(swapped))).toBe(1);
  });

  it("is not verified by its parent's statement alone", async () => {
    const { child } = await derived();
    const [, parentLine] = readFileSync(attestationsOf(child), 'utf8').split('\n');
    writeFileSync(attestationsOf(child), `${parentLine}\n`);
    expect(exitCodeOf(await verify(child))).toBe(1);
  });
});

describe('stemma verify on a dataset', () => {
  it('says that it is one, and which command verifies it', async () => {
    const at = await attested();
    const report = await verifyModel({
      ...VERIFY_DEFAULTS,
      model: at,
      trust: [trustKey('p256')],
      at: NOW,
      version: '1',
    });
    expect(exitCodeOf(report)).toBe(3);
    const identity = report.checks.find(({ id }) => id === 'match.identity');
    expect(identity?.message).toContain('dataset');
    expect(identity?.hint).toContain('stemma dataset verify');
  });
});
