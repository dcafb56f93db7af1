import { describe, expect, it } from 'vitest';
import { type JsonLimits, parseJson } from '../../../src/core/bytes/index.ts';
import { codeOf } from './support.ts';

const parse = (text: string, limits: Partial<JsonLimits> = {}) =>
  parseJson(text, { maxBytes: 1 << 20, what: 'document', ...limits });

describe('numbers in strict JSON', () => {
  it('reads integers of any number of digits as JSON.parse does, or refuses them beyond 2^53-1', () => {
    for (let digits = 1; digits <= 20; digits++) {
      for (const text of ['1'.repeat(digits), '9'.repeat(digits), `1${'0'.repeat(digits - 1)}`]) {
        if (Number.isSafeInteger(Number(text)))
          expect(parse(`[${text}]`, { integersOnly: true })).toEqual([Number(text)]);
        else codeOf(() => parse(text), 'JSON_INVALID');
        expect(parse(`${text}e0`)).toBe(Number(text));
        expect(parse(`-${text}.5E1`)).toBe(Number(`-${text}.5E1`));
        codeOf(() => parse(`0${text}`), 'JSON_INVALID');
        codeOf(() => parse(`${text}.`), 'JSON_INVALID');
      }
    }
  });

  it.each(['1.0', '1e3', '0.5', '1E0'])('refuses %s where every number is an integer', (text) => {
    expect(parse(text)).toBeTypeOf('number');
    codeOf(() => parse(text, { integersOnly: true }), 'JSON_INVALID');
  });
});
