import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AttestResult, evaluateModel } from '../../../src/core/attest/index.ts';
import type { ErrorCode } from '../../../src/core/errors/index.ts';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { expectCode, tempDir, tensorsNamed, writeFiles } from '../model/support.ts';
import { ATTESTATIONS, attestData, link } from './dataset-support.ts';
import { attest, auditor, linesOf, type Overrides, provenanceOf, trainer } from './support.ts';

const LOG = '{"step":1,"loss":2.5}\n{"step":2,"loss":1.5}\n';
const SIDE = /\.(?:sig|jsonl)$/;

let dir: string;
const at = (...parts: readonly string[]): string => path.join(dir, ...parts);

beforeEach(() => {
  dir = writeFiles(tempDir(), {
    'model/model.safetensors': tensorsNamed('w'),
    'model/config.json': '{}',
    'train.jsonl': LOG,
  });
});

function attestSalted(log = 'train.jsonl', secret = 'train.secret', overrides: Overrides = {}): Promise<AttestResult> {
  return attest(at('model'), { saltedLogs: [{ file: at(log), secret: at(secret) }], ...overrides });
}

/** Everything that was written with the model, its payloads decoded. */
function published(): string {
  const files = readdirSync(at('model')).filter((name) => SIDE.test(name));
  const lines = files.flatMap((name) => linesOf(at('model', name)));
  const payloads = lines.map((line) => {
    const payload: unknown = /"payload":"([^"]*)"/.exec(line)?.[1];
    return typeof payload === 'string' ? Buffer.from(payload, 'base64').toString() : '';
  });
  return [...lines, ...payloads].join('\n');
}

/** Refused, and neither a statement nor a secret was left behind. */
async function refused(work: Promise<unknown>, code: ErrorCode, secret = 'train.secret'): Promise<void> {
  await expectCode(work, code);
  expect([existsSync(at('model', ATTESTATIONS)), existsSync(at(secret))]).toEqual([false, false]);
}

describe('a salted log', () => {
  it('is published by its salted root and its number of records alone, under a new secret for its owner', async () => {
    const result = await attestSalted();
    expect(result).toMatchObject({
      logs: [{ name: 'train.jsonl', records: 2, salted: true }],
      newSecrets: ['train.secret'],
    });
    const { mode, size } = statSync(at('train.secret'));
    expect([mode & 0o777, size]).toEqual([0o600, 32]);
    const [log] = provenanceOf(at('model')).logs;
    expect(log).toMatchObject({ name: 'train.jsonl', size: 2, records: 'lf', truncated: false });
    expect(Object.keys(log?.digest ?? {})).toEqual(['stemmaSaltedTreeV1']);
  });

  it('leaves neither a plain digest, nor a record, nor its secret in anything that is written', async () => {
    await attestSalted();
    const text = published();
    const plain = Object.values((await digestLog(at('train.jsonl'), {})).digests);
    expect(plain).toHaveLength(2);
    const secret = readFileSync(at('train.secret'));
    for (const never of [...plain, '"loss"', secret.toString('hex'), secret.toString('base64')])
      expect(text).not.toContain(never);
    expect(text).toContain('stemmaSaltedTreeV1');
  });

  it('has another root under another secret', async () => {
    await attestSalted();
    await attestSalted('train.jsonl', 'other.secret', { force: true });
    const roots = new Set(linesOf(at('model', ATTESTATIONS)).flatMap((line) => rootsIn(line)));
    expect(roots.size).toBe(2);
  });

  it('keeps its secret for the same bytes, by any signer, and writes nothing anew', async () => {
    await attestSalted();
    const again = await attestSalted();
    expect([again.written, again.newSecrets]).toEqual([[], undefined]);
    expect(await attestSalted('train.jsonl', 'train.secret', { signer: auditor })).toMatchObject({ appended: 3 });
  });

  it('stands beside logs that are not salted', async () => {
    writeFileSync(at('open.jsonl'), 'open\n');
    await attestSalted('train.jsonl', 'train.secret', { logs: [at('open.jsonl')] });
    expect(provenanceOf(at('model')).logs.map(({ name, digest }) => [name, Object.keys(digest)])).toEqual([
      ['open.jsonl', ['sha256', 'stemmaLogTreeV1']],
      ['train.jsonl', ['stemmaSaltedTreeV1']],
    ]);
  });

  it('may lie in the model where it is left out there', async () => {
    mkdirSync(at('model/logs'));
    copyFileSync(at('train.jsonl'), at('model/logs/t.jsonl'));
    await attestSalted('model/logs/t.jsonl', 'train.secret', { ignore: ['logs'] });
    expect(provenanceOf(at('model')).logs).toHaveLength(1);
  });
});

function rootsIn(line: string): string[] {
  const text = Buffer.from(/"payload":"([^"]*)"/.exec(line)?.[1] ?? '', 'base64').toString();
  return [...text.matchAll(/"stemmaSaltedTreeV1":"([0-9a-f]{64})"/g)].map(([, root = '']) => root);
}

describe('the secret of a salted log is refused', () => {
  it('for another log, and for the same one after it changed', async () => {
    await attestSalted();
    const before = linesOf(at('model', ATTESTATIONS));
    writeFileSync(at('other.jsonl'), 'other\n');
    await expectCode(attestSalted('other.jsonl'), 'SECRET_REUSED');
    writeFileSync(at('train.jsonl'), `${LOG}{}\n`);
    await expectCode(attestSalted(), 'SECRET_REUSED');
    expect(linesOf(at('model', ATTESTATIONS))).toEqual(before);
  });

  it('where it is that of a dataset', async () => {
    mkdirSync(at('data'));
    copyFileSync(at('train.jsonl'), at('data/train.jsonl'));
    await attestData(at('data'), { secret: at('data.secret') });
    copyFileSync(at('data', ATTESTATIONS), at('model', ATTESTATIONS));
    await expectCode(attestSalted('train.jsonl', 'data.secret'), 'SECRET_REUSED');
  });

  it.each([
    ['too short', Buffer.alloc(31, 7), 0o600],
    ['one byte over and over', Buffer.alloc(32, 7), 0o600],
    ['readable by others', Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7)), 0o644],
  ])('where it is %s', async (_, bytes, mode) => {
    writeFileSync(at('bad.secret'), bytes);
    chmodSync(at('bad.secret'), mode);
    await expectCode(attestSalted('train.jsonl', 'bad.secret'), 'SECRET_INVALID');
    expect(existsSync(at('model', ATTESTATIONS))).toBe(false);
  });

  it('for two logs at once, and where it is a log itself', async () => {
    writeFileSync(at('b.jsonl'), 'b\n');
    const both = [at('train.jsonl'), at('b.jsonl')].map((file) => ({ file, secret: at('train.secret') }));
    await refused(attest(at('model'), { saltedLogs: both }), 'USAGE');
    await refused(attestSalted('train.jsonl', 'train.jsonl'), 'USAGE');
    const crossed = [
      { file: at('train.jsonl'), secret: at('b.jsonl') },
      { file: at('b.jsonl'), secret: at('c') },
    ];
    await refused(attest(at('model'), { saltedLogs: crossed }), 'USAGE', 'c');
  });

  it('inside the model, with which it would be handed on', async () => {
    await refused(attestSalted('train.jsonl', 'model/train.secret'), 'USAGE', 'model/train.secret');
    mkdirSync(at('model/deep'));
    await refused(attestSalted('train.jsonl', 'model/deep/s'), 'USAGE', 'model/deep/s');
  });
});

describe('what would publish a plain digest of a salted log beside its root is refused:', () => {
  it.each([
    ['the log in the model', 'model/train.jsonl', {}],
    ['the log in the model by a link to the folder', 'soft/train.jsonl', {}],
    ['a link out of which leads into the model', 'into.jsonl', {}],
    ['the log in a folder of the model that another is left out of', 'model/train.jsonl', { ignore: ['logs'] }],
  ])('%s', async (_, log, overrides) => {
    copyFileSync(at('train.jsonl'), at('model/train.jsonl'));
    symlinkSync('model', at('soft'));
    symlinkSync('model/train.jsonl', at('into.jsonl'));
    await refused(attestSalted(log, 'train.secret', overrides), 'USAGE');
  });

  it.each<[string, (file: string) => Overrides]>([
    ['the log as a plain log', (file) => ({ logs: [file] })],
    ['the log as configuration', (file) => ({ configs: [file] })],
    ['the log as an environment', (file) => ({ environments: [link(file)] })],
    ['the log as a dataset', (file) => ({ datasets: [link(file)] })],
    ['the folder around it as a dataset', (file) => ({ datasets: [link(path.dirname(file))] })],
  ])('%s, under its own name, a second and in a copy', async (_, also) => {
    mkdirSync(at('in'));
    copyFileSync(at('train.jsonl'), at('in/train.jsonl'));
    await refused(attestSalted('in/train.jsonl', 'train.secret', also(at('in/train.jsonl'))), 'USAGE');
    if (also('/x/y').datasets?.some((dataset) => dataset.kind === 'path' && dataset.path === '/x') === true) return;
    linkSync(at('in/train.jsonl'), at('hard.jsonl'));
    await refused(attestSalted('in/train.jsonl', 'train.secret', also(at('hard.jsonl'))), 'USAGE');
    await refused(attestSalted('in/train.jsonl', 'train.secret', also(at('train.jsonl'))), 'USAGE');
  });

  it('a copy of it, under any name, in the model', async () => {
    copyFileSync(at('train.jsonl'), at('model/notes.txt'));
    await refused(attestSalted(), 'USAGE');
    await refused(attestSalted('train.jsonl', 'train.secret', { modelSig: false, manifest: false }), 'USAGE');
    await refused(
      attest(at('train.jsonl'), {
        saltedLogs: [{ file: at('model/notes.txt'), secret: at('train.secret') }],
        opaque: [],
      }),
      'USAGE',
    );
  });

  it('the same log with --log later, where it was attested salted before', async () => {
    await attestSalted();
    const before = linesOf(at('model', ATTESTATIONS));
    await expectCode(attest(at('model'), { logs: [at('train.jsonl')] }), 'USAGE');
    expect(linesOf(at('model', ATTESTATIONS))).toEqual(before);
    writeFileSync(at('train.jsonl'), 'another log\n');
    await attest(at('model'), { logs: [at('train.jsonl')], signer: auditor });
  });

  it('an evaluation that reads its metric from the log', async () => {
    await attestSalted();
    const evaluate = (file: string) =>
      evaluateModel({
        model: at('model'),
        signer: trainer,
        source: { kind: 'log', file, record: 2, metrics: [{ name: 'loss', value: undefined }] },
        dataset: { kind: 'digests', digests: { sha256: '00'.repeat(32) } },
        harness: [],
        ignore: [],
        opaque: [],
        allowSymlinks: false,
        segmentHash: 'blake3',
      });
    await expectCode(evaluate(at('train.jsonl')), 'USAGE');
    const plain = createHash('sha256').update(LOG).digest('hex');
    expect(published()).not.toContain(plain);
    writeFileSync(at('eval.jsonl'), LOG);
    await evaluate(at('eval.jsonl'));
  });
});

describe('no secret is left behind', () => {
  it('where the statement cannot be written', async () => {
    writeFileSync(at('file'), '');
    await refused(attestSalted('train.jsonl', 'train.secret', { outputDir: at('file/evidence') }), 'WRITE_FAILED');
  });

  it('where the log is not there', async () => {
    await refused(attestSalted('nowhere.jsonl'), 'PATH_NOT_FOUND');
  });

  it('where the secret of a second log cannot be written', async () => {
    writeFileSync(at('b.jsonl'), 'b\n');
    const saltedLogs = [
      { file: at('train.jsonl'), secret: at('train.secret') },
      { file: at('b.jsonl'), secret: at('train.jsonl/no') },
    ];
    await expectCode(attest(at('model'), { saltedLogs }), 'WRITE_FAILED');
    expect([existsSync(at('train.secret')), existsSync(at('model', ATTESTATIONS))]).toEqual([false, false]);
  });
});
