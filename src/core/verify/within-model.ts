import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { ModelListing } from '../model/index.ts';

/**
 * The path relative to the model, with `/`, of a file that the caller named, where it lies inside; undefined where it does not.
 * Both may have been named through links, and the file may itself be one.
 */
export async function withinModel(file: string, { root, kind }: ModelListing): Promise<string | undefined> {
  if (kind === 'file') return undefined;
  const folder = await realpath(root);
  const named = path.resolve(file);
  const asNamed = path.join(await realpath(path.dirname(named)), path.basename(named));
  for (const place of [asNamed, await realpath(named)]) {
    const relative = path.relative(folder, place);
    const outside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
    if (!outside) return relative.split(path.sep).join('/');
  }
  return undefined;
}
