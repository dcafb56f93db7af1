import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { type FileSet, firstChange } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';

/**
 * Walks a model again and compares. Each file was checked around its own reading; a file that was added, or written to after
 * its turn, shows only here. What is signed was so all at one time.
 *
 * @throws StemmaError FILE_CHANGED
 */
export async function requireUnchanged(
  model: string,
  before: FileSet,
  options: AbortOptions & { readonly ignored: readonly string[]; readonly allowSymlinks: boolean },
): Promise<void> {
  const change = await firstChange(model, before, options);
  if (change === undefined) return;
  const { path, how } = change;
  const what = path === '' ? 'the model' : quote(path);
  throw new StemmaError('FILE_CHANGED', `${what} ${how} while the model was being attested`, {
    hint: 'wait until nothing writes to the model, and try again',
    details: { path },
  });
}
