import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AttestDatasetOptions, type AttestDatasetResult, attestDataset } from '../../../src/core/attest/index.ts';
import { type DatasetPredicate, parseDatasetPredicate } from '../../../src/core/attestation/index.ts';
import { expectCode, type Files, modelOf, tempDir, writeFiles } from '../model/support.ts';
import {
  attest,
  auditor,
  DIGITS,
  kindsOf,
  listen,
  provenanceOf,
  sign,
  smallModel,
  statementsOf,
  trainer,
} from './support.ts';

const FILES: Files = { 'a.jsonl': '{"x":1}\n{"x":2}\n', 'README.md': '# data\n' };
const ATTESTATIONS = 'model.attestations.jsonl';

function attestData(dataset: string, overrides: Partial<AttestDatasetOptions> = {}): Promise<AttestDatasetResult> {
  return attestDataset({
    dataset,
    signer: trainer,
    ignore: [],
    records: true,
    licenses: [],
    sources: [],
    derivedFrom: [],
    copyParentEvidence: true,
    ...overrides,
  });
}

const predicateOf = (at: string): DatasetPredicate => {
  const [first] = statementsOf(at);
  if (first === undefined) throw new Error('no statement there');
  return parseDatasetPredicate(first.statement);
};
const link = (file: string) => ({ kind: 'path', path: file }) as const;
const secretBeside = (dataset: string): string => path.join(path.dirname(dataset), 'data.secret');

describe('attesting a dataset', () => {
  it('appends one statement to its attestations, and writes nothing else', async () => {
    const dir = modelOf(FILES);
    const result = await attestData(dir, { licenses: ['CC-BY-4.0'], sources: ['https://example.com/x'] });
    expect(result).toMatchObject({
      name: 'model',
      files: 2,
      bytes: 23,
      records: 2,
      salted: false,
      written: [ATTESTATIONS],
    });
    expect(kindsOf(dir)).toEqual(['dataset/v1']);
    expect(predicateOf(dir)).toMatchObject({ licenses: ['CC-BY-4.0'], sources: ['https://example.com/x'], records: 2 });
    expect(existsSync(path.join(dir, 'model.sig'))).toBe(false);
  });

  it('gives equal bytes for equal inputs, and does not append what is there', async () => {
    const [a, b] = [modelOf(FILES), modelOf(FILES)];
    await attestData(a);
    await attestData(b);
    expect(readFileSync(path.join(a, ATTESTATIONS))).toEqual(readFileSync(path.join(b, ATTESTATIONS)));
    expect(await attestData(a)).toMatchObject({ written: [], appended: 0 });
  });

  it('takes any signer, a second one appends a line', async () => {
    const dir = modelOf(FILES);
    await attestData(dir);
    await attestData(dir, { signer: auditor });
    expect(kindsOf(dir)).toEqual(['dataset/v1', 'dataset/v1']);
  });

  it('of one file writes beside it', async () => {
    const dir = writeFiles(tempDir(), { 'x.csv': 'a\n1\n' });
    const result = await attestData(path.join(dir, 'x.csv'));
    expect(result).toMatchObject({ kind: 'file', written: ['x.csv.attestations.jsonl'], records: 2 });
  });

  it('that is read-only writes into --output-dir', async () => {
    const [dir, out] = [modelOf(FILES), tempDir()];
    await attestData(dir, { outputDir: out });
    expect([existsSync(path.join(dir, ATTESTATIONS)), kindsOf(out)]).toEqual([false, ['dataset/v1']]);
  });

  it("keeps another signer's model.sig whole", async () => {
    const dir = modelOf(FILES);
    await sign(dir, { signer: auditor });
    const before = readFileSync(path.join(dir, 'model.sig'), 'utf8');
    await attestData(dir);
    expect(readFileSync(path.join(dir, 'model.sig'), 'utf8')).toBe(before);
  });

  it('records what is left out, the time of the reservations, and no time of ours', async () => {
    const dir = modelOf({ ...FILES, 'scratch/x': '1', 'robots.txt': '' });
    await attestData(dir, { ignore: ['scratch'], observedAt: new Date('2026-11-01T12:00:00Z') });
    expect(predicateOf(dir)).toMatchObject({
      ignored: ['scratch'],
      optOut: { observedAt: '2026-11-01T12:00:00.000Z', signals: [{ signal: 'robots.txt', files: 1 }] },
    });
  });

  it.each<readonly [string, Partial<AttestDatasetOptions>]>([
    ['a licence that is no SPDX expression', { licenses: ['CC BY'] }],
    ['a licence given twice', { licenses: ['MIT', 'MIT'] }],
    ['a source with user info', { sources: ['https://u:p@example.com/'] }],
    ['a source with a query', { sources: ['https://example.com/?sig=1'] }],
    ['a source that is a path', { sources: ['/home/me/data'] }],
    ['a source that holds a token', { sources: [`https://example.com/ghp_${'a'.repeat(36)}`] }],
    ['a name that is a path', { name: '/home/me/data' }],
    ['a path to ignore that is not canonical', { ignore: ['../x'] }],
    ['a secret without records', { records: false, secret: 's' }],
  ])('refuses %s before it reads anything', async (_, overrides) => {
    const dir = modelOf(FILES);
    const error = await expectCode(attestData(dir, overrides), 'USAGE');
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/u:p|sig=1|ghp_a/);
    expect(existsSync(path.join(dir, ATTESTATIONS))).toBe(false);
  });

  it('refuses links, pointers, emptiness and what is not there', async () => {
    const linked = modelOf(FILES);
    symlinkSync('/etc/hostname', path.join(linked, 'link'));
    await expectCode(attestData(linked), 'SYMLINK_REFUSED');
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 5\n`;
    await expectCode(attestData(modelOf({ 'x.csv': pointer })), 'LFS_POINTER');
    await expectCode(attestData(modelOf({ 'model.sig': '' })), 'MODEL_EMPTY');
    await expectCode(attestData(path.join(tempDir(), 'nothing')), 'PATH_NOT_FOUND');
    await expectCode(attestData(modelOf(FILES), { outputDir: 'x', signal: AbortSignal.abort() }), 'INTERRUPTED');
  });
});

describe('attesting a salted dataset', () => {
  it('makes the secret, for its owner alone, and publishes neither a digest nor a size', async () => {
    const dir = modelOf(FILES);
    const result = await attestData(dir, { secret: secretBeside(dir) });
    expect(result).toMatchObject({ salted: true, newSecret: true, records: 3, files: 2 });
    const { mode, size } = statSync(secretBeside(dir));
    expect([mode & 0o777, size]).toEqual([0o600, 32]);
    const [published] = statementsOf(dir);
    const text = Buffer.from(published?.bundle.envelope.payload ?? []).toString();
    expect(Object.keys(published?.statement.subject[0]?.digest ?? {})).toEqual(['stemmaSaltedTreeV1']);
    expect(text).not.toMatch(/bytes|fileTree|recordTrees|a\.jsonl|README/);
    expect(text).not.toContain(readFileSync(secretBeside(dir)).toString('hex'));
  });

  it('takes its secret again for the same bytes, by any signer', async () => {
    const dir = modelOf(FILES);
    const secret = secretBeside(dir);
    const first = await attestData(dir, { secret });
    expect(await attestData(dir, { secret })).toMatchObject({ written: [], newSecret: false, digests: first.digests });
    expect(await attestData(dir, { secret, signer: auditor })).toMatchObject({ appended: 1, digests: first.digests });
  });

  it('refuses its secret for other bytes, and for another dataset', async () => {
    const dir = modelOf(FILES);
    const secret = secretBeside(dir);
    await attestData(dir, { secret });
    const before = readFileSync(secret);
    await expectCode(attestData(modelOf(FILES), { secret }), 'SECRET_REUSED');
    writeFileSync(path.join(dir, 'a.jsonl'), '{"x":3}\n');
    await expectCode(attestData(dir, { secret }), 'SECRET_REUSED');
    expect(readFileSync(secret)).toEqual(before);
    expect(kindsOf(dir)).toHaveLength(1);
  });

  it('is not fooled by a statement about another root', async () => {
    const [dir, other] = [modelOf(FILES), modelOf({ 'a.jsonl': 'x\n' })];
    const secret = secretBeside(dir);
    await attestData(dir, { secret });
    writeFileSync(path.join(other, ATTESTATIONS), readFileSync(path.join(dir, ATTESTATIONS)));
    await expectCode(attestData(other, { secret }), 'SECRET_REUSED');
  });

  it.each(['x.secret', 'deep/x.secret'])('refuses a secret in the dataset itself: %s', async (name) => {
    const dir = modelOf({ ...FILES, 'deep/y': '' });
    await expectCode(attestData(dir, { secret: path.join(dir, name) }), 'USAGE');
    expect(existsSync(path.join(dir, name))).toBe(false);
  });

  it('leaves no secret behind where nothing can be attested', async () => {
    const dir = modelOf(FILES);
    mkdirSync(path.join(dir, ATTESTATIONS));
    await expectCode(attestData(dir, { secret: secretBeside(dir) }), 'MODEL_UNSUPPORTED');
    rmSync(path.join(dir, ATTESTATIONS), { recursive: true });
    const outputDir = path.join(writeFiles(tempDir(), { file: '' }), 'file/evidence');
    await expectCode(attestData(dir, { secret: secretBeside(dir), outputDir }), 'WRITE_FAILED');
    expect(existsSync(secretBeside(dir))).toBe(false);
  });
});

describe('a derived dataset', () => {
  it('links to its parent by the set of its statement, and brings its evidence', async () => {
    const [raw, dir] = [modelOf({ ...FILES, 'tmp/x': '1' }), modelOf({ 'b.jsonl': '{"x":1}\n' })];
    const parent = await attestData(raw, { ignore: ['tmp'], name: 'org/raw' });
    const result = await attestData(dir, { derivedFrom: [link(raw)] });
    expect(result).toMatchObject({ copiedEvidence: 1, derivedFrom: [{ name: 'org/raw', digests: parent.digests }] });
    expect(predicateOf(dir).derivedFrom).toMatchObject([
      { relation: 'derived-dataset', digest: parent.digests, ignored: ['tmp'], evidence: 'declared' },
    ]);
    expect(kindsOf(dir)).toEqual(['dataset/v1', 'dataset/v1']);
  });

  it('brings the evidence of its grandparents', async () => {
    const [a, b, c] = [modelOf({ a: '1' }), modelOf({ b: '1' }), modelOf({ c: '1' })];
    await attestData(a);
    await attestData(b, { derivedFrom: [link(a)] });
    expect(await attestData(c, { derivedFrom: [link(b)] })).toMatchObject({ copiedEvidence: 2 });
    expect(await attestData(c, { derivedFrom: [link(b)], copyParentEvidence: false })).toMatchObject({
      copiedEvidence: 0,
    });
  });
});

describe('a model that was trained on a dataset', () => {
  it('links to it by the set of its own statement', async () => {
    const data = modelOf({ ...FILES, 'tmp/x': '1' });
    const { digests } = await attestData(data, { ignore: ['tmp'], name: 'org/data' });
    const model = smallModel();
    const { said, onWarning } = listen();
    await attest(model, { datasets: [link(data)], onWarning });
    expect(provenanceOf(model).links).toMatchObject([
      { role: 'dataset', name: 'org/data', digest: digests, ignored: ['tmp'] },
    ]);
    expect(kindsOf(model)).toContain('dataset/v1');
    expect(said.join()).toContain('leaves out');
  });

  it('links to the bytes as they are where the statement is about others', async () => {
    const data = modelOf(FILES);
    const { digests } = await attestData(data);
    writeFileSync(path.join(data, 'a.jsonl'), 'x\n');
    const model = smallModel();
    const { said, onWarning } = listen();
    await attest(model, { datasets: [link(data)], onWarning });
    expect(provenanceOf(model).links[0]?.digest).not.toEqual(digests);
    expect(said.join()).toContain('matches its bytes');
  });

  it('links to a salted dataset by its statement, never by its bytes', async () => {
    const data = modelOf(FILES);
    const { digests } = await attestData(data, { secret: secretBeside(data) });
    const model = smallModel();
    const { hint } = await expectCode(attest(model, { datasets: [link(data)] }), 'USAGE');
    expect(hint).toContain('attestations file');
    const evidence = { kind: 'evidence', path: path.join(data, ATTESTATIONS) } as const;
    await attest(model, { datasets: [evidence] });
    expect(provenanceOf(model).links[0]?.digest).toEqual(digests);
  });

  it('does not link by its bytes where its evidence cannot be read, carried along or not', async () => {
    const data = modelOf(FILES);
    await attestData(data, { secret: secretBeside(data) });
    writeFiles(data, { [ATTESTATIONS]: '' });
    truncateSync(path.join(data, ATTESTATIONS), 200 * 1024 * 1024);
    const model = smallModel();
    await expectCode(attest(model, { datasets: [link(data)], copyParentEvidence: false }), 'TOO_LARGE');
    expect(existsSync(path.join(model, ATTESTATIONS))).toBe(false);
  });

  it('takes no dataset statement for a base model', async () => {
    const base = smallModel('b');
    await attestData(base, { ignore: ['config.json'] });
    const model = smallModel();
    await attest(model, { bases: [{ relation: 'finetuned-from', relationGiven: true, reference: link(base) }] });
    expect(provenanceOf(model).links).toMatchObject([{ role: 'base-model', ignored: [] }]);
    const evidence = { kind: 'evidence', path: path.join(base, ATTESTATIONS) } as const;
    await expectCode(
      attest(model, { bases: [{ relation: 'finetuned-from', relationGiven: true, reference: evidence }] }),
      'USAGE',
    );
  });

  it('links to the fixture as it did before there were dataset statements', async () => {
    const model = smallModel();
    const data = path.join(DIGITS, 'data');
    await attest(model, { datasets: [link(data)] });
    const copy = modelOf(
      Object.fromEntries(
        ['LICENSE.md', 'test.csv', 'train.csv'].map((name) => [name, readFileSync(path.join(data, name))]),
      ),
    );
    expect(provenanceOf(model).links[0]?.digest).toEqual((await attestData(copy)).digests);
  });
});
