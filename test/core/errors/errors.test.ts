import { describe, expect, it } from 'vitest';
import {
  ERROR_CLASSES,
  type ErrorCode,
  isStemmaError,
  StemmaError,
  throwIfAborted,
} from '../../../src/core/errors/index.ts';

describe('a coded error', () => {
  it.each(Object.entries(ERROR_CLASSES))('%s has the class %s', (code, errorClass) => {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(new StemmaError(code as ErrorCode, 'x').errorClass).toBe(errorClass);
  });

  it('carries message, hint, details and cause', () => {
    const cause = new Error('why');
    const error = new StemmaError('USAGE', 'no', { hint: 'do', details: { offset: 3 }, cause });
    expect(error).toMatchObject({
      name: 'StemmaError',
      code: 'USAGE',
      message: 'no',
      hint: 'do',
      details: { offset: 3 },
    });
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
  });

  it('has no cause, hint or details that nobody gave', () => {
    const error = new StemmaError('USAGE', 'no');
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect([error.hint, error.details]).toEqual([undefined, undefined]);
  });

  it('is told from other errors', () => {
    expect(isStemmaError(new StemmaError('USAGE', 'no'))).toBe(true);
    for (const other of [new Error('USAGE'), { name: 'StemmaError', code: 'USAGE' }, 'USAGE', undefined, null])
      expect(isStemmaError(other)).toBe(false);
  });
});

describe('an abort', () => {
  it('is thrown as an interrupt', () => {
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow(expect.objectContaining({ code: 'INTERRUPTED' }));
  });

  it('is not thrown where none was asked for', () => {
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    expect(() => throwIfAborted(undefined)).not.toThrow();
  });
});
