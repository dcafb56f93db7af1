import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder and those above it that are not there. `mkdir` with `recursive` does not come back where the system answers ENOENT
 * for a folder in one that exists, as `/proc` does: it asks for the parent, and then again.
 *
 * @returns the first of them that was made, undefined where all were there
 * @throws as Node does
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<string | undefined> {
  const missing: string[] = [];
  let at = folder;
  while (!(await isThere(at)) && path.dirname(at) !== at) {
    missing.push(at);
    at = path.dirname(at);
  }
  let first: string | undefined;
  for (const each of missing.toReversed()) if (await make(each, mode)) first ??= each;
  return first;
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** @returns false where another process was faster */
async function make(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return false;
    throw error;
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
