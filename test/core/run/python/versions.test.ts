import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { PythonWatch } from '../../../../src/core/run/index.ts';
import { Pythons } from './support.ts';

let box: Pythons;
/** Of a command that was not watched: what it names is all that is known. */
const versions = (program: string, env: Record<string, string> = {}) =>
  new PythonWatch().versions({
    argv: [program, 'train.py'],
    cwd: box.dir,
    env: { PATH: `${box.at('venv/bin')}:${box.at('usr/bin')}`, ...env },
  });

beforeEach(() => {
  box = new Pythons();
  box.install('usr', 'torch-2.8.0+cu128');
  box.write('usr/lib/python3/dist-packages/numpy-1.26.4.egg-info/PKG-INFO', '');
});

describe('the versions of Python and its frameworks', () => {
  it('are told from the names of its packages', () => {
    for (const name of ['secret_project-1.0.dist-info', 'torch', 'torch-x.dist-info', 'numpy-2.dist-info.bak']) {
      mkdirSync(box.at('usr/lib/python3.12/site-packages', name));
    }
    expect(versions('python3')).toEqual({ python: '3.12', torch: '2.8.0+cu128', numpy: '1.26.4' });
  });

  it('are those of a virtual environment, not of what it was made from', () => {
    const python = box.venv('venv', 'usr', 'Scikit_Learn-1.7.0');
    expect(versions('python')).toEqual({ python: '3.12.3', 'scikit-learn': '1.7.0' });
    expect(versions(python)).toEqual({ python: '3.12.3', 'scikit-learn': '1.7.0' });
  });

  it('are those of both where the environment lets the other packages in', () => {
    box.venv('venv', 'usr', 'trl-1.0');
    box.write('venv/pyvenv.cfg', 'version = 3.12.3\ninclude-system-site-packages = true\n');
    expect(versions('python')).toEqual({ python: '3.12.3', trl: '1.0', torch: '2.8.0+cu128', numpy: '1.26.4' });
  });

  it('hold what the user installed for himself, unless Python is told not to look there', () => {
    box.packages('home/.local', 'jax-0.5.0');
    box.packages('other', 'keras-3.0');
    const [HOME, PYTHONUSERBASE] = [box.at('home'), box.at('other')];
    expect(versions('python3', { HOME })).toMatchObject({ jax: '0.5.0' });
    expect(versions('python3', { HOME, PYTHONNOUSERSITE: '1' })).not.toHaveProperty('jax');
    expect(versions('python3', { HOME, PYTHONUSERBASE })).toMatchObject({ keras: '3.0' });
    expect(versions('python3', { HOME, PYTHONUSERBASE })).not.toHaveProperty('jax');
    box.venv('venv', 'usr', 'trl-1.0');
    expect(versions('python', { HOME })).toEqual({ python: '3.12.3', trl: '1.0' });
  });

  it('leave out what is there in two versions', () => {
    box.packages('usr', 'numpy-2.0.0', 'torch-2.8.0+cu128');
    expect(versions('python3')).toEqual({ python: '3.12', torch: '2.8.0+cu128' });
  });

  it.each(['#!%s/usr/bin/python3.12', '#! %s/usr/bin/python3 -u', '#!/usr/bin/env python3'])(
    'are found through the first line of a script: %s',
    (line) => {
      box.write('usr/bin/torchrun', `${line.replace('%s', box.dir)}\nimport sys\n`, 0o755);
      expect(versions('torchrun')).toMatchObject({ python: '3.12', torch: '2.8.0+cu128' });
    },
  );

  it.each([
    ['a program that is not there', 'gone'],
    ['a folder', '.'],
    ['a shell script', 'train.sh'],
    ['a shell script that is named like Python, as the shims of pyenv are', 'python3.11'],
    ['a program of another language', 'rustc'],
    ['a script whose interpreter is gone', 'broken'],
  ])('are none for %s', (_, program) => {
    box.write('usr/bin/train.sh', '#!/bin/sh\npython3 train.py\n', 0o755);
    box.write('usr/bin/python3.11', '#!/bin/sh\nexec python3.12 "$@"\n', 0o755);
    box.write('usr/bin/rustc', '\u007fELF', 0o755);
    box.write('usr/bin/broken', '#!/nowhere/python3\n', 0o755);
    expect(versions(program)).toEqual({});
  });

  it('are those of a hostile environment without what it says, and nothing is waited for', () => {
    box.venv('venv', 'usr', 'trl-1.0');
    rmSync(box.at('venv/pyvenv.cfg'));
    execFileSync('mkfifo', [box.at('venv/pyvenv.cfg')]);
    expect(versions('python')).toEqual({ python: '3.12', trl: '1.0' });
    rmSync(box.at('venv/pyvenv.cfg'));
    symlinkSync('/dev/zero', box.at('venv/pyvenv.cfg'));
    expect(versions('python')).toEqual({ python: '3.12', trl: '1.0' });
    rmSync(box.at('venv/pyvenv.cfg'));
    box.write('venv/pyvenv.cfg', `${'#'.repeat(5000)}\nversion = 9.9\ninclude-system-site-packages = true\n`);
    expect(versions('python')).toEqual({ python: '3.12', trl: '1.0' });
  });

  it('are none for a pipe in the place of a program', () => {
    execFileSync('mkfifo', [box.at('pipe')]);
    chmodSync(box.at('pipe'), 0o755);
    expect(versions('./pipe')).toEqual({});
  });

  it('are none where a link to the interpreter leads nowhere', () => {
    mkdirSync(box.at('venv/bin'), { recursive: true });
    symlinkSync(box.at('gone'), box.at('venv/bin/python3.9'));
    expect(versions(box.at('venv/bin/python3.9'))).toEqual({});
  });
});
