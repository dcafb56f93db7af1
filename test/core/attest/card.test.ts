import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseProvenance } from '../../../src/core/attestation/index.ts';
import { tempDir } from '../model/support.ts';
import { verify } from '../verify/support.ts';
import { attest, digits, type Overrides, statementsOf } from './support.ts';

let dir: string;
let model: string;
let warnings: string[];

beforeEach(() => {
  dir = tempDir();
  warnings = [];
  for (const name of ['base', 'data-rotated']) digits(dir, name);
  model = digits(dir, 'finetuned');
});

const card = (...lines: readonly string[]): void =>
  writeFileSync(path.join(model, 'README.md'), ['---', ...lines, '---', ''].join('\n'));
const pathTo = (name: string) => ({ kind: 'path', path: path.join(dir, name) }) as const;
const baseGiven = (relationGiven: boolean) =>
  ({ relation: 'finetuned-from', relationGiven, reference: pathTo('base') }) as const;
const fromCard = (overrides: Overrides = {}): ReturnType<typeof attest> =>
  attest(model, { fromCard: true, onWarning: (message) => warnings.push(message), ...overrides });

function parameters(): Readonly<Record<string, string>> {
  const found = statementsOf(model).find(({ statement }) => statement.predicateType.includes('provenance'));
  return found === undefined ? {} : parseProvenance(found.statement).parameters;
}

describe('attest --from-card', () => {
  it('signs no link for a name, and says how to add one', async () => {
    const { links } = await fromCard();

    expect(links).toEqual([]);
    expect(warnings).toEqual([
      'the card names the base model "digits/base", and no link is signed to it: add --base finetuned-from=REF with its path, evidence file or digest set',
      'the card names the dataset "digits/data-rotated", and no link is signed to it: add --dataset REF with its path, evidence file or digest set',
    ]);
  });

  it('has nothing to say where every parent was given', async () => {
    await fromCard({ bases: [baseGiven(false)], datasets: [pathTo('data-rotated')] });

    expect(warnings).toEqual([]);
  });

  it('says what is left where some were given, and takes a digest set for any of them', async () => {
    card('base_model: [one/a, two/b]', 'base_model_relation: merge');
    const digests = { sha256: '0'.repeat(64) };

    await fromCard({
      bases: [{ relation: 'merged-from', relationGiven: true, reference: { kind: 'digests', digests } }],
    });

    expect(warnings).toEqual([
      expect.stringContaining('"two/b", and no link is signed to it: add --base merged-from=REF'),
    ]);
  });

  it('takes the relation of the card where none was given, and no other one', async () => {
    card('base_model: digits/base', 'base_model_relation: adapter');
    expect((await fromCard({ bases: [baseGiven(false)] })).links[0]?.relation).toBe('adapter-of');
    expect((await fromCard({ bases: [baseGiven(true)], force: true })).links[0]?.relation).toBe('finetuned-from');
  });

  it('records the licence, which verify then holds the card against', async () => {
    await fromCard({ bases: [baseGiven(false)], datasets: [pathTo('data-rotated')] });

    expect(parameters()).toEqual({ license: 'apache-2.0' });
    const report = await verify(model);
    expect(report.lineage.nodes[0]?.licences).toEqual(['apache-2.0']);
    expect(report.checks.filter(({ id }) => id === 'lineage.card')).toMatchObject([{ outcome: 'pass' }]);
  });

  it('has a licence that the user says go before that of the card, and verify tell the difference', async () => {
    await fromCard({
      parameters: { license: 'MIT' },
      bases: [baseGiven(false)],
      datasets: [pathTo('data-rotated')],
    });

    expect(parameters()).toEqual({ license: 'MIT' });
    expect((await verify(model)).checks.filter(({ id }) => id === 'lineage.card')).toMatchObject([
      { outcome: 'fail', message: 'the card says the licence is "apache-2.0", and what is signed "MIT"' },
    ]);
  });

  it('has the words of the Hub be those of SPDX', async () => {
    card('base_model: digits/base', 'datasets: digits/data-rotated', 'license: gpl-3.0');
    const exact = { bases: [baseGiven(false)], datasets: [pathTo('data-rotated')] };
    const outcome = async (license: string): Promise<unknown> => {
      await fromCard({ ...exact, parameters: { license }, force: true });
      return (await verify(model)).checks.find(({ id }) => id === 'lineage.card')?.message;
    };

    expect(await outcome('LGPL-3.0-only')).toContain('the card says the licence is "gpl-3.0"');
    expect(await outcome('GPL-3.0-only')).not.toContain('licence');
  });

  it.each([
    ['several', 'license: [mit, apache-2.0]'],
    ['no expression', 'license: "free, as in beer"'],
  ])('records no licence that is %s, and says so', async (_, line) => {
    card(line);

    await fromCard();

    expect(parameters()).toEqual({});
    expect(warnings).toEqual([expect.stringContaining('the licence of the card is not recorded')]);
  });

  it('is refused without a card, before anything is written', async () => {
    writeFileSync(path.join(model, 'README.md'), '# A model\n');
    await expect(fromCard()).rejects.toMatchObject({ code: 'USAGE' });
    writeFileSync(path.join(model, 'README.md'), '---\nbase_model: *x\n---\n');
    await expect(fromCard()).rejects.toMatchObject({ code: 'CARD_INVALID' });
    await expect(fromCard({ model: path.join(model, 'model.safetensors') })).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(path.join(model, 'model.attestations.jsonl'))).toBe(false);
  });

  it('takes nothing of a card where it is not asked to', async () => {
    await attest(model, { onWarning: (message) => warnings.push(message) });

    expect(parameters()).toEqual({});
    expect(warnings).toEqual([]);
  });
});
