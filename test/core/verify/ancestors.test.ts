import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { attest } from './attest-support.ts';
import { bundleOf, omsStatement, putSignature, shardsOf } from './oms-support.ts';
import { checkOf, checksOf, exitCode, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const BASE = { 'config.json': '{"base":true}', 'weights.bin': 'base numbers' };
const CHILD = { 'config.json': '{"base":false}', 'weights.bin': 'child numbers' };
const LINES = 'model.attestations.jsonl';

const from = (base: string) => ({
  bases: [
    { relation: 'finetuned-from' as const, relationGiven: true, reference: { kind: 'path' as const, path: base } },
  ],
});

/** A base and its child, both by the same signer; the child's file carries copies of the base's evidence. */
async function family(contents = BASE): Promise<{ readonly base: string; readonly child: string }> {
  const base = writeModel(contents, 'base');
  await attest(base);
  const child = writeModel(CHILD, 'child');
  await attest(child, from(base));
  expect(readFileSync(path.join(child, LINES), 'utf8').trim().split('\n').length).toBeGreaterThan(2);
  return { base, child };
}

const swapWeights = (child: string, contents = BASE): void => void writeFiles(child, contents);

test('base and child each verify with what lies with them', async () => {
  const { base, child } = await family();

  expect(await exitCode(base)).toBe(0);
  expect(await exitCode(child)).toBe(0);
  expect(
    checksOf(await verify(child), 'match.statement').filter(({ message }) => message === 'evidence of an ancestor'),
  ).not.toHaveLength(0);
});

test("the base's weights in the child's folder fail", async () => {
  const { child } = await family();
  swapWeights(child);

  expect(await exitCode(child)).toBe(1);
  expect(await exitCode(child, { mode: 'fast' })).toBe(1);
  expect(await exitCode(child, { mode: 'full' })).toBe(1);
});

test.each(['verify', 'fast', 'full'] as const)(
  "with the child's own statements stripped the base's copies still do not stand for it (%s)",
  async (mode) => {
    const { child } = await family();
    swapWeights(child);
    rmSync(path.join(child, 'model.sig'));
    const kept = lines(child).filter((line) => !isAbout(line, 'https://w3id.org/stemma/model/v1', 'child'));
    writeFileSync(path.join(child, LINES), kept.join(''));
    const report = await verify(child, { mode });

    expect(report.result).not.toBe('pass');
    expect(checkOf(report, 'match.identity').message).toMatch(/ancestor/);
  },
);

test("the base's model.sig in place of the child's does not stand for it", async () => {
  const { base, child } = await family();
  swapWeights(child);
  copyFileSync(path.join(base, 'model.sig'), path.join(child, 'model.sig'));

  expect(await exitCode(child)).toBe(1);
});

test('evidence given with --attestations is read the same way', async () => {
  const { child } = await family();
  const evidence = moveEvidence(child);
  expect(await exitCode(child, { attestations: [evidence] })).toBe(0);
  swapWeights(child);

  for (const mode of ['verify', 'fast', 'full'] as const)
    expect(await exitCode(child, { attestations: [evidence], mode })).toBe(3);
});

test("the child's evidence given for the base is about another model and changes nothing", async () => {
  const { base, child } = await family();
  const attestations = [path.join(child, LINES)];
  const report = await verify(base, { attestations });

  expect(report.result).toBe('pass');
  expect(checksOf(report, 'match.statement').filter(({ outcome }) => outcome === 'fail')).toEqual([]);
});

test("the base's evidence given for the child is about another model", async () => {
  const { base, child } = await family();
  const attestations = [path.join(base, LINES), path.join(base, 'model.sig')];

  expect(await exitCode(child, { attestations })).toBe(0);
  moveEvidence(child);
  expect(await exitCode(child, { attestations })).toBe(3);
});

test("a base's sharded signature, which no link can name, does not stand for the child either", async () => {
  const base = writeModel(BASE, 'base');
  await putSignature(base, omsStatement(shardsOf(BASE, 4), { method: 'shards', shard_size: 4 }));
  const child = writeModel(CHILD, 'child');
  await attest(child, { ...from(base), key: 'p384' });
  swapWeights(child);
  rmSync(path.join(child, 'model.sig'));
  const line = JSON.stringify(
    await bundleOf(
      omsStatement(shardsOf(BASE, 4), {
        method: 'shards',
        shard_size: 4,
        ignore_paths: [LINES, 'model.manifest.jsonl'],
      }),
    ),
  );
  writeFileSync(path.join(child, LINES), `${line}\n`, { flag: 'a' });

  expect(await exitCode(child, { trust: [trustKey('p256'), trustKey('p384')] })).not.toBe(0);
});

test('a parent that nobody trusted names takes nothing away', async () => {
  const { base, child } = await family();
  const stranger = writeModel({ 'weights.bin': 'mine' }, 'stranger');
  await attest(stranger, { ...from(child), key: 'p384', copyParentEvidence: false });
  writeFileSync(path.join(child, LINES), readFileSync(path.join(stranger, LINES)), { flag: 'a' });

  expect(await exitCode(child)).toBe(0);
  expect(await exitCode(base)).toBe(0);
});

test('provenance of an ancestor is not provenance of the model', async () => {
  const { child } = await family();
  const kept = lines(child).filter((line) => !isAbout(line, 'https://slsa.dev/provenance/v1', 'child'));
  writeFileSync(path.join(child, LINES), kept.join(''));

  expect(await exitCode(child)).toBe(0);
  expect(await exitCode(child, { require: ['provenance'] })).toBe(3);
});

test('edges are shown as the signer claims them, from statements about these bytes alone', async () => {
  const { child } = await family();
  const report = await verify(child);

  expect(report.lineage.edges).toMatchObject([
    { child: 'n0', parent: 'n1', relation: 'finetuned-from', outcome: 'skip', counts: false, says: ['p256.pub'] },
  ]);
  expect(report.lineage.nodes).toMatchObject([
    { id: 'n0', role: 'model' },
    { id: 'n1', role: 'base', name: 'base', outcome: 'skip' },
  ]);
  expect((await verify(child, { trust: [trustKey('p384')] })).lineage.edges).toEqual([]);
});

const lines = (model: string): string[] =>
  readFileSync(path.join(model, LINES), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${line}\n`);

function isAbout(line: string, predicateType: string, name: string): boolean {
  const { dsseEnvelope }: { readonly dsseEnvelope: { readonly payload: string } } = JSON.parse(line);
  const statement: { readonly predicateType: string; readonly subject: readonly { readonly name?: string }[] } =
    JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
  return statement.predicateType === predicateType && statement.subject[0]?.name === name;
}

/** Moves the side files out of the folder, as `--output-dir` would have written them; gives the attestations file. */
function moveEvidence(model: string): string {
  const folder = tempFolder();
  for (const name of ['model.sig', LINES, 'model.manifest.jsonl']) {
    copyFileSync(path.join(model, name), path.join(folder, name));
    rmSync(path.join(model, name));
  }
  return path.join(folder, LINES);
}
