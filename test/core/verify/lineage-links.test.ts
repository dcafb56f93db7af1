import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { attestDataset } from '../../../src/core/attest/index.ts';
import { DATASET_DEFAULTS } from '../../../src/core/defaults.ts';
import type { DigestSet } from '../../../src/core/digest/index.ts';
import type { Ancestor, LineageRules } from '../../../src/core/lineage/index.ts';
import type { Report } from '../../../src/core/verify/index.ts';
import { attest, sign } from './attest-support.ts';
import { ancestorChecks, dropLines, LINES, type Line, linkCheck, readLines, writeLines } from './lineage-support.ts';
import { checkOf, checksOf, type KeyName, signerOf, trustKey, verify, writeFiles, writeModel } from './support.ts';

const BASE = { 'config.json': '{"base":true}', 'weights.bin': 'base numbers' };
const CHILD = { 'config.json': '{"base":false}', 'weights.bin': 'child numbers' };

type Base = { readonly path: string } | { readonly digests: DigestSet };

const from = (...bases: readonly Base[]) => ({
  bases: bases.map((base) => ({
    relation: 'finetuned-from' as const,
    relationGiven: true,
    reference: 'path' in base ? { kind: 'path' as const, ...base } : { kind: 'digests' as const, ...base },
  })),
});

/** `verify MODEL --key p256.pub --ancestor-key p384.pub`, or the given ones. */
const judged = (
  model: string,
  more: {
    readonly ancestors?: readonly Exclude<KeyName, 'leaf'>[];
    readonly rules?: LineageRules;
    readonly attestations?: readonly string[];
  } = {},
): Promise<Report> =>
  verify(model, {
    ancestors: {
      trust: (more.ancestors ?? ['p384']).map((key) => trustKey(key)),
      ...(more.rules === undefined ? {} : { rules: more.rules }),
    },
    ...(more.attestations === undefined ? {} : { attestations: more.attestations }),
  });

/** A base by p384 and its child by p256, whose file carries the base's evidence. */
async function pair(): Promise<{ readonly base: string; readonly child: string; readonly lines: string }> {
  const base = writeModel(BASE, 'base');
  await attest(base, { key: 'p384' });
  const child = writeModel(CHILD, 'child');
  await attest(child, from({ path: base }));
  return { base, child, lines: path.join(child, LINES) };
}

const LINK = 'child finetuned-from base';
const ofBase = ({ name }: Line): boolean => name === 'base';

/** The digest set that the `model/v1` of a model is about. */
function setOf(model: string): DigestSet {
  const line = readLines(path.join(model, LINES)).find(({ predicateType }) => predicateType.endsWith('/model/v1'));
  const { dsseEnvelope }: { readonly dsseEnvelope: { readonly payload: string } } = JSON.parse(line?.text ?? '');
  const { subject }: { readonly subject: readonly { readonly digest: DigestSet }[] } = JSON.parse(
    Buffer.from(dsseEnvelope.payload, 'base64').toString(),
  );
  return subject[0]?.digest ?? {};
}

describe('what may say what a base model is', () => {
  it('is its model statement', async () => {
    const { child, lines } = await pair();
    dropLines(lines, (line) => ofBase(line) && line.predicateType.includes('model_signing'));

    expect(linkCheck(await judged(child), LINK).outcome).toBe('pass');
  });

  it('is its OMS signature, whose list binds the names of the files', async () => {
    const { child, lines } = await pair();
    dropLines(lines, (line) => ofBase(line) && line.predicateType.endsWith('/model/v1'));

    expect(linkCheck(await judged(child), LINK).outcome).toBe('pass');
  });

  it('is not a dataset statement about the same bytes', async () => {
    const { base, child, lines } = await pair();
    for (const side of ['model.sig', LINES, 'model.manifest.jsonl']) rmSync(path.join(base, side));
    await attestDataset({ ...DATASET_DEFAULTS, dataset: base, signer: await signerOf('p384') });
    dropLines(lines, ofBase);
    const report = await judged(child, { attestations: [path.join(base, LINES)] });

    expect(linkCheck(report, LINK)).toMatchObject({
      outcome: 'missing',
      message: expect.stringMatching(/no identity statement/),
    });
  });

  it('is not a statement that agrees in the sha256 of a folder alone, which does not bind names', async () => {
    const base = writeModel(BASE, 'base');
    await attest(base, { key: 'p384', modelSig: false });
    const { sha256 = '' } = setOf(base);
    const child = writeModel(CHILD, 'child');
    await attest(child, from({ digests: { sha256 } }));
    const report = await judged(child, { attestations: [path.join(base, LINES)] });

    expect(report.result).toBe('incomplete');
    expect(linkCheck(report, 'child finetuned-from unnamed')).toMatchObject({
      outcome: 'unknown',
      message: expect.stringMatching(/names not bound/),
    });
    // The very same link is verified by the list of an OMS signature.
    await sign(base, { key: 'p384' });
    const signed = await judged(child, { attestations: [path.join(base, LINES), path.join(base, 'model.sig')] });
    expect(linkCheck(signed, 'child finetuned-from unnamed').outcome).toBe('pass');
  });
});

describe('a parent that was swapped', () => {
  it('is missing, not verified, with the genuine evidence of the other', async () => {
    const { child, lines } = await pair();
    const other = writeModel({ ...BASE, 'weights.bin': 'other numbers' }, 'base');
    await attest(other, { key: 'p384' });
    dropLines(lines, ofBase);
    writeLines(lines, [...readLines(lines), ...readLines(path.join(other, LINES))]);
    const report = await judged(child);

    expect(report.result).toBe('incomplete');
    expect(linkCheck(report, LINK)).toMatchObject({ outcome: 'missing', message: 'no statement about it was found' });
  });

  it('is missing where only the name is the same, and the child is not verified by it', async () => {
    const { child, lines } = await pair();
    dropLines(lines, ofBase);
    const twin = writeModel(CHILD, 'base');
    await attest(twin, { key: 'p384' });
    const report = await judged(child, { attestations: [path.join(twin, LINES)] });

    expect(linkCheck(report, LINK).outcome).toBe('missing');
  });

  it('fails where a link mixes the digests of two', async () => {
    const { base } = await pair();
    const other = writeModel({ ...BASE, 'weights.bin': 'other numbers' }, 'base');
    await attest(other, { key: 'p384' });
    const mixed = { ...setOf(base), sha256: setOf(other)['sha256'] ?? '' };
    const child = writeModel(CHILD, 'child');
    await attest(child, from({ digests: mixed }));
    const report = await judged(child, { attestations: [path.join(base, LINES)] });

    expect(report.result).toBe('fail');
    expect(linkCheck(report, 'child finetuned-from unnamed')).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(/same bytes and other digests/),
    });
  });

  it('is not verified by a signature of its signer over a payload that was edited', async () => {
    const { child, lines } = await pair();
    const edited = readLines(lines).map((line) => (ofBase(line) ? { ...line, text: rename(line.text) } : line));
    writeLines(lines, edited);

    expect((await judged(child)).result).toBe('fail');
  });
});

describe('who is whose parent', () => {
  it('is contradictory where two models are each other’s', async () => {
    const a = writeModel(BASE, 'a');
    const b = writeModel(CHILD, 'b');
    await attest(a, { key: 'p384' });
    await attest(b, from({ path: a }));
    await attest(a, { ...from({ digests: setOf(b) }), key: 'p384', force: true });
    const report = await judged(b, { ancestors: ['p384', 'p256'], attestations: [path.join(a, LINES)] });

    expect(report.result).toBe('fail');
    expect(checksOf(report, 'lineage.ancestor').map(({ outcome }) => outcome)).toContain('fail');
    expect(report.verdict).toMatch(/cycle/);
  });

  it('is contradictory where a model is its own', async () => {
    const model = writeModel(BASE, 'model');
    await attest(model);
    const set = setOf(model);
    await attest(model, { ...from({ digests: set }), force: true });
    const report = await judged(model, { ancestors: ['p256'] });

    expect(report.result).not.toBe('pass');
    expect(checksOf(report, 'lineage.ancestor').map(({ message }) => message)).toEqual([
      expect.stringMatching(/its own parent/),
    ]);
  });

  it('is nobody’s business but the trusted: a stranger’s line makes no cycle', async () => {
    const { base, child, lines } = await pair();
    const copy = writeModel(BASE, 'base');
    await attest(copy, { ...from({ digests: setOf(child) }), key: 'p521', modelSig: false, copyParentEvidence: false });
    writeLines(lines, [...readLines(lines), ...readLines(path.join(copy, LINES))]);
    const report = await judged(child);

    expect(report.result).toBe('pass');
    expect(linkCheck(report, LINK).outcome).toBe('pass');
    expect(base).not.toBe(copy);
  });

  it('is not known without provenance, and nothing to verify with provenance that names nobody', async () => {
    const alone = writeModel(BASE, 'alone');
    await attest(alone);
    expect((await judged(alone)).result).toBe('pass');
    expect(checkOf(await judged(alone), 'lineage.ancestors')).toMatchObject({ outcome: 'pass', required: true });

    dropLines(path.join(alone, LINES), ({ predicateType }) => predicateType.includes('slsa.dev'));
    const report = await judged(alone);
    expect(report.result).toBe('incomplete');
    expect(checkOf(report, 'lineage.ancestors')).toMatchObject({ outcome: 'missing', required: true });
  });

  it('is asked of every parent, the verified and the missing', async () => {
    const { base } = await pair();
    const second = writeModel({ 'weights.bin': 'second' }, 'second');
    await attest(second, { key: 'p521' });
    const child = writeModel(CHILD, 'child');
    await attest(child, from({ path: base }, { path: second }));

    expect(ancestorChecks(await judged(child))).toEqual([
      'child finetuned-from base: pass',
      'child finetuned-from second: missing',
    ]);
    expect(ancestorChecks(await judged(child, { ancestors: ['p384', 'p521'] }))).toEqual([
      'child finetuned-from base: pass',
      'child finetuned-from second: pass',
    ]);
  });
});

describe('what a policy may add', () => {
  it('fails an ancestor that it denies, and what descends from it', async () => {
    const { base } = await pair();
    const middle = writeModel({ 'weights.bin': 'middle' }, 'middle');
    await attest(middle, { ...from({ path: base }), key: 'p384' });
    const child = writeModel(CHILD, 'child');
    await attest(child, from({ path: middle }));
    const denied = ({ digests }: Ancestor): string | undefined =>
      digests['sha256'] === setOf(base)['sha256'] ? 'recalled' : undefined;
    const report = await judged(child, { rules: { denied } });

    expect(report.result).toBe('fail');
    expect(linkCheck(report, 'middle finetuned-from base').message).toBe('denied: recalled');
    expect(linkCheck(report, 'child finetuned-from middle').message).toMatch(/descends from "base", which is denied/);
    expect(report.lineage.nodes[0]).toMatchObject({ outcome: 'fail' });
    expect((await judged(child)).result).toBe('pass');
  });

  it('stops at an ancestor that somebody else has verified, and asks nothing of its parents', async () => {
    const base = writeModel(BASE, 'base');
    await attest(base, { key: 'p521' });
    const middle = writeModel({ 'weights.bin': 'middle' }, 'middle');
    await attest(middle, { ...from({ path: base }), key: 'p384' });
    const child = writeModel(CHILD, 'child');
    await attest(child, from({ path: middle }));
    const stopAt: LineageRules['stopAt'] = ({ depth }) =>
      depth === 1 ? { outcome: 'pass', message: 'verified elsewhere', signers: [] } : undefined;

    expect((await judged(child)).result).toBe('incomplete');
    expect((await judged(child, { rules: { stopAt } })).result).toBe('pass');
    expect(ancestorChecks(await judged(child, { rules: { stopAt } }))).toEqual(['child finetuned-from middle: pass']);
  });
});

describe('other evidence', () => {
  it('of the child stays trusted for the child alone', async () => {
    const { base, child } = await pair();
    writeFiles(child, BASE);
    for (const side of ['model.sig', LINES]) copyFileSync(path.join(base, side), path.join(child, side));

    // The base's folder under the child's name: the key of the ancestor is trusted for no model.
    expect((await judged(child)).result).not.toBe('pass');
  });

  it('that cannot be read turns absence into malformed', async () => {
    const { child, lines } = await pair();
    dropLines(lines, ofBase);
    writeFileSync(lines, `${readFileSync(lines, 'utf8')}{]\n`);

    expect((await judged(child)).result).toBe('malformed');
  });
});

/** The statement under another name, with the old signature. */
function rename(text: string): string {
  const bundle: { dsseEnvelope: { payload: string } } = JSON.parse(text);
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('"base"', '"best"');
  bundle.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
  return JSON.stringify(bundle);
}
