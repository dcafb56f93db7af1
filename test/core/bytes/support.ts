import { expect } from 'vitest';
import { type ErrorCode, StemmaError } from '../../../src/core/errors/index.ts';

/** Asserts that `run` throws a StemmaError of this code, and returns it. */
export function codeOf(run: () => unknown, code: ErrorCode): StemmaError {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error;
    expect(error.code).toBe(code);
    return error;
  }
  return expect.fail(`expected ${code}, found ${JSON.stringify(result)}`);
}
