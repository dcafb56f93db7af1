import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runStemma } from '../support/cli.ts';

const MODEL = path.resolve(import.meta.dirname, '../../fixtures/digits/finetuned');

describe('--recompute and --parent', () => {
  it.each([
    ['--recompute alone', ['--recompute'], /--parent/],
    ['--parent alone', ['--parent', MODEL], /--recompute/],
    ['a parent that is not there', ['--recompute', '--parent', `${MODEL}-gone`], /finetuned-gone/],
    ['nobody to trust', ['--recompute', '--parent', MODEL, '--integrity-only'], /--recompute/],
  ])('%s is exit 2, and says what is wrong', async (_, flags, message) => {
    const { exitCode, stderr } = await runStemma(['verify', MODEL, ...keyUnless(flags), ...flags]);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});

const KEY = path.resolve(import.meta.dirname, '../../fixtures/keys/p256.pub');
const keyUnless = (flags: readonly string[]): string[] => (flags.includes('--integrity-only') ? [] : ['--key', KEY]);
