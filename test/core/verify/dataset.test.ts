import { appendFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/core/verify/index.ts';
import { expectCode } from '../model/support.ts';
import { ATTESTATIONS, attestationsOf, attested, FILES, verify, write } from './dataset-support.ts';
import { tempFolder, trustAnchors, trustKey, writeModel } from './support.ts';

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
