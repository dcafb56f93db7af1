import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/core/bytes/index.ts';
import { attest } from './attest-support.ts';
import { checkOf, exitCode, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');

interface Entry {
  index?: number;
  name: unknown;
  prev?: string;
  sha256: unknown;
  size: unknown;
  seenOn?: string;
}

/** Docs/formats/transcript.md read literally. */
function transcriptOf(entries: readonly Entry[]): string {
  let prev = sha256('stemma/transcript/v1\0');
  return entries
    .map((entry, index) => {
      const line = `${canonicalJson({ index, prev, seenOn: '2026-01-02T03:04:05.006Z', ...entry } as never)}\n`;
      prev = sha256(line);
      return line;
    })
    .join('');
}

const FILES = { 'ckpt-1.bin': 'one', 'out/ckpt-2.bin': 'two', 'last.bin': 'third' };
const entryOf = (name: string, text: string): Entry => ({ name, sha256: sha256(text), size: text.length });
const ENTRIES = [entryOf('last.bin', 'first'), ...Object.entries(FILES).map(([name, text]) => entryOf(name, text))];

/** A model whose provenance lists this transcript, and the checkpoints of the model beside it. */
async function trained(
  text: string,
): Promise<{ readonly model: string; readonly folder: string; readonly file: string }> {
  const model = writeModel({ 'weights.bin': 'numbers' });
  const folder = writeFiles(tempFolder(), { ...FILES, 'transcript.jsonl': text });
  const file = path.join(folder, 'transcript.jsonl');
  await attest(model, { logs: [file] });
  return { model, folder, file };
}

const check = async (model: string, file: string) =>
  checkOf(await verify(model, { transcripts: [file] }), 'content.transcript');

describe('a transcript', () => {
  test('is the one that was signed, chained, and of the checkpoints that lie beside it', async () => {
    const { model, file } = await trained(transcriptOf(ENTRIES));
    expect(await check(model, file)).toMatchObject({
      required: true,
      outcome: 'pass',
      message: '4 checkpoints in an unbroken chain; 3 of 3 files are here, and equal',
    });
    expect(await exitCode(model, { transcripts: [file] })).toBe(0);
  });

  test('says how many of them are not here any more, and follows a link to one', async () => {
    const { model, folder, file } = await trained(transcriptOf(ENTRIES));
    rmSync(path.join(folder, 'out'), { recursive: true });
    renameSync(path.join(folder, 'last.bin'), path.join(folder, 'archived'));
    symlinkSync('archived', path.join(folder, 'last.bin'));
    rmSync(path.join(folder, 'ckpt-1.bin'));
    mkdirSync(path.join(folder, 'ckpt-1.bin'));
    expect(await check(model, file)).toMatchObject({
      outcome: 'pass',
      message: expect.stringContaining('; 1 of 3 files are here, and equal'),
    });
  });

  test('may be of no checkpoint', async () => {
    const { model, file } = await trained('');
    expect((await check(model, file)).message).toMatch(/^0 checkpoints/);
  });

  test.each([
    ['of the same length', 'ONE'],
    ['of another length', 'only one'],
    ['that is empty', ''],
  ])('fails where a checkpoint is another file, %s', async (_, text) => {
    const { model, folder, file } = await trained(transcriptOf(ENTRIES));
    writeFileSync(path.join(folder, 'ckpt-1.bin'), text);
    expect(await check(model, file)).toMatchObject({
      outcome: 'fail',
      message: expect.stringMatching(/^"ckpt-1.bin" is not the file of 3 bytes/),
    });
    expect(await exitCode(model, { transcripts: [file] })).toBe(1);
  });

  test('fails where a file is as it was before it was overwritten', async () => {
    const { model, folder, file } = await trained(transcriptOf(ENTRIES));
    writeFileSync(path.join(folder, 'last.bin'), 'first');
    expect((await check(model, file)).outcome).toBe('fail');
  });

  const LINES = transcriptOf(ENTRIES).split('\n').slice(0, -1);
  const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  test.each([
    ['two lines exchanged', joined([LINES[1], LINES[0], ...LINES.slice(2)] as string[])],
    ['one line left out', joined(LINES.toSpliced(1, 1))],
    ['the last line left out', joined(LINES.slice(0, -1))],
    ['one line replaced', joined(LINES).replace('ckpt-1', 'ckpt-3')],
    ['all of it replaced by that of another run', transcriptOf([entryOf('x', 'x')])],
  ])('fails that is not the signed one, with %s', async (_, text) => {
    const { model, file } = await trained(transcriptOf(ENTRIES));
    writeFileSync(file, text);
    expect((await check(model, file)).message).toMatch(/differs from the log/);
    expect(await exitCode(model, { transcripts: [file] })).toBe(1);
  });

  test.each([
    ['two lines exchanged', joined([LINES[1], LINES[0], ...LINES.slice(2)] as string[]), 1],
    ['one line left out', joined(LINES.toSpliced(1, 1)), 2],
    ['the first line left out', joined(LINES.slice(1)), 1],
    ['one line twice', joined(LINES.toSpliced(1, 0, LINES[0] as string)), 2],
    ['one line changed', joined(LINES).replace('ckpt-1', 'ckpt-3'), 3],
  ])('fails that was signed with its chain broken: %s', async (_, text, line) => {
    const { model, file } = await trained(text);
    expect(await check(model, file)).toMatchObject({
      outcome: 'fail',
      message: expect.stringContaining(`line ${line} is not chained`),
    });
    expect(await exitCode(model, { transcripts: [file] })).toBe(1);
  });

  const one = entryOf('a', 'a');
  test.each([
    ['no LF at its end', transcriptOf([one]).trimEnd(), /LF at its end/],
    ['a line that is no JSON', 'hello\n', /line 1/],
    ['a list', '[]\n', /an object/],
    ['an empty line', `${transcriptOf([one])}\n`, /line 2/],
    ['a further member', transcriptOf([{ ...one, more: 1 } as Entry]), /these members alone/],
    ['a member twice', transcriptOf([one]).replace('"name"', '"name":"b","name"'), /line 1/],
    ['white space', transcriptOf([one]).replace(':0', ': 0'), /canonical form/],
    ['a CR before LF', transcriptOf([one]).replace('\n', '\r\n'), /line 1/],
    ['a digest in upper case', transcriptOf([{ ...one, sha256: 'AB'.repeat(32) }]), /64 hex digits/],
    ['a short digest', transcriptOf([{ ...one, sha256: 'ab' }]), /64 hex digits/],
    ['a size below zero', transcriptOf([{ ...one, size: -1 }]), /numbers of 0 or more/],
    ['a size that is text', transcriptOf([{ ...one, size: '1' }]), /numbers of 0 or more/],
    ['a time of another zone', transcriptOf([{ ...one, seenOn: '2026-01-02T03:04:05+01:00' }]), /time in UTC/],
    ['a name that leads upwards', transcriptOf([{ ...one, name: '../a' }]), /its name has a \.\. component/],
    ['an absolute name', transcriptOf([{ ...one, name: '/etc/passwd' }]), /its name is absolute/],
    ['a name that is no text', transcriptOf([{ ...one, name: 7 }]), /its name is no text/],
  ])('is malformed with %s, whoever signed it', async (_, text, message) => {
    const { model, file } = await trained(text);
    expect(await check(model, file)).toMatchObject({ outcome: 'error', message: expect.stringMatching(message) });
    expect(await exitCode(model, { transcripts: [file] })).toBe(4);
  });

  test('is missing evidence where no trusted provenance of these bytes lists it', async () => {
    const { model, file } = await trained(transcriptOf(ENTRIES));
    const stranger = { transcripts: [file], trust: [trustKey('ed25519')] };
    expect(checkOf(await verify(model, stranger), 'content.transcript')).toMatchObject({
      outcome: 'missing',
      hint: expect.stringContaining('--checkpoint-glob'),
    });
    const other = path.join(writeFiles(tempFolder(), { 'other.jsonl': transcriptOf([one]) }), 'other.jsonl');
    expect(await exitCode(model, { transcripts: [other] })).toBe(3);
  });

  test('that is not there, or a folder, is nothing to decide by', async () => {
    const { model, folder, file } = await trained(transcriptOf(ENTRIES));
    await expect(verify(model, { transcripts: [`${file}x`] })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    expect(await exitCode(model, { transcripts: [folder] })).toBe(5);
  });
});
