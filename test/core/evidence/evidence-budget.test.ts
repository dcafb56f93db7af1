import { expect, test } from 'vitest';
import { encodeUtf8 } from '../../../src/core/bytes/index.ts';
import { isStemmaError } from '../../../src/core/errors/index.ts';
import { EvidenceBudget } from '../../../src/core/evidence/index.ts';

const MIB = 1024 * 1024;

function refusal(budget: EvidenceBudget, payload: Uint8Array | undefined): string | undefined {
  try {
    budget.admit(payload);
    return undefined;
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    expect(error.code).toBe('TOO_LARGE');
    return error.message;
  }
}

test('10,000 lines are read, whatever they hold, and no more', () => {
  const budget = new EvidenceBudget();
  for (let i = 0; i < 10_000; i++) budget.admit(i % 2 === 0 ? undefined : encodeUtf8('{}'));
  expect(refusal(budget, undefined)).toContain('at most 10000 lines');
});

test('64 MiB of payloads are read, and no byte more', () => {
  const budget = new EvidenceBudget();
  for (let i = 0; i < 4; i++) budget.admit(new Uint8Array(16 * MIB));
  expect(refusal(budget, new Uint8Array(1))).toContain(`at most ${64 * MIB} bytes`);
  expect(refusal(budget, new Uint8Array(0))).toBeUndefined();
});

test.each([
  ['numbers', '1,'],
  ['empty objects', '{}'],
  ['empty arrays', '[]'],
  ['members', '"a":{'],
])('a million values are read: %s', (_, text) => {
  const of = (count: number): Uint8Array => encodeUtf8(text.repeat(count));
  expect(refusal(new EvidenceBudget(), of(999_999))).toBeUndefined();
  expect(refusal(new EvidenceBudget(), of(1_000_000))).toContain('at most 1000000 values');
});

test('what is refused does not count: a smaller one may still be read', () => {
  const budget = new EvidenceBudget();
  expect(refusal(budget, new Uint8Array(65 * MIB))).toBeDefined();
  expect(refusal(budget, new Uint8Array(64 * MIB))).toBeUndefined();
});
