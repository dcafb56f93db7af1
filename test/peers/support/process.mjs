import { spawnSync } from 'node:child_process';

const MAX_OUTPUT = 256 * 1024 * 1024;

/** Runs a program to its end. `status` is null when it could not be started or was killed. */
export function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
    ...options,
  });
  return { status, stdout: stdout ?? '', stderr: stderr ?? '', error, command: [program, ...args].join(' ') };
}

/** Runs a program that has to succeed, and returns its standard output. */
export function mustRun(program, args, options = {}) {
  const result = run(program, args, options);
  if (result.status !== 0) throw new Error(describe(result));
  return result.stdout;
}

/** What a reader of a failure needs: the command, its exit status, the last lines it wrote. */
export function describe(result) {
  const last = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-12).join('\n      ');
  return `${result.command}\n      exit ${result.status ?? result.error}\n      ${last}`;
}
