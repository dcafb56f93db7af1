import { CLIError, ExitError, ModuleLoadError } from '@oclif/core/errors';
import { describe, expect, it } from 'vitest';
import { failureOf, renderFailure, requestedExit } from '../../src/cli/failure.ts';
import { StemmaError } from '../../src/core/errors/index.ts';
import { HOSTILE } from './hostile-report.ts';
import { expectInert } from './inert.ts';

const PLAIN = { color: false, unicode: true, verbose: false };

describe('failures', () => {
  it('keep code, message, hint and details of a coded error, and nothing else', () => {
    const error = new StemmaError('KEY_INVALID', 'no key', {
      hint: 'give one',
      details: { offset: 3 },
      cause: new Error('c'),
    });

    expect(failureOf(error)).toEqual({
      exitCode: 4,
      error: { code: 'KEY_INVALID', message: 'no key', hint: 'give one', details: { offset: 3 } },
    });
  });

  it('call what the flag parser refuses a usage error, in our wording', () => {
    const failure = failureOf(new CLIError('Nonexistent flag: --x\nSee more help with --help'), 'key show');

    expect(failure).toEqual({
      exitCode: 2,
      error: { code: 'USAGE', message: 'nonexistent flag: --x', hint: 'see: stemma key show --help' },
    });
  });

  it.each([
    [
      'Missing 1 required arg:\nmodel  folder or file\n\nNote: --key, --log allow multiple values. Because of this you need to provide all arguments before providing those flags.\nAlternatively, you can use "--" to signify the end of the flags and the beginning of arguments.\nSee more help with --help',
      'missing 1 required arg: model (folder or file)',
    ],
    [
      'The following error occurred:\n  \u001b[2m--full=true cannot also be provided when using --fast\u001b[22m\nSee more help with --help',
      '\u001b[2m--full=true cannot also be provided when using --fast\u001b[22m',
    ],
    ['Parsing --n \n\tExpected an integer but received: X', 'parsing --n; expected an integer but received: X'],
    ['Unexpected argument: Note: --a allow multiple values.', 'unexpected argument: Note: --a allow multiple values'],
  ])('say of %j what was wrong and nothing else', (message, said) => {
    expect(failureOf(new CLIError(message)).error.message).toBe(said);
  });

  it.each([
    ['a TypeError', new TypeError('x is not a function')],
    ['a system error that nobody caught', Object.assign(new Error('boom'), { code: 'ENOENT' })],
    ['a command that cannot be loaded', new ModuleLoadError('no such module')],
    ['a thrown text', 'text'],
    ['nothing', undefined],
    ['null', null],
    ['an object without a prototype', Object.create(null)],
  ])('call %s a bug', (_, thrown) => {
    expect(failureOf(thrown)).toMatchObject({ exitCode: 70, error: { code: 'INTERNAL' } });
  });

  it.each([
    "ENOENT: no such file or directory, open '/home/alice/models/secret/w.bin'",
    'Cannot find module file:///home/alice/stemma/dist/x.js',
    'C:\\Users\\alice\\model.bin is gone',
    'at /home/alice/a.ts:3 and (/home/alice/b.ts)',
  ])('keep no folder of %j', (message) => {
    const text = failureOf(new Error(message)).error.message;

    expect(text).not.toContain('alice');
    expect(text).toMatch(/w\.bin|x\.js|model\.bin|a\.ts:3/);
  });

  it('print inert text, however hostile message, hint and stack are', () => {
    const failure = failureOf(new StemmaError('PATH_INVALID', HOSTILE, { hint: HOSTILE }));

    expectInert(renderFailure(failure, PLAIN, `Error: ${HOSTILE}`));
  });

  it('show the stack only where it is given', () => {
    const failure = failureOf(new Error('boom'));

    expect(renderFailure(failure, PLAIN)).not.toContain('at somewhere');
    expect(renderFailure(failure, PLAIN, 'Error: boom\n    at somewhere')).toContain('at somewhere');
  });

  it('leave alone what asked to exit, and only that', () => {
    expect(requestedExit(new ExitError(0))).toBe(0);
    expect(requestedExit(new ExitError(7))).toBe(7);
    expect(requestedExit(new CLIError('x'))).toBeUndefined();
    expect(requestedExit(new StemmaError('USAGE', 'x'))).toBeUndefined();
    expect(requestedExit('EEXIT')).toBeUndefined();
  });
});
