import { lstatSync } from 'node:fs';
import path from 'node:path';
import { readIfPresent } from '../evidence/index.ts';
import { otherBytes } from './dvc-bytes.ts';
import { type DvcClaims, dvcClaims } from './dvc-claims.ts';
import { MAX_DVC_LOCK_BYTES, parseDvcLock } from './dvc-lock.ts';

/** A model on disk. */
export interface DvcModel {
  readonly kind: 'folder' | 'file';
  /** Absolute. */
  readonly root: string;
  /** By their paths in the model. */
  readonly files: { named(file: string): { readonly location: string; readonly size: number } | undefined };
}

export interface FoundDvcLock {
  /** `dvc.lock`, or as many `../` before it as it lies above the model's folder. */
  readonly name: string;
  readonly claims: DvcClaims;
  /** How files of the model are seen not to be those that the stages wrote: it speaks of another version. Empty where none is. */
  readonly differences: readonly string[];
}

const LOCK = 'dvc.lock';
/** Folders looked at for the root of a DVC project. */
const MAX_LEVELS = 16;

/**
 * The nearest `dvc.lock` with a stage that made the model: in its folder, in the folder that it lies in, or further up to the root of
 * the DVC project, which is the folder that has `.dvc`. No file outside a project is looked at but those in and beside the model.
 *
 * @throws StemmaError DVC_LOCK_INVALID, and as `readIfPresent`
 */
export async function findDvcLock({ kind, root, files }: DvcModel): Promise<FoundDvcLock | undefined> {
  const start = kind === 'folder' ? root : path.dirname(root);
  for (const [level, folder] of foldersOf(start, kind).entries()) {
    const bytes = await readIfPresent(path.join(folder, LOCK), { maxBytes: MAX_DVC_LOCK_BYTES });
    if (bytes === undefined) continue;
    const place = {
      path: path.relative(folder, root).split(path.sep).join('/'),
      has: (file: string) => files.named(file) !== undefined,
    };
    const claims = dvcClaims(parseDvcLock(bytes), place);
    if (claims === undefined) continue;
    const differences = await otherBytes(claims.outputs, (file) => files.named(file));
    return { name: `${'../'.repeat(level)}${LOCK}`, claims, differences };
  }
  return undefined;
}

function foldersOf(start: string, kind: DvcModel['kind']): string[] {
  const folders: string[] = [];
  for (let folder = start; folders.length < MAX_LEVELS; folder = path.dirname(folder)) {
    folders.push(folder);
    if (lstatSync(path.join(folder, '.dvc'), { throwIfNoEntry: false })?.isDirectory() === true) return folders;
    if (folder === path.dirname(folder)) break;
  }
  return folders.slice(0, kind === 'folder' ? 2 : 1);
}
