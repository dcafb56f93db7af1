import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { attestDataset } from '../../../src/core/attest/index.ts';
import { DATASET_DEFAULTS } from '../../../src/core/defaults.ts';
import type { Check } from '../../../src/core/verify/index.ts';
import { attest, digits } from '../attest/support.ts';
import { tempDir } from '../model/support.ts';
import { checksOf, signerOf, trustKey, verify } from './support.ts';

let dir: string;
let model: string;

beforeEach(() => {
  dir = tempDir();
  digits(dir, 'base');
  digits(dir, 'data-rotated');
  model = digits(dir, 'finetuned');
});

const pathTo = (name: string) => ({ kind: 'path', path: path.join(dir, name) }) as const;
const card = (...lines: readonly string[]): void =>
  writeFileSync(path.join(model, 'README.md'), ['---', ...lines, '---', ''].join('\n'));

/** Attests the model with these parents and gives the check of its card; undefined where there is none. */
async function drift(parents: { readonly base?: null; readonly dataset?: null } = {}): Promise<Check | undefined> {
  const { base = 'base', dataset = 'data-rotated' } = parents;
  await attest(model, {
    bases: base === null ? [] : [{ relation: 'finetuned-from', relationGiven: true, reference: pathTo(base) }],
    datasets: dataset === null ? [] : [pathTo(dataset)],
    force: true,
  });
  const report = await verify(model);
  // Whatever a card says, the verdict is about what was signed.
  expect(report.result).toBe('pass');
  const [check, ...more] = checksOf(report, 'lineage.card');
  expect(more).toEqual([]);
  return check;
}

const NONE = { base: null, dataset: null };

describe('the card of a model beside its signed lineage', () => {
  it('agrees where it names what the links name', async () => {
    expect(await drift()).toMatchObject({ outcome: 'pass', required: false });
  });

  it('drifts where it names another base, and says both ways what is where', async () => {
    card('base_model: meta/other', 'datasets: [digits/data-rotated]');

    expect(await drift()).toMatchObject({
      outcome: 'fail',
      required: false,
      message:
        'the card names the base model "meta/other", which no signed link does; a signed link names the base model "base", which the card does not',
    });
  });

  it('drifts where it leaves out a dataset that is signed', async () => {
    card('base_model: digits/base');

    expect(await drift()).toMatchObject({
      outcome: 'fail',
      message: 'a signed link names the dataset "data-rotated", which the card does not',
    });
  });

  it('drifts where it says another relation', async () => {
    card('base_model: digits/base', 'base_model_relation: adapter', 'datasets: [digits/data-rotated]');

    expect(await drift()).toMatchObject({
      outcome: 'fail',
      message: 'the card says adapter-of, and a signed link finetuned-from',
    });
  });

  it('is not borne out where the signer names datasets and no base', async () => {
    expect(await drift({ base: null })).toMatchObject({
      outcome: 'missing',
      message: 'the card names the base model "digits/base"; no signed link says so',
    });
  });

  it('is held against nothing where nobody signed how the model was made', async () => {
    expect(await drift(NONE)).toMatchObject({ outcome: 'skip' });
  });

  it('is not decided by a link that gives no name', async () => {
    const { digests } = await attest(path.join(dir, 'base'));
    await attest(model, {
      bases: [{ relation: 'finetuned-from', relationGiven: true, reference: { kind: 'digests', digests } }],
      datasets: [pathTo('data-rotated')],
    });

    expect(checksOf(await verify(model), 'lineage.card')).toMatchObject([
      { outcome: 'unknown', message: expect.stringContaining('a signed link that gives no name may mean it') },
    ]);
  });

  it('agrees where it names data that only a verified parent was trained on, and is not borne out where nobody is trusted for that', async () => {
    const base = path.join(dir, 'base');
    await attestDataset({
      ...DATASET_DEFAULTS,
      dataset: path.join(dir, 'data-rotated'),
      signer: await signerOf('p384'),
    });
    await attest(base, { datasets: [pathTo('data-rotated')] });
    card('base_model: digits/base', 'datasets: [digits/data-rotated]');
    await attest(model, {
      bases: [{ relation: 'finetuned-from', relationGiven: true, reference: pathTo('base') }],
      force: true,
    });
    const trusting = async (...names: readonly ('p256' | 'p384')[]) => {
      const ancestors = { trust: names.map((name) => trustKey(name)) };
      return checksOf(await verify(model, names.length === 0 ? {} : { ancestors }), 'lineage.card')[0];
    };

    expect(await trusting('p256', 'p384')).toMatchObject({
      outcome: 'pass',
      message: expect.stringContaining('the dataset "digits/data-rotated", a verified ancestor further up'),
    });
    const missing = { outcome: 'missing', message: expect.stringContaining('no signed link says so') };
    expect(await trusting('p256')).toMatchObject(missing);
    expect(await trusting()).toMatchObject(missing);
    // Of the wrong kind, it is no further base model.
    card('base_model: [digits/base, digits/data-rotated]');
    await attest(model, {
      bases: [{ relation: 'finetuned-from', relationGiven: true, reference: pathTo('base') }],
      force: true,
    });
    expect((await trusting('p256', 'p384'))?.outcome).toBe('fail');
  });

  it('says nothing without a card, without front matter, and where it names nothing', async () => {
    for (const text of ['# A model\n', '---\nlibrary_name: numpy\n---\n']) {
      writeFileSync(path.join(model, 'README.md'), text);
      expect(await drift(NONE)).toBeUndefined();
    }
  });

  it('that cannot be read is said, and changes no verdict', async () => {
    card('base_model: &x a', 'datasets: *x');

    expect(await drift()).toMatchObject({
      outcome: 'error',
      errorClass: 'malformed',
      required: false,
      message: expect.stringContaining('found an anchor'),
    });
  });

  it('is not looked at where the bytes are not those that were signed', async () => {
    await drift();
    card('base_model: meta/other');

    const report = await verify(model);

    expect(report.result).toBe('fail');
    expect(checksOf(report, 'lineage.card')).toEqual([]);
  });

  it('has its names quoted', async () => {
    card('base_model: "a\\u001b[31m\\u202e"');

    const { message = '' } = (await drift()) ?? {};

    for (const acting of ['\u001b', '\u202e']) expect(message).not.toContain(acting);
    expect(message).toContain('which no signed link does');
  });
});
