import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { plainEnvironment } from '../../support/cli.ts';

const RUN = path.resolve(import.meta.dirname, '../../../bin/run.js');

/** `script` of util-linux lends a terminal; macOS and BSD have another one of that name. */
export const hasTerminal = (spawnSync('script', ['--version']).stdout ?? '').includes('util-linux');

/** Runs the command line on a terminal, typing one answer at each prompt. */
export function typeInto(args: readonly string[], answers: readonly string[], cwd: string) {
  const command = [process.execPath, RUN, ...args].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env: plainEnvironment({ SHELL: '/bin/sh' }) });
  const left = [...answers];
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (screen.endsWith(': ')) child.stdin.write(left.shift() ?? '\u0003');
  });
  return new Promise<{ exitCode: number | null; screen: string }>((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, screen })),
  );
}
