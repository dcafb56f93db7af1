import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './find-program.ts';
import { isWithin } from './within.ts';
import type { ChildCommand } from './wrapper.ts';

/** What programs are made of on every Linux, and nobody's data. */
export const SYSTEM_FOLDERS: readonly string[] = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/sys',
  '/nix/store',
];

/** Devices of accelerators: NVIDIA, AMD and Intel. */
const GPU_DEVICE = /^(?:nvidia[\w-]*|kfd|dri|dxg)$/;

/** Where programs lie beside what they need: a shim of pyenv needs pyenv and its versions. */
const OF_PREFIX: ReadonlySet<string> = new Set(['bin', 'shims']);

/**
 * Where the program of a command and its libraries lie: of `/opt/python/bin/python3` the folder `/opt/python`, both as it was
 * found and with links followed, and for a virtual environment that of the Python under it. Where that would let in the working
 * folder or a home, the folder of the program alone, or the program alone.
 */
export function programPaths(command: ChildCommand): readonly string[] {
  const program = findProgram(command.argv[0] ?? '', command);
  if (program === undefined) return [];
  const kept = [command.cwd, realpathSync(command.cwd), command.env['HOME'] ?? '/', '/'];
  const isWide = (place: string): boolean => kept.some((folder) => isWithin(folder, place));
  const paths = new Set<string>();
  for (const file of [program, realpathSync(program), ...linkedPythons(program)]) {
    const around = path.dirname(file);
    const prefix = OF_PREFIX.has(path.basename(around)) ? path.dirname(around) : around;
    paths.add([prefix, around].find((place) => !isWide(place)) ?? file);
  }
  return [...paths].filter(existsSync);
}

/** What `pyvenv.cfg` beside a virtual environment's `bin` says its Python is: the links of `bin/python` may go through it. */
function linkedPythons(program: string): readonly string[] {
  try {
    const config = readFileSync(path.join(path.dirname(program), '../pyvenv.cfg'), 'utf8').slice(0, 65_536);
    const home = /^home\s*=\s*(\/[^\n\r]*?)\s*$/m.exec(config)?.[1];
    return home === undefined ? [] : [path.join(realpathSync(home), 'python')];
  } catch {
    return [];
  }
}

export function gpuDevices(): readonly string[] {
  return readdirSync('/dev')
    .filter((name) => GPU_DEVICE.test(name))
    .toSorted()
    .map((name) => `/dev/${name}`);
}
