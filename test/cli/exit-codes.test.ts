import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_MEANINGS, EXIT_OF_ERROR_CLASS, exitCodeOfReport, worseExitCode } from '../../src/cli/exit-codes.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { ERROR_CLASSES, type ErrorCode, StemmaError } from '../../src/core/errors/index.ts';
import { hostileReport } from './hostile-report.ts';

const CODES = Object.keys(ERROR_CLASSES).filter((code): code is ErrorCode => Object.hasOwn(ERROR_CLASSES, code));
const docs = readFileSync(path.resolve(import.meta.dirname, '../../docs/exit-codes.md'), 'utf8');

describe('exit codes', () => {
  it.each(CODES)('an error %s leaves with the code of its class, never 0 and never that of a bug', (code) => {
    const { exitCode } = failureOf(new StemmaError(code, 'x'));

    expect(exitCode).toBe(EXIT_OF_ERROR_CLASS[ERROR_CLASSES[code]]);
    expect([EXIT.done, EXIT.bug]).not.toContain(exitCode);
  });

  it('a report leaves with the code of its result', () => {
    const codes = (['pass', 'fail', 'incomplete', 'malformed', 'unavailable'] as const).map((result) =>
      exitCodeOfReport(hostileReport({ result })),
    );

    expect(codes).toEqual([0, 1, 3, 4, 5]);
  });

  it('of two codes the one that design §5 names first wins, whatever their order', () => {
    const order = [EXIT.usage, EXIT.negative, EXIT.badInput, EXIT.unavailable, EXIT.incomplete, EXIT.done];
    for (const [i, worse] of order.entries()) {
      for (const better of order.slice(i)) {
        expect(worseExitCode(worse, better)).toBe(worse);
        expect(worseExitCode(better, worse)).toBe(worse);
      }
    }
  });

  it('docs/exit-codes.md says of every code what the help says', () => {
    for (const [code, meaning] of EXIT_MEANINGS) expect(docs).toContain(`| ${code} | ${meaning} |`);
  });

  it('docs/exit-codes.md lists every error code under its class, and no other', () => {
    const listed = [...docs.matchAll(/^\| `([A-Z_]+)` \| ([a-z]+) \|/gm)].map(([, code = '', kind = '']) => [
      code,
      kind,
    ]);

    expect(Object.fromEntries(listed)).toEqual({ ...ERROR_CLASSES, INTERNAL: 'bug' });
    expect(listed).toHaveLength(CODES.length + 1);
  });
});
