import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { PythonWatch } from '../../../../src/core/run/index.ts';
import { Pythons } from './support.ts';

let box: Pythons;

beforeEach(() => {
  box = new Pythons();
  box.install('base', 'torch-1.0');
  box.venv('.venv', 'base', 'torch-2.0');
});

/** Stays until it has been looked at. */
const WAIT = 'echo ready; read line; :';
const BUSY = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done';

/** What is known of a command after it was watched. */
async function watched(argv: readonly string[], env: Record<string, string> = {}) {
  const [program = '', ...args] = argv;
  const given = { PATH: process.env['PATH'], ...env };
  const child = spawn(program, args, { cwd: box.dir, env: given, stdio: ['pipe', 'pipe', 'inherit'] });
  const watch = new PythonWatch();
  // Looks are due before this timer is.
  child.stdout.on('data', () => setTimeout(() => child.stdin.write('\n'), 250));
  if (child.pid !== undefined) watch.start(child.pid);
  const [code] = (await once(child, 'exit')) as [number | null];
  watch.end();
  return { code, versions: watch.versions({ argv, cwd: box.dir, env: given }) };
}

const ofVenv = { code: 0, versions: { python: '3.12.3', torch: '2.0' } };

describe.skipIf(process.platform !== 'linux')('the Python that a command executes', () => {
  it('is found behind a shell script', async () => {
    box.write('train.sh', `#!/bin/sh\n: prepare\n.venv/bin/python -c '${WAIT}'\n: done\n`, 0o755);
    expect(await watched(['./train.sh'])).toEqual(ofVenv);
    expect(await watched(['sh', '-c', './train.sh; true'])).toEqual(ofVenv);
  });

  it('is found behind env, which changes where it is looked for', async () => {
    const command = ['env', '-i', `PATH=${box.at('.venv/bin')}:/usr/bin:/bin`, 'python', '-c', WAIT];
    expect(await watched(command)).toEqual(ofVenv);
  });

  it('is found behind a runner that starts it in the environment of the project, as uv does', async () => {
    const runner = `const { PATH } = process.env;
      const env = { PATH: process.cwd() + '/.venv/bin:' + PATH };
      process.exit(require('child_process').spawnSync('python', ['-c', '${WAIT}'], { env, stdio: 'inherit' }).status)`;
    box.write('uv', runner);
    expect(await watched([process.execPath, box.at('uv')])).toEqual(ofVenv);
  });

  it('is found behind a shim of pyenv', async () => {
    box.install('pyenv/versions/3.12.1', 'torch-2.0');
    box.write('.python-version', '3.12.1\n');
    const shim = `#!/bin/sh
      root="\${0%/shims/*}"
      version="\${PYENV_VERSION:-$(cat .python-version)}"
      exec "$root/versions/$version/bin/\${0##*/}" "$@"`;
    box.write('pyenv/shims/python', shim, 0o755);
    const PATH = `${box.at('pyenv/shims')}:${process.env['PATH'] ?? ''}`;
    expect(await watched(['python', '-c', WAIT], { PATH })).toEqual({
      code: 0,
      versions: { python: '3.12', torch: '2.0' },
    });
  });

  it('is the one that a Python replaced itself with, as poetry does, if that one did the work', async () => {
    const command = `exec ${box.at('.venv/bin/python')} -c '${BUSY}; ${WAIT}'`;
    expect(await watched([box.at('base/bin/python'), '-c', command])).toEqual(ofVenv);
  });

  it('is of several the one that did the work', async () => {
    const work = `base/bin/python -c '${WAIT}'; .venv/bin/python -c '${BUSY}; ${WAIT}'; base/bin/python -c '${WAIT}'`;
    expect(await watched(['sh', '-c', work])).toEqual(ofVenv);
  });

  it('is not guessed where it runs under a name that does not lead to it', async () => {
    const command = ['bash', '-c', `exec -a trainer .venv/bin/python -c '${WAIT}'`];
    expect(await watched(command)).toEqual({ code: 0, versions: {} });
    const lie = ['bash', '-c', `exec -a /usr/bin/env .venv/bin/python -c '${WAIT}'`];
    expect(await watched(lie)).toEqual({ code: 0, versions: {} });
  });

  it('is none of a command that has none, and of one that could not be started', async () => {
    expect(await watched(['sh', '-c', WAIT])).toEqual({ code: 0, versions: {} });
    const watch = new PythonWatch();
    watch.end();
    expect(watch.versions({ argv: ['gone'], cwd: box.dir, env: {} })).toEqual({});
  });

  it('is the one that is named where it has ended before anybody looked', async () => {
    const watch = new PythonWatch();
    watch.start(2 ** 22 + 1);
    watch.end();
    const command = { argv: ['.venv/bin/python'], cwd: box.dir, env: {} };
    expect(watch.versions(command)).toEqual(ofVenv.versions);
  });
});
