import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateModel } from '../../../src/core/attest/index.ts';
import { expectCode } from '../model/support.ts';
import { ATTESTATIONS, link } from './dataset-support.ts';
import { at, attestSalted, LOG, published, refused } from './salted-logs-support.ts';
import { attest, auditor, linesOf, type Overrides, trainer } from './support.ts';

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
