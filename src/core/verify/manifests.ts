import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { decodeHex } from '../bytes/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../errors/index.ts';
import { readChunks } from '../evidence/index.ts';
import { type FileSegments, type ManifestSummary, readManifest, type SegmentHash } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { ManifestFiles } from './manifest-files.ts';

export interface ManifestSegments extends FileSegments {
  /** The tensor whose chunk each segment is, where it is one. Untrusted names. */
  readonly tensors: readonly (string | undefined)[];
}

/** A manifest whose SHA-256 a statement names, parsed and checked against itself. */
export interface LoadedManifest {
  readonly summary: ManifestSummary;
  readonly files: ManifestFiles;
}

export interface ManifestPlace {
  readonly location: string;
  /** Lower-case hex; absent where the file could not be read. */
  readonly sha256?: string;
  readonly error?: StemmaError;
}

/** A manifest is at most this large (16 GiB): a sparse file costs its sender nothing, and whoever hashes it hours. */
export const MAX_MANIFEST_BYTES = 2 ** 34;

/**
 * Which of the places hold a manifest, by SHA-256: nothing of it is parsed before a statement names that digest.
 *
 * @throws StemmaError INTERRUPTED; what is wrong with a single place is in the result (TOO_LARGE and as for reading)
 */
export async function findManifests(places: readonly string[], options: AbortOptions): Promise<ManifestPlace[]> {
  const found: ManifestPlace[] = [];
  for (const location of new Set(places)) {
    try {
      found.push({ location, sha256: await digestOf(location, options) });
    } catch (error) {
      if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
      if (error.code !== 'PATH_NOT_FOUND') found.push({ location, error });
    }
  }
  return found;
}

async function digestOf(location: string, { signal }: AbortOptions): Promise<string> {
  // What cannot be looked at is for the reading to tell.
  const size = await lstat(location).then(
    (stat) => stat.size,
    () => 0,
  );
  if (size > MAX_MANIFEST_BYTES) {
    const name = path.basename(location);
    throw new StemmaError('TOO_LARGE', `${name} has ${size} bytes; at most ${MAX_MANIFEST_BYTES} are read`);
  }
  const hash = createHash('sha256');
  for await (const chunk of readChunks(location, { followLink: false })) {
    throwIfAborted(signal);
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/**
 * Parses a manifest and recomputes its roots from its own lines.
 *
 * @throws StemmaError MANIFEST_INVALID; whether it is still the file that was hashed is for the caller to compare
 */
export async function loadManifest(place: ManifestPlace, options: AbortOptions): Promise<LoadedManifest> {
  const files = new ManifestFiles();
  const summary = await readManifest(
    readChunks(place.location),
    (line) => {
      if (line.type === 'file') files.push(line);
    },
    options,
  );
  return { summary, files };
}

/**
 * A second pass that keeps the segment digests of the wanted files.
 *
 * @throws StemmaError FILE_CHANGED where these are no longer the bytes that were compared with the signed digest
 */
export async function loadSegments(
  place: ManifestPlace,
  wanted: (path: string) => boolean,
  options: AbortOptions,
): Promise<{ readonly hash: SegmentHash; readonly files: ReadonlyMap<string, ManifestSegments> }> {
  const collected = new Map<string, { lengths: number[]; digests: string[]; tensors: (string | undefined)[] }>();
  let current: { lengths: number[]; digests: string[]; tensors: (string | undefined)[] } | undefined;
  const summary = await readManifest(
    readChunks(place.location),
    (line) => {
      if (line.type === 'file') {
        current = wanted(line.path) ? { lengths: [], digests: [], tensors: [] } : undefined;
        if (current !== undefined) collected.set(line.path, current);
      } else if (line.type === 'segment' && current !== undefined) {
        current.lengths.push(line.length);
        current.digests.push(line.digest);
        current.tensors.push(line.tensor);
      }
    },
    options,
  ).catch((error: unknown) => {
    // The bytes that were compared did parse.
    if (isStemmaError(error) && error.code === 'MANIFEST_INVALID') throw changed(place);
    throw error;
  });
  if (summary.sha256 !== place.sha256) throw changed(place);
  const files = new Map(
    [...collected].map(([path, { lengths, digests, tensors }]) => [
      path,
      { path, lengths: Float64Array.from(lengths), digests: fromHex(digests), tensors },
    ]),
  );
  return { hash: summary.segmentHash, files };
}

const changed = ({ location }: ManifestPlace): StemmaError =>
  new StemmaError('FILE_CHANGED', `${path.basename(location)} changed while it was read`);

function fromHex(digests: readonly string[]): Uint8Array {
  const out = new Uint8Array(32 * digests.length);
  for (const [index, digest] of digests.entries()) out.set(decodeHex(digest), 32 * index);
  return out;
}
