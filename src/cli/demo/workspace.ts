import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StemmaError } from '../../core/errors/index.ts';
import { systemErrorCode } from '../system-error.ts';

/** What the demonstration needs of fixtures/digits; package.json ships exactly this. */
const PARTS = ['base', 'finetuned', 'data', 'data-rotated', 'logs/base.jsonl', 'logs/finetuned.jsonl'] as const;

/**
 * Runs `work` in a fresh temporary folder that holds a copy of the fixture, and removes the folder whatever happens.
 *
 * @param keep leaves the folder in place once `work` has ended well
 * @throws StemmaError WRITE_FAILED when the folder cannot be written; and what `work` throws
 */
export async function inWorkspace<T>(
  fixture: string,
  keep: boolean,
  work: (folder: string) => Promise<T>,
): Promise<{ readonly result: T; readonly folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stemma-demo-')).catch(refuse);
  let kept = false;
  try {
    for (const part of PARTS) await copy(path.join(fixture, part), path.join(folder, part)).catch(refuse);
    const result = await work(folder);
    kept = keep;
    return { result, folder };
  } finally {
    if (!kept) await rm(folder, { recursive: true, force: true });
  }
}

/** A file or folder with fresh modes: an installed package may be read-only, the demonstration writes into its models. */
export async function copy(from: string, to: string): Promise<void> {
  const entries = await readdir(from).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  await mkdir(path.dirname(to), { recursive: true });
  if (entries === undefined) return writeFile(to, await readFile(from));
  for (const entry of entries) await copy(path.join(from, entry), path.join(to, entry));
}

function refuse(cause: unknown): never {
  const code = systemErrorCode(cause);
  if (code === undefined) throw cause;
  throw new StemmaError('WRITE_FAILED', `the demonstration cannot be set up in a temporary folder: ${code}`, { cause });
}
