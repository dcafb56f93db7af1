import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installOnce, PeerUnavailable } from '../support/install.mjs';
import { describe, mustRun, run } from '../support/process.mjs';

const SYSTEM_PYTHON = '/usr/bin/python3';

/**
 * A Python with PyTorch for the CPU, and the environment that it needs: the one of this machine, or Debian's `python3-torch` and the
 * libraries under it, unpacked and not installed.
 *
 * @throws PeerUnavailable where there is neither
 */
export function torchPython() {
  for (const python of [process.env.PYTORCH_PYTHON, SYSTEM_PYTHON].filter((each) => each !== undefined)) {
    if (run(python, ['-c', 'import torch']).status === 0) return { python, env: {} };
  }
  const folder = installOnce('debian-torch', packages().join('\n'), unpack);
  return { python: SYSTEM_PYTHON, env: environment(folder) };
}

/** What `apt-get install python3-torch` would add to this machine. */
function packages() {
  const simulate = () => run('apt-get', ['install', '--simulate', '--no-install-recommends', 'python3-torch']);
  let plan = simulate();
  // A new machine has no lists of packages yet.
  if (plan.status !== 0 && run('apt-get', ['update']).status === 0) plan = simulate();
  const names = (plan.stdout ?? '').split('\n').flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? []);
  if (plan.status !== 0 || names.length === 0)
    throw new PeerUnavailable(`python3-torch cannot be had: ${describe(plan)}`);
  return names;
}

function unpack(folder) {
  const download = run('apt-get', ['download', ...packages()], { cwd: folder });
  if (download.status !== 0) throw new PeerUnavailable(describe(download));
  const root = path.join(folder, 'root');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
    mustRun('dpkg', ['-x', path.join(folder, name), root]);
    rmSync(path.join(folder, name));
  }
  const env = environment(folder);
  const tried = run(SYSTEM_PYTHON, ['-c', 'import torch'], { env: { ...process.env, ...env } });
  if (tried.status !== 0) throw new PeerUnavailable(describe(tried));
}

/** Found anew each time: a cache is copied from one checkout to another. */
function environment(folder) {
  const root = path.join(folder, 'root');
  const libraries = mustRun('find', [root, '-name', '*.so*', '-not', '-path', '*/python3/*', '-printf', '%h\n']);
  return {
    LD_LIBRARY_PATH: [...new Set(libraries.trim().split('\n'))].join(':'),
    PYTHONPATH: path.join(root, 'usr/lib/python3/dist-packages'),
  };
}
