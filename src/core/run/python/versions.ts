import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { FRAMEWORKS } from './frameworks.ts';
import type { Interpreter } from './interpreter.ts';
import { startOf } from './start-of.ts';

/** `pyvenv.cfg` has a few lines. */
const SETTINGS_BYTES = 4096;

/** Names of what is installed, each with its version. */
type Versions = Readonly<Record<string, string>>;

/**
 * The version of an interpreter, and of the frameworks that are installed for it: told from file names alone
 * (`torch-2.8.0.dist-info`), so nothing is executed. One that is there twice, in different versions, is left out: which of them is
 * imported is for `sys.path` to say, and for nobody who looks from outside.
 */
export function versionsOf(interpreter: Interpreter): Versions {
  try {
    return versionsBeside(interpreter);
  } catch (error) {
    // Whatever cannot be looked at is not detected.
    if (error instanceof Error && 'syscall' in error) return {};
    throw error;
  }
}

function versionsBeside({ program, env }: Interpreter): Versions {
  const virtual = path.dirname(path.dirname(path.resolve(program)));
  const settings = path.join(virtual, 'pyvenv.cfg');
  const real = realpathSync(program);
  const config = existsSync(settings) ? startOf(settings, SETTINGS_BYTES) : undefined;
  const python =
    /^version(?:_info)? *= *(\d+\.\d+[\w.]{0,20})/m.exec(config ?? '')?.[1] ??
    /^python(\d+\.\d+)$/.exec(path.basename(real))?.[1];
  const minor = /^\d+\.\d+/.exec(python ?? '')?.[0];
  if (python === undefined || minor === undefined) return {};
  const base = path.dirname(path.dirname(real));
  const prefixes = [
    ...(config === undefined ? [] : [virtual]),
    ...(config === undefined || /^include-system-site-packages *= *true *$/m.test(config)
      ? [base, ...(base === '/usr' ? ['/usr/local'] : []), ...ofUser(env)]
      : []),
  ];
  return { python, ...together(prefixes.flatMap((prefix) => packageFolders(prefix, minor)).flatMap(frameworksIn)) };
}

/** Where `pip install --user` puts things, and Python looks for them unless told otherwise. */
function ofUser(env: Interpreter['env']): string[] {
  const { PYTHONNOUSERSITE = '', PYTHONUSERBASE = '', HOME = '' } = env;
  if (PYTHONNOUSERSITE !== '') return [];
  return [PYTHONUSERBASE, ...(HOME === '' ? [] : [path.join(HOME, '.local')])]
    .filter((base) => base !== '')
    .slice(0, 1);
}

/** Debian has folders of its own beside those of Python. */
const packageFolders = (prefix: string, minor: string): string[] =>
  [`lib/python${minor}/site-packages`, `lib/python${minor}/dist-packages`, 'lib/python3/dist-packages'].map((folder) =>
    path.join(prefix, folder),
  );

function frameworksIn(folder: string): (readonly [string, string])[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((entry) => {
    const [, name = '', version = ''] =
      /^([A-Za-z0-9._-]+?)-(\d[A-Za-z0-9.+!_]*)\.(?:dist|egg)-info$/.exec(entry) ?? [];
    const distribution = name.toLowerCase().replaceAll(/[._]+/g, '-');
    return FRAMEWORKS.has(distribution) ? [[distribution, version] as const] : [];
  });
}

function together(found: readonly (readonly [string, string])[]): Versions {
  const versions = new Map<string, Set<string>>();
  for (const [name, version] of found) versions.set(name, (versions.get(name) ?? new Set()).add(version));
  return Object.fromEntries(
    [...versions].flatMap(([name, all]) => {
      const [version = '', ...others] = all;
      return others.length === 0 ? [[name, version] as const] : [];
    }),
  );
}
