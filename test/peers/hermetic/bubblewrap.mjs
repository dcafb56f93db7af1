import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installOnce, PeerUnavailable } from '../support/install.mjs';
import { describe, mustRun, run } from '../support/process.mjs';

const PACKAGE = 'bubblewrap';

/**
 * The folder of `bwrap`: undefined where this machine has it already, otherwise Debian's package, unpacked and not installed.
 *
 * @throws PeerUnavailable where there is neither
 */
export function bubblewrapFolder() {
  if (run('bwrap', ['--version']).status === 0) return undefined;
  return path.join(installOnce('debian-bubblewrap', PACKAGE, unpack), 'root/usr/bin');
}

function unpack(folder) {
  const get = () => run('apt-get', ['download', PACKAGE], { cwd: folder });
  let download = get();
  // A new machine has no lists of packages yet.
  if (download.status !== 0 && run('apt-get', ['update']).status === 0) download = get();
  const name = readdirSync(folder).find((each) => each.endsWith('.deb'));
  if (download.status !== 0 || name === undefined) throw new PeerUnavailable(describe(download));
  const root = path.join(folder, 'root');
  mustRun('dpkg', ['-x', path.join(folder, name), root]);
  rmSync(path.join(folder, name));
  const tried = run(path.join(root, 'usr/bin/bwrap'), ['--version']);
  if (tried.status !== 0) throw new PeerUnavailable(describe(tried));
}
