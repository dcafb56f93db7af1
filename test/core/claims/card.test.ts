import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_FRONT_MATTER_BYTES, parseCard } from '../../../src/core/claims/index.ts';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { DIGITS } from '../attest/support.ts';

const parse = (text: string | Uint8Array, isWhole = true): ReturnType<typeof parseCard> =>
  parseCard(typeof text === 'string' ? Buffer.from(text) : text, isWhole);
const card = (...lines: readonly string[]): string => ['---', ...lines, '---', '', '# A model'].join('\n');

/** The message of the refusal; fails for anything but CARD_INVALID. */
function refusal(text: string | Uint8Array, isWhole = true): string {
  try {
    parse(text, isWhole);
  } catch (error) {
    if (error instanceof StemmaError && error.code === 'CARD_INVALID') return error.message;
    throw error;
  }
  throw new Error('it was read');
}

describe('a model card', () => {
  it('names base models, datasets, their relation and the licence', () => {
    expect(parse(readFileSync(path.join(DIGITS, 'finetuned/README.md')))).toEqual({
      bases: ['digits/base'],
      relation: 'finetuned-from',
      datasets: ['digits/data-rotated'],
      licences: ['apache-2.0'],
    });
  });

  it.each([
    ['one base as a text', ['base_model: a/b'], { bases: ['a/b'] }],
    ['several as a list', ['base_model:', '- a/b', '- c/d'], { bases: ['a/b', 'c/d'] }],
    ['several in brackets', ['base_model: [a/b, "c/d"]'], { bases: ['a/b', 'c/d'] }],
    ['one name once', ['datasets: [x, x]'], { datasets: ['x'] }],
    ['nothing', ['base_model:', 'datasets: []'], { bases: [], datasets: [] }],
    ['a relation that we have a word for', ['base_model_relation: quantized'], { relation: 'quantized-from' }],
    ['a licence of its own', ['license: other', 'license_name: my-licence'], { licences: ['my-licence'] }],
    ['several licences', ['license: [mit, gpl-3.0]'], { licences: ['mit', 'gpl-3.0'] }],
    ['no member of an object', ['base_model_relation: constructor', 'tags: [x]'], { bases: [] }],
  ])('may have %s', (_, lines, claims) => {
    expect(parse(card(...lines))).toMatchObject(claims);
  });

  it('has no relation that is not one of ours', () => {
    expect(parse(card('base_model_relation: distilled'))).not.toHaveProperty('relation');
  });

  it('is read with a byte order mark, and with lines that end in CRLF', () => {
    expect(parse(`\ufeff${card('base_model: a')}`)?.bases).toEqual(['a']);
    expect(parse(card('base_model: a').replaceAll('\n', '\r\n'))?.bases).toEqual(['a']);
  });

  it('may have a front matter that says nothing', () => {
    expect(parse('---\n---\n')).toEqual({ bases: [], datasets: [], licences: [] });
    expect(parse('---\n# only a remark\n---\n')).toEqual({ bases: [], datasets: [], licences: [] });
  });

  it.each([
    '# A model\n---\nbase_model: a\n---\n',
    '',
    '----\na: b\n----\n',
    ' ---\na: b\n---\n',
    '\n---\na: b\n---\n',
  ])('has none that does not begin in its first line: %j', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('is refused where the front matter does not end', () => {
    expect(refusal('---\nbase_model: a\n')).toContain('expected a second line "---", found none');
    expect(refusal('---')).toContain('expected a second line');
  });

  it('is refused where it does not end within the limit, however long the file is', () => {
    const long = Buffer.alloc(10 * 1024 * 1024, 'a: b\n');
    long.write('---\n');
    expect(refusal(long)).toContain(`within ${MAX_FRONT_MATTER_BYTES} bytes`);
    expect(refusal(long.subarray(0, MAX_FRONT_MATTER_BYTES + 1024), false)).toContain('within');
    const late = `---\n${'# x\n'.repeat(MAX_FRONT_MATTER_BYTES / 4 + 1)}---\n`;
    expect(refusal(late)).toContain('within');
  });

  it.each([
    ['an alias', ['a: &x [b]', 'base_model: *x'], 'found an anchor'],
    ['a bomb', ['a: &a [x, x]', 'b: &b [*a, *a]', 'base_model: [*b, *b]'], 'found an anchor'],
    ['a tag', ['base_model: !!python/object x'], 'found a tag'],
    ['a merge key', ['<<: {base_model: a}'], 'expected no member'],
    ['a member twice', ['base_model: a', 'base_model: b'], 'is given twice'],
    ['no prototype', ['__proto__: {base_model: a}'], 'expected no member'],
    ['deep nesting', [`x: ${'['.repeat(60)}${']'.repeat(60)}`], 'levels'],
    ['a thousand levels of blocks', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}x:`), ''],
    ['a list', ['- base_model: a'], 'expected members'],
    ['a word', ['base_model'], 'expected members'],
    ['a number for a name', ['base_model: 7'], 'expected a text'],
    ['an object for a name', ['datasets: [{name: a}]'], 'expected a text (at /datasets/0)'],
    ['an empty name', ['datasets: [""]'], 'expected 1 to 1024 characters'],
    ['a name of a megabyte', [`base_model: ${'x'.repeat(2000)}`], 'expected 1 to 1024 characters'],
    ['more names than anybody reads', [`datasets: [${'a,'.repeat(300)}b]`], 'expected at most 256 entries'],
    ['two documents', ['a: b', '...', 'c: d'], 'several'],
    ['something else than YAML', ['a: "'], ''],
  ])('is refused with %s', (_, lines, message) => {
    expect(refusal(card(...lines))).toContain(message);
  });

  it('is refused where it is no UTF-8', () => {
    expect(refusal(Buffer.from('---\nbase_model: \xff\n---\n', 'latin1'))).toContain('expected UTF-8');
  });

  it('is not slow for text that is made to be', () => {
    const started = performance.now();
    for (const text of ['{'.repeat(100_000), '- '.repeat(100_000), '? '.repeat(100_000), '"\\'.repeat(100_000)])
      refusal(card(text));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
