import { stat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { parseModelPaths } from './walk/ignore.ts';

/** The paths inside a model that a caller named, as he wrote them. */
export interface NamedPaths {
  /** `--ignore` */
  readonly ignore: readonly string[];
  /** `--opaque` */
  readonly opaque: readonly string[];
}

export interface LocatedModel {
  /** Absolute, so that `.` and a trailing slash have a base name too. */
  readonly root: string;
  readonly kind: 'folder' | 'file';
  /** Canonical (`parseModelPaths`). */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
}

/**
 * Finds the model that a caller names, and reads the paths that he names inside it.
 *
 * @throws StemmaError PATH_NOT_FOUND, FILE_UNREADABLE, USAGE
 */
export async function locateModel(given: string, { ignore, opaque }: NamedPaths): Promise<LocatedModel> {
  const root = path.resolve(given);
  let kind: LocatedModel['kind'];
  try {
    kind = (await stat(root)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    const name = quote(path.basename(root));
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new StemmaError('FILE_UNREADABLE', `cannot read ${name}: ${code}`, { cause });
    throw new StemmaError('PATH_NOT_FOUND', `no such file or folder: ${name}`, { cause });
  }
  return {
    root,
    kind,
    ignored: parseModelPaths(ignore, { root, kind, flag: '--ignore' }),
    opaque: parseModelPaths(opaque, { root, kind, flag: '--opaque' }),
  };
}
