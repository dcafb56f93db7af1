import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AttestDatasetOptions, attestDataset } from '../../../src/core/attest/index.ts';
import { readSecret } from '../../../src/core/dataset/index.ts';
import { VERIFY_DEFAULTS } from '../../../src/core/defaults.ts';
import {
  exitCodeOf,
  type Report,
  type VerifyDatasetOptions,
  verifyDataset,
  verifyModel,
} from '../../../src/core/verify/index.ts';
import { expectCode } from '../model/support.ts';
import {
  type Contents,
  type KeyName,
  NOW,
  signerOf,
  tempFolder,
  trustAnchors,
  trustKey,
  writeModel,
} from './support.ts';

const FILES: Contents = { 'a.jsonl': '{"x":1}\n{"x":2}\n', 'b/c.csv': 'x,y\n1,2\n', 'README.md': '# data\n' };
const ATTESTATIONS = 'model.attestations.jsonl';

interface Settings extends Partial<Omit<AttestDatasetOptions, 'signer'>> {
  readonly key?: KeyName;
}

async function attested(
  contents: Contents = FILES,
  { key = 'p256', ...rest }: Settings = {},
  at = writeModel(contents),
): Promise<string> {
  await attestDataset({
    dataset: at,
    signer: await signerOf(key),
    ignore: [],
    records: true,
    licenses: [],
    sources: [],
    derivedFrom: [],
    copyParentEvidence: true,
    ...rest,
  });
  return at;
}

const verify = (dataset: string, overrides: Partial<VerifyDatasetOptions> = {}): Promise<Report> =>
  verifyDataset({
    dataset,
    trust: [trustKey('p256')],
    attestations: [],
    at: NOW,
    version: '1',
    environment: [],
    ...overrides,
  });

const write = (at: string, name: string, content: string): void => writeFileSync(path.join(at, name), content);
const attestationsOf = (at: string): string => path.join(at, ATTESTATIONS);
const messageOf = (report: Report): string => report.checks.find(({ id }) => id === 'match.dataset')?.message ?? '';

async function salted(): Promise<{ readonly at: string; readonly secret: Uint8Array }> {
  const file = path.join(tempFolder(), 'data.secret');
  const at = await attested(FILES, { secret: file });
  return { at, secret: (await readSecret(file)) ?? new Uint8Array() };
}

describe('a dataset', () => {
  it('passes where a trusted signer signed exactly its files and records', async () => {
    const at = await attested(FILES, { licenses: ['MIT'], sources: ['https://example.com/x'], name: 'org/data' });
    const report = await verify(at);
    expect(exitCodeOf(report)).toBe(0);
    expect(report.verdict).toContain('"org/data"');
    expect(report.subject).toMatchObject({ files: 3, bytes: 31 });
    expect(report.claimed.map(({ name, value }) => `${name} ${value}`)).toEqual([
      'name org/data',
      'licence MIT',
      'source https://example.com/x',
    ]);
  });

  it('passes by a certificate too', async () => {
    const at = await attested(FILES);
    expect(exitCodeOf(await verify(at, { trust: [trustAnchors('root.pem'), trustKey('p256')] }))).toBe(0);
  });

  it('passes where only its newest statement matches', async () => {
    const at = await attested();
    write(at, 'a.jsonl', '{"x":3}\n');
    await attested(FILES, {}, at);
    expect(exitCodeOf(await verify(at))).toBe(0);
  });

  it('of one file passes under another name', async () => {
    const dir = writeModel({ 'x.csv': 'a\n1\n' });
    await attested({}, {}, path.join(dir, 'x.csv'));
    renameSync(path.join(dir, 'x.csv'), path.join(dir, 'y.bin'));
    renameSync(path.join(dir, `x.csv.attestations.jsonl`), path.join(dir, 'y.bin.attestations.jsonl'));
    expect(exitCodeOf(await verify(path.join(dir, 'y.bin')))).toBe(0);
  });

  it('attested without records passes, with other record files or not', async () => {
    const at = await attested(FILES, { records: false });
    expect(exitCodeOf(await verify(at))).toBe(0);
    write(at, 'b/c.csv', 'x,y\n1,3\n');
    expect(exitCodeOf(await verify(at))).toBe(1);
  });

  it.each<readonly [string, (at: string) => void]>([
    ['a byte in a record', (at) => write(at, 'a.jsonl', '{"x":1}\n{"x":3}\n')],
    ['two records swapped', (at) => write(at, 'a.jsonl', '{"x":2}\n{"x":1}\n')],
    ['a record more', (at) => appendFileSync(path.join(at, 'a.jsonl'), '{"x":3}\n')],
    ['the last LF', (at) => write(at, 'a.jsonl', '{"x":1}\n{"x":2}')],
    ['a byte elsewhere', (at) => write(at, 'README.md', '# Data\n')],
    ['a file more', (at) => write(at, 'new.txt', '')],
    ['a file renamed', (at) => renameSync(path.join(at, 'a.jsonl'), path.join(at, 'z.jsonl'))],
    ['a file moved', (at) => renameSync(path.join(at, 'b/c.csv'), path.join(at, 'c.csv'))],
    ['a link', (at) => symlinkSync('/etc/hostname', path.join(at, 'link'))],
    ['a folder where a side file belongs', (at) => mkdirSync(path.join(at, 'model.sig'))],
  ])('fails after %s', async (_, change) => {
    const at = await attested();
    change(at);
    expect(exitCodeOf(await verify(at))).toBe(1);
  });

  it('names the record files that changed', async () => {
    const at = await attested();
    write(at, 'a.jsonl', 'x\n');
    write(at, 'n.txt', 'x\n');
    renameSync(path.join(at, 'b/c.csv'), path.join(at, 'b/c.bin'));
    const { changes } = await verify(at);
    expect(changes.map(({ path: file, change }) => [file, change])).toEqual([
      ['a.jsonl', 'changed'],
      ['b/c.csv', 'missing'],
      ['n.txt', 'added'],
    ]);
  });

  it('fails where a line names a trusted signer who did not sign it', async () => {
    const at = await attested();
    const line = JSON.parse(readFileSync(attestationsOf(at), 'utf8')) as { dsseEnvelope: { payload: string } };
    const payload = Buffer.from(line.dsseEnvelope.payload, 'base64').toString().replace('"files":3', '"files":4');
    line.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
    writeFileSync(attestationsOf(at), `${JSON.stringify(line)}\n`);
    expect(exitCodeOf(await verify(at))).toBe(1);
  });

  it('is incomplete without evidence, or with that of strangers alone', async () => {
    expect(exitCodeOf(await verify(writeModel(FILES)))).toBe(3);
    const report = await verify(await attested(FILES, { key: 'ed25519' }));
    expect([exitCodeOf(report), report.subject.digests]).toEqual([3, {}]);
  });

  it('is incomplete by what is named and about another dataset', async () => {
    const other = await attested({ 'x.txt': '1' });
    expect(exitCodeOf(await verify(writeModel(FILES), { attestations: [attestationsOf(other)] }))).toBe(3);
  });

  it('passes by attestations that are named', async () => {
    const other = await attested();
    expect(exitCodeOf(await verify(writeModel(FILES), { attestations: [attestationsOf(other)] }))).toBe(0);
  });

  it('is malformed by a broken line, unless another one decides', async () => {
    const at = writeModel({ ...FILES, [ATTESTATIONS]: '{"broken":\n' });
    expect(exitCodeOf(await verify(at))).toBe(4);
    await attested(FILES, {}, at);
    expect(exitCodeOf(await verify(at))).toBe(0);
  });

  it('reads no byte for a statement of a stranger', async () => {
    const at = await attested(FILES, { key: 'ed25519' });
    const read: string[] = [];
    await verify(at, { onProgress: ({ phase }) => void read.push(phase) });
    expect(read).toEqual([]);
  });

  it('is never verified without someone to trust', async () => {
    await expectCode(verify(await attested(), { trust: [] }), 'TRUST_ROOT_MISSING');
    await expectCode(verify(path.join(tempFolder(), 'nothing')), 'PATH_NOT_FOUND');
  });

  it('fails where it is another one than was expected', async () => {
    const at = await attested(FILES, { name: 'org/data' });
    const { digests } = (await verify(at)).subject;
    expect(exitCodeOf(await verify(at, { expect: digests, expectName: 'org/data' }))).toBe(0);
    expect(exitCodeOf(await verify(at, { expectName: 'org/other' }))).toBe(1);
    expect(exitCodeOf(await verify(at, { expect: { stemmaFileTreeV1: '00'.repeat(32) } }))).toBe(1);
  });

  it('lists what its statement leaves out', async () => {
    const at = await attested({ ...FILES, 'tmp/x': '1' }, { ignore: ['tmp'] });
    const report = await verify(at);
    expect(report.notCovered).toEqual([{ path: 'tmp/x', because: 'left out by the matched statement' }]);
    write(at, 'tmp/x', '2');
    expect(exitCodeOf(await verify(at))).toBe(0);
  });
});

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
    expect(report.lineage).toMatchObject([{ relation: 'derived-dataset', status: 'claimed' }]);
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
