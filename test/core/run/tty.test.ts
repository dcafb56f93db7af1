import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellQuote } from '../../../src/core/run/shell-quote.ts';
import { hasTool, runWrapped, workingFolder } from './wrapping.ts';

const HOSTILE = [
  '',
  ' ',
  "'",
  "a'b''c",
  '"',
  '\\',
  "\\'",
  '$(touch pwned)',
  '`touch pwned`',
  '; touch pwned',
  '| touch pwned',
  '&& touch pwned',
  '> pwned',
  'line\nbreak',
  '\r',
  '\t',
  '*',
  '~',
  '!!',
  '#no comment',
  '-e',
  '--',
  'ü€😀',
  '\u001b[31m',
  '${IFS}',
  'a=b',
];

describe('an argument quoted for the POSIX shell', () => {
  it.each(HOSTILE.map((argument) => [JSON.stringify(argument), argument]))(
    'comes back as it was: %s',
    (_, argument) => {
      const line = `exec printf '%s.' ${shellQuote(argument)} ${shellQuote(argument)}`;
      expect(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8', cwd: '/' })).toBe(`${argument}.${argument}.`);
    },
  );
});

describe('--tty without util-linux', () => {
  it('is refused before anything is run', async () => {
    const env = { PATH: '/nonexistent' };
    await expect(runWrapped(workingFolder(), ['/bin/sh', '-c', 'exit 0'], { tty: true }, env)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      hint: expect.stringContaining('util-linux') as string,
    });
  });
});

describe.skipIf(!hasTool('script'))('--tty', () => {
  const printing = 'for (const a of process.argv.slice(1)) process.stdout.write(JSON.stringify(a) + "\\n")';

  it('gives the command a terminal on both ends', async () => {
    const { code, stdout } = await runWrapped(
      workingFolder(),
      ['/bin/sh', '-c', 'test -t 0 && test -t 1 && echo yes'],
      {
        tty: true,
      },
    );
    expect([code, stdout]).toEqual([0, 'yes\r\n']);
  });

  it('passes hostile arguments as they are', async () => {
    const folder = workingFolder();
    const { stdout } = await runWrapped(folder, [process.execPath, '-e', printing, '--', ...HOSTILE], { tty: true });
    expect(
      stdout
        .split('\r\n')
        .slice(0, -1)
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(HOSTILE);
    expect((await runWrapped(folder, ['/bin/ls'], {})).stdout).toBe('');
  });

  it.each([
    ['exit 3', 3],
    ['kill -9 $$', 137],
    ['kill -15 $$', 143],
  ])('exits with the status of %s', async (line, status) => {
    expect((await runWrapped(workingFolder(), ['/bin/sh', '-c', line], { tty: true })).code).toBe(status);
  });

  it.each([['/bin/no-such-shell'], ["/it's"], [undefined]])('leaves SHELL=%s to the command', async (SHELL) => {
    const env = { ...process.env, SHELL };
    const { stdout } = await runWrapped(
      workingFolder(),
      [process.execPath, '-p', 'JSON.stringify(process.env.SHELL ?? null)'],
      { tty: true },
      env,
    );
    expect(stdout).toBe(`${JSON.stringify(SHELL ?? null)}\r\n`);
  });

  it('says of a program that does not exist that it was not found, and starts nothing', async () => {
    await expect(runWrapped(workingFolder(), ['no-such-program'], { tty: true })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
