import { createHash } from 'node:crypto';
import path from 'node:path';
import { parseBundle, parseModelPredicate, parseStatement } from '../attestation/index.ts';
import { isStemmaError, throwIfAborted } from '../errors/index.ts';
import { readChunks } from '../evidence/index.ts';
import { type ModelDigest, manifestLines } from '../model/index.ts';
import { refuseOverwrite } from './existing.ts';

/** A manifest that is made anew each time it is asked for: it streams, and its digest is signed before it is written. */
export interface ManifestToWrite {
  readonly sha256: string;
  readonly lines: () => Iterable<string>;
}

export function manifestOf(model: ModelDigest): ManifestToWrite {
  const hash = createHash('sha256');
  for (const line of manifestLines(model)) hash.update(line);
  return { sha256: hash.digest('hex'), lines: () => manifestLines(model) };
}

/** One write per 64 KiB instead of one per line. */
export async function* manifestContent({ lines }: ManifestToWrite, signal?: AbortSignal): AsyncGenerator<string> {
  let buffer = '';
  for (const line of lines()) {
    buffer += line;
    if (buffer.length < 65_536) continue;
    throwIfAborted(signal);
    yield buffer;
    buffer = '';
  }
  if (buffer !== '') yield buffer;
}

/**
 * Whether the manifest is to be written: not where the same bytes are there, and never over one that a line names.
 *
 * @param present lines of the attestations file beside it
 * @throws StemmaError WOULD_OVERWRITE
 */
export async function needsManifest(
  manifest: ManifestToWrite,
  file: string,
  present: readonly Uint8Array[],
  force: boolean,
): Promise<boolean> {
  const existing = await sha256OfFile(file);
  if (existing === manifest.sha256) return false;
  if (existing !== undefined && !force && present.some((line) => namesManifest(line, existing))) {
    refuseOverwrite(
      path.basename(file),
      'an attestation beside it names exactly these bytes',
      'leave it with --no-manifest, write elsewhere with --output-dir, or replace it with --force',
    );
  }
  return true;
}

async function sha256OfFile(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of readChunks(file, { followLink: true })) hash.update(chunk);
  } catch (error) {
    if (isStemmaError(error) && error.code === 'PATH_NOT_FOUND') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

function namesManifest(line: Uint8Array, sha256: string): boolean {
  try {
    return parseModelPredicate(parseStatement(parseBundle(line, 'a line').envelope)).manifest?.sha256 === sha256;
  } catch (error) {
    if (isStemmaError(error)) return false;
    throw error;
  }
}
