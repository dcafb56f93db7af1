import { compareUtf8, quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { type FileSet, fileSet, type ModelFile, walkModel } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';

/**
 * Lists a model again and compares. Each file was checked around its own reading; a file that was added, or written to after
 * its turn, shows only here. What is signed was so all at one time.
 *
 * @throws StemmaError FILE_CHANGED
 */
export async function requireUnchanged(
  model: string,
  before: FileSet,
  {
    ignored,
    allowSymlinks,
    signal,
  }: AbortOptions & { readonly ignored: readonly string[]; readonly allowSymlinks: boolean },
): Promise<void> {
  const after = fileSet(await walkModel(model, { allowSymlinks, signal }), { ignored });
  let i = 0;
  for (const file of after.files) {
    const same = before.files.at(i++);
    const order = same === undefined ? 1 : compareUtf8(same.path, file.path);
    if (same === undefined || order > 0) throw changed(file.path, 'was added');
    if (order < 0) throw changed(same.path, 'was removed');
    if (!isSame(same, file)) throw changed(file.path, 'changed');
  }
  const gone = before.files.at(i);
  if (gone !== undefined) throw changed(gone.path, 'was removed');
  const [problem] = after.problems;
  if (problem !== undefined) throw changed(problem.path, 'was replaced');
}

function isSame(a: ModelFile, b: ModelFile): boolean {
  return (
    a.location === b.location &&
    a.identity.dev === b.identity.dev &&
    a.identity.ino === b.identity.ino &&
    a.identity.size === b.identity.size &&
    a.identity.mtimeNs === b.identity.mtimeNs
  );
}

function changed(path: string, how: string): StemmaError {
  const what = path === '' ? 'the model' : quote(path);
  return new StemmaError('FILE_CHANGED', `${what} ${how} while the model was being attested`, {
    hint: 'wait until nothing writes to the model, and try again',
    details: { path },
  });
}
