import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AttestDatasetOptions } from '../../../src/core/attest/index.ts';
import { expectCode, modelOf, tempDir, writeFiles } from '../model/support.ts';
import { ATTESTATIONS, attestData, datasetIn, FILES } from './dataset-support.ts';
import { auditor, kindsOf, sign } from './support.ts';

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
    expect(datasetIn(dir)).toMatchObject({ licenses: ['CC-BY-4.0'], sources: ['https://example.com/x'], records: 2 });
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
    expect(datasetIn(dir)).toMatchObject({
      ignored: ['scratch'],
      optOut: { observedAt: '2026-11-01T12:00:00.000Z', signals: [{ signal: 'robots.txt', files: 1 }] },
    });
  });

  it.each<readonly [string, Partial<AttestDatasetOptions>]>([
    ['a licence that is no SPDX expression', { licenses: ['CC BY'] }],
    ['a licence given twice', { licenses: ['MIT', 'MIT'] }],
    ['a source with user info', { sources: ['https://u:p@example.com/'] }],
    ['a source with a fragment', { sources: ['https://example.com/x#token=abc'] }],
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
