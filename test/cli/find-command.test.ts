import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommand, runCommand } from '../../src/cli/find-command.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'stemma-find-'));
  const commands = path.join(folder, 'commands');
  mkdirSync(path.join(commands, 'key'), { recursive: true });
  for (const file of ['verify.ts', 'log-check.ts', 'key/show.ts', '../outside.ts'])
    writeFileSync(path.join(commands, file), 'export const nothing = 1;\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const find = (...argv: string[]) => findCommand(argv, path.join(folder, 'commands'));
const urlOf = (file: string) => pathToFileURL(path.join(folder, 'commands', file)).href;

describe('the words of a command line', () => {
  it('name a command and leave the rest to it', () => {
    expect(find('verify', 'model', '--fast')).toEqual({
      id: 'verify',
      argv: ['model', '--fast'],
      url: urlOf('verify.ts'),
    });
    expect(find('log-check')).toEqual({ id: 'log-check', argv: [], url: urlOf('log-check.ts') });
  });

  it('may be two', () => {
    expect(find('key', 'show', 'a.pub')).toEqual({ id: 'key:show', argv: ['a.pub'], url: urlOf('key/show.ts') });
  });

  it('ask for help before "--" only: what follows is somebody else’s', () => {
    expect(find('verify', '--help')).toBeUndefined();
    expect(find('verify', 'model', '--help', '--', 'x')).toBeUndefined();
    expect(find('verify', '--', '--help')?.argv).toEqual(['--', '--help']);
  });

  it.each([
    ['nothing', []],
    ['a topic', ['key']],
    ['a topic with a flag', ['key', '--json']],
    ['an unknown command', ['verifi', 'model']],
    ['an unknown command of a topic', ['key', 'forge']],
    ['a flag first', ['--json', 'verify']],
    ['an empty word', ['']],
    ['a path out of the folder', ['../outside']],
    ['a path to a command', ['key/show']],
    ['a path in the second word', ['key', '../verify']],
    ['oclif’s own spelling', ['key:show']],
    ['another case', ['Verify']],
    ['a name with a NUL', ['verify\0']],
    ['a name of every object', ['constructor']],
  ])('are not a command: %s', (_, argv) => {
    expect(find(...argv)).toBeUndefined();
  });
});

it('a module without a command is a bug and says where', async () => {
  await expect(runCommand({ id: 'verify', argv: [], url: urlOf('verify.ts') })).rejects.toThrow('no command in verify');
});
