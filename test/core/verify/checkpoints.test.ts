import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { noteOf } from '../log/support.ts';
import { rootOfRecords } from '../records/support.ts';
import { attest } from './attest-support.ts';
import { linesIn } from './evaluation-support.ts';
import { bundleOf } from './oms-support.ts';
import { checkOf, checksOf, exitCode, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const LINES = Array.from({ length: 6 }, (_, i) => `{"step":${i}}\n`);
const RUN = `stemma.run/${'0123456789abcdef'.repeat(2)}`;
const rootOf = (lines: readonly string[]): Uint8Array => rootOfRecords(lines.map((line) => Buffer.from(line)));
const note = (size: number, lines = LINES, origin = `${RUN}/0`, signer = 'p256'): Promise<string> =>
  noteOf(size, rootOf(lines.slice(0, size)), { origin, signer });

interface Listed {
  readonly note: string;
  readonly size?: number;
  readonly log?: string;
  readonly origin?: string;
}

/** A model whose provenance lists its log, and these checkpoints. */
async function trained(listed: readonly Listed[]): Promise<{ readonly model: string; readonly log: string }> {
  const model = writeModel({ 'weights.bin': 'numbers' });
  const log = path.join(writeFiles(tempFolder(), { 'train.jsonl': LINES.join('') }), 'train.jsonl');
  await attest(model, { logs: [log] });
  const lines = readFileSync(linesIn(model), 'utf8').trimEnd().split('\n');
  const signed = lines.map(async (line) => {
    const payload = JSON.parse(Buffer.from(JSON.parse(line).dsseEnvelope.payload, 'base64').toString());
    if (payload.predicateType !== 'https://slsa.dev/provenance/v1') return line;
    for (const one of listed) {
      const [origin = '', size = ''] = one.note.split('\n');
      payload.predicate.runDetails.byproducts.push({
        name: one.log ?? 'train.jsonl',
        digest: { sha256: createHash('sha256').update(one.note).digest('hex') },
        annotations: { checkpoint: one.origin ?? origin, size: one.size ?? Number(size) },
      });
    }
    return JSON.stringify(await bundleOf(payload));
  });
  writeFileSync(linesIn(model), `${(await Promise.all(signed)).join('\n')}\n`);
  return { model, log };
}

function kept(...notes: readonly string[]): string {
  return path.join(writeFiles(tempFolder(), { 'run.checkpoints': notes.join('') }), 'run.checkpoints');
}

const NOTES = [await note(2), await note(4), await note(6)] as const;
const ALL = NOTES.map((one) => ({ note: one }));

describe('checkpoints that were kept', () => {
  test('are those that the provenance lists, and beginnings of its log', async () => {
    const { model, log } = await trained(ALL);
    const alone = checkOf(await verify(model, { checkpoints: [kept(...NOTES)] }), 'content.checkpoints');
    expect(alone).toMatchObject({ required: true, outcome: 'pass', message: 'the 3 that the provenance lists' });
    const both = checkOf(await verify(model, { checkpoints: [kept(...NOTES)], logs: [log] }), 'content.checkpoints');
    expect(both).toMatchObject({
      outcome: 'pass',
      message: 'the 3 that the provenance lists, and beginnings of "train.jsonl"',
    });
    expect(await exitCode(model, { checkpoints: [kept(...NOTES)], logs: [log] })).toBe(0);
  });

  test('may be a copy that was made before the run had ended, read through a link, with the same note twice', async () => {
    const { model } = await trained(ALL);
    const link = path.join(tempFolder(), 'link');
    symlinkSync(kept(NOTES[0], NOTES[0], NOTES[1]), link);
    expect(checkOf(await verify(model, { checkpoints: [link] }), 'content.checkpoints')).toMatchObject({
      outcome: 'pass',
      message: 'the first 2 of the 3 listed',
    });
  });

  test('may stand among those of other runs', async () => {
    const { model } = await trained(ALL);
    const other = await note(3, LINES, 'stemma.run/ffff/0');
    expect(await exitCode(model, { checkpoints: [kept(other, ...NOTES)] })).toBe(0);
  });

  test('are claimed until all of them are compared', async () => {
    const { model } = await trained(ALL);
    const fact = { name: 'checkpoints of train.jsonl', value: '3, the last one over 6 records' };
    for (const checkpoints of [[], [kept(NOTES[0])], [kept(...NOTES, 'torn')]]) {
      const report = await verify(model, { checkpoints });
      expect(report.claimed).toContainEqual({ ...fact, by: 'p256.pub' });
      expect(report.verified).not.toContainEqual(fact);
    }
    const report = await verify(model, { checkpoints: [kept(...NOTES)] });
    expect(report.verified).toContainEqual(fact);
    expect(report.claimed).not.toContainEqual(expect.objectContaining(fact));
  });
});

const other = LINES.with(1, 'other\n');

describe('checkpoints fail', () => {
  test.each<[string, () => Promise<{ listed?: Listed[]; notes: string[] }>, number, RegExp]>([
    [
      'reordered',
      async () => ({ notes: [NOTES[1], NOTES[0], NOTES[2]] }),
      1,
      /checkpoint 2, .*one that was made later/,
    ],
    ['one replaced', async () => ({ notes: [NOTES[0], await note(4, other)] }), 1, /checkpoint 2, .*two histories/],
    ['one more than is listed', async () => ({ notes: [...NOTES, await note(5)] }), 1, /checkpoint 4, .*not list it/],
    ['one dropped', async () => ({ notes: [NOTES[0], NOTES[2]] }), 3, /"train.jsonl" over 4 records .* and is not/],
    ['the first one dropped', async () => ({ notes: [NOTES[1]] }), 3, /over 2 records/],
    ['one byte of a signature changed', async () => ({ notes: [broken(NOTES[0])] }), 1, /signature is not that/],
    [
      'one by a stranger',
      async () => ({ notes: [...NOTES, await note(5, LINES, `${RUN}/0`, 'ed25519')] }),
      3,
      /checkpoint 4, .*no trusted key/,
    ],
    [
      'those of another run alone',
      async () => ({ notes: [await note(2, LINES, 'stemma.run/a/0')] }),
      3,
      /none of them/,
    ],
    ['one torn', async () => ({ notes: [NOTES[0], NOTES[1].slice(0, 60)] }), 4, /checkpoint 2: .*malformed/],
    ['one that is none', async () => ({ notes: ['hello\n'] }), 4, /checkpoint 1/],
    ['one torn and one replaced', async () => ({ notes: [await note(4, other), 'torn'] }), 1, /two histories/],
    ['none', async () => ({ notes: [] }), 4, /empty file/],
  ])('with %s', async (_, make, code, message) => {
    const { listed = ALL, notes } = await make();
    const { model } = await trained(listed);
    const checkpoints = [kept(...notes)];
    const { message: found } = checkOf(await verify(model, { checkpoints }), 'content.checkpoints');
    expect(found).toMatch(message);
    expect(await exitCode(model, { checkpoints })).toBe(code);
  });

  test.each<[string, () => Promise<Listed>, RegExp]>([
    ['over the whole log and of another one', async () => ({ note: await note(6, other) }), /its 6 records are not/],
    ['over more than the log', async () => ({ note: await note(7, [...LINES, 'x']) }), /more records than the 6/],
    ['listed with another size', async () => ({ note: NOTES[1], size: 3 }), /lists it as one of .* over 3 records/],
    ['listed as of another log', async () => ({ note: NOTES[1], origin: `${RUN}/1` }), /lists it as one of/],
  ])('where the provenance lists one %s', async (_, make, message) => {
    const one = await make();
    const { model } = await trained([{ note: NOTES[0] }, one]);
    const checkpoints = [kept(NOTES[0], one.note)];
    expect(checkOf(await verify(model, { checkpoints }), 'content.checkpoints').message).toMatch(message);
    expect(await exitCode(model, { checkpoints })).toBe(1);
  });

  test('where the log that was signed in the end does not begin with what one covers', async () => {
    const rewritten = await note(4, other);
    const { model, log } = await trained([{ note: NOTES[0] }, { note: rewritten }, { note: NOTES[2] }]);
    const checkpoints = [kept(NOTES[0], rewritten, NOTES[2])];
    // Of the log there is one root alone; with the log itself there is one for each size.
    expect(await exitCode(model, { checkpoints })).toBe(0);
    const check = checkOf(await verify(model, { checkpoints, logs: [log] }), 'content.checkpoints');
    expect(check.message).toMatch(/checkpoint 2, .* over 4 records: "train.jsonl" does not begin/);
    expect(await exitCode(model, { checkpoints, logs: [log] })).toBe(1);
  });

  test('without provenance that lists any', async () => {
    const { model } = await trained([]);
    const [check] = checksOf(await verify(model, { checkpoints: [kept(...NOTES)] }), 'content.checkpoints');
    expect(check).toMatchObject({ outcome: 'missing', message: expect.stringMatching(/no trusted provenance/) });
  });

  test('against provenance by a stranger', async () => {
    const { model } = await trained(ALL);
    const trust = [trustKey('ed25519')];
    expect(checkOf(await verify(model, { trust, checkpoints: [kept(...NOTES)] }), 'content.checkpoints')).toMatchObject(
      {
        outcome: 'missing',
      },
    );
  });

  test('one file at a time, and where it is a folder or not there', async () => {
    const { model, log } = await trained(ALL);
    const good = kept(...NOTES);
    const bad = kept(await note(3, other));
    expect(await exitCode(model, { checkpoints: [good, bad] })).toBe(1);
    expect(await exitCode(model, { checkpoints: [good, path.dirname(log)] })).toBe(5);
    await expect(verify(model, { checkpoints: [`${good}.none`] })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  test('beside a log that is not the signed one', async () => {
    const { model, log } = await trained(ALL);
    appendFileSync(log, 'more\n');
    expect(await exitCode(model, { checkpoints: [kept(...NOTES)], logs: [log] })).toBe(1);
  });
});

test.each([
  ['without a SHA-256', { digest: { sha512: 'ab'.repeat(64) } }],
  ['over no record', { annotations: { checkpoint: 'o', size: 0 } }],
  ['with a size that is text', { annotations: { checkpoint: 'o', size: '4' } }],
  ['without a name', { name: '' }],
])('a provenance that lists a checkpoint %s is malformed', async (_, change) => {
  const { model } = await trained([]);
  const lines = readFileSync(linesIn(model), 'utf8').trimEnd().split('\n');
  const payload = JSON.parse(Buffer.from(JSON.parse(lines.at(-1) ?? '').dsseEnvelope.payload, 'base64').toString());
  const fine = { name: 'a', digest: { sha256: 'ab'.repeat(32) }, annotations: { checkpoint: 'o', size: 4 } };
  const code = async (byproduct: object): Promise<number> => {
    payload.predicate.runDetails.byproducts = [byproduct];
    writeFileSync(linesIn(model), `${[...lines.slice(0, -1), JSON.stringify(await bundleOf(payload))].join('\n')}\n`);
    return exitCode(model, { require: ['provenance'] });
  };
  expect([await code(fine), await code({ ...fine, ...change })]).toEqual([0, 4]);
});

function broken(text: string): string {
  const at = text.length - 10;
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}
