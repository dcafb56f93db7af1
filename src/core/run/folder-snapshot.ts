import { lstatSync, opendirSync } from 'node:fs';
import path from 'node:path';
import { compareUtf8 } from '../bytes/index.ts';
import { throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';

/** Folders that are not looked into: many files each, written by tools and not by training. */
const SKIPPED: ReadonlySet<string> = new Set(['.git', '.venv', '__pycache__', 'node_modules', 'venv']);
/** A snapshot is for a warning: it must not cost more than a moment, whatever lies in the folder. */
const MAX_ENTRIES = 50_000;
const ENTRIES_PER_TURN = 1024;

/** What lies in a folder, without having read any file. */
export interface FolderSnapshot {
  /** By relative path with `/`: what of a file changes when somebody writes to it or replaces it. */
  readonly files: ReadonlyMap<string, string>;
  /** Names of the folders that were not looked into. */
  readonly skipped: ReadonlySet<string>;
  /** False where there is more than is looked at; then nothing can be told from the snapshot. */
  readonly complete: boolean;
}

/**
 * Looks at every file below a folder, following no links.
 *
 * @throws StemmaError INTERRUPTED
 */
export async function snapshotFolder(folder: string, { signal }: AbortOptions): Promise<FolderSnapshot> {
  const files = new Map<string, string>();
  const skipped = new Set<string>();
  const pending = [''];
  let seen = 0;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const entry of entriesOf(path.join(folder, at))) {
      if (++seen > MAX_ENTRIES) return { files, skipped, complete: false };
      if (seen % ENTRIES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      throwIfAborted(signal);
      const relative = at === '' ? entry.name : `${at}/${entry.name}`;
      if (!entry.isFolder) {
        const state = stateOf(path.join(folder, relative));
        if (state !== undefined) files.set(relative, state);
      } else if (SKIPPED.has(entry.name)) skipped.add(entry.name);
      else pending.push(relative);
    }
  }
  return { files, skipped, complete: true };
}

/** Files that were written, added or removed between two snapshots, in the order of their paths. */
export function changedFiles(before: FolderSnapshot, after: FolderSnapshot): string[] {
  const written = [...after.files].flatMap(([file, state]) => (before.files.get(file) === state ? [] : [file]));
  const removed = [...before.files.keys()].filter((file) => !after.files.has(file));
  return [...written, ...removed].toSorted(compareUtf8);
}

/** Nothing where the folder is gone or closed to us: others may be at work in it. */
function* entriesOf(folder: string): Generator<{ readonly name: string; readonly isFolder: boolean }> {
  try {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        yield { name: entry.name, isFolder: entry.isDirectory() };
      }
    } finally {
      entries.closeSync();
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

function stateOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = lstatSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return undefined;
  }
}
