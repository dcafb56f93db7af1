import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

const RANDOM = /^[0-9a-f]{16}\.stemma-tmp$/;

/**
 * The name under which a file is written before it is put in place. It is hidden, and names the target by its path, since the
 * folder around a model is that of other models too.
 */
export function temporaryName(target: string): string {
  return `${prefixOf(target)}${randomBytes(8).toString('hex')}.stemma-tmp`;
}

function prefixOf(target: string): string {
  const id = createHash('sha256').update(path.resolve(target)).digest('hex').slice(0, 16);
  return `.${path.basename(target).slice(0, 100)}.${id}.`;
}

/**
 * Where the temporary file of `target` goes: beside it, but outside the model, which others may be hashing. Only where the
 * folder around the model is another file system, or closed to us, is it inside after all.
 *
 * @param model absolute path of the model's folder where `target` lies in it
 */
export async function temporaryFolderFor(target: string, model: string | undefined): Promise<string> {
  const folder = path.dirname(target);
  if (model === undefined) return folder;
  const around = path.dirname(model);
  try {
    const [inner, outer] = await Promise.all([stat(folder), stat(around)]);
    if (inner.dev !== outer.dev) return folder;
    await access(around, constants.W_OK | constants.X_OK);
    return around;
  } catch {
    return folder;
  }
}

/**
 * Removes what a killed process left of unfinished files. The caller holds the lock under which alone the targets are written, so that
 * none of the leftovers is in use.
 */
export async function removeLeftovers(targets: readonly string[], model: string | undefined): Promise<void> {
  const folders = new Set<string>();
  for (const target of targets) folders.add(path.dirname(target)).add(await temporaryFolderFor(target, model));
  for (const folder of folders) {
    for (const file of await temporaryFiles(targets, folder)) await unlink(file).catch(() => undefined);
  }
}

/** The temporary files of some targets in a folder. */
export async function temporaryFiles(targets: readonly string[], folder: string): Promise<string[]> {
  const prefixes = targets.map(prefixOf);
  const isOurs = (name: string): boolean =>
    prefixes.some((prefix) => name.startsWith(prefix) && RANDOM.test(name.slice(prefix.length)));
  const names = await readdir(folder).catch(() => []);
  return names.filter(isOurs).map((name) => path.join(folder, name));
}
