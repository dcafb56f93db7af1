import { type EngineOptions, type FileRequest, hashFiles, LazyList, type List, sha256 } from '../digest/index.ts';
import { LEAF_BYTES, leafCount, leafLength } from './unixfs/file.ts';
import type { LeafDigests } from './unixfs/plan.ts';

/** A file as it was listed; it must not change until the last block was read. */
export type ListedFile = Pick<FileRequest, 'path' | 'location' | 'followLink' | 'identity'>;

/** A file of a DAG: its bytes, or where they lie. */
export interface DagSource {
  /** Relative to the root of the DAG; empty where it is the root. */
  readonly path: string;
  readonly content: Uint8Array | ListedFile;
}

/** Requests with more leaves than this are kept while their parts are hashed: each part asks for its request. */
const KEPT_LEAVES = 16;

/**
 * Digests the leaves of files, by the parallel engine, in one read of each byte.
 *
 * @throws StemmaError FILE_CHANGED, FILE_UNREADABLE, NOT_A_REGULAR_FILE, INTERRUPTED
 */
export async function digestLeaves(sources: List<DagSource>, options: EngineOptions): Promise<LazyList<LeafDigests>> {
  const { positions, listed } = listedIn(sources);
  const results = await hashFiles(requestsFor(listed), options);
  for (const { error } of results) if (error !== undefined) throw error;
  return new LazyList(sources.length, (i) => {
    const { path, content } = sources.at(i) as DagSource;
    if (content instanceof Uint8Array) return { path, size: content.length, leaves: leavesOf(content) };
    const [leaves] = results.at(positions[i] as number)?.segments ?? [];
    return { path, size: content.identity.size, leaves: leaves as Uint8Array };
  });
}

/** The sources that are files, and where each source is among them. */
function listedIn(sources: List<DagSource>): { positions: Uint32Array; listed: LazyList<ListedFile> } {
  const positions = new Uint32Array(sources.length);
  const indices = new Uint32Array(sources.length);
  let count = 0;
  let index = 0;
  for (const { content } of sources) {
    if (!(content instanceof Uint8Array)) {
      positions[index] = count;
      indices[count++] = index;
    }
    index++;
  }
  const at = (i: number): ListedFile => (sources.at(indices[i] as number) as DagSource).content as ListedFile;
  return { positions, listed: new LazyList(count, at) };
}

function requestsFor(files: LazyList<ListedFile>): LazyList<FileRequest> {
  const kept = new Map<number, FileRequest>();
  return new LazyList(files.length, (i) => {
    const known = kept.get(i);
    if (known !== undefined) return known;
    const { path, location, followLink, identity } = files.at(i) as ListedFile;
    const lengths = leafLengths(identity.size);
    const segments = [{ hash: 'sha256', lengths }] as const;
    const request: FileRequest = { path, location, followLink, identity, whole: [], segments };
    if (lengths.length > KEPT_LEAVES) kept.set(i, request);
    return request;
  });
}

function leafLengths(size: number): Float64Array {
  const lengths = new Float64Array(leafCount(size)).fill(LEAF_BYTES);
  lengths[lengths.length - 1] = leafLength(size, lengths.length - 1);
  return lengths;
}

function leavesOf(bytes: Uint8Array): Uint8Array {
  const leaves = new Uint8Array(leafCount(bytes.length) * 32);
  for (let leaf = 0; leaf < leafCount(bytes.length); leaf++) leaves.set(sha256(leafBytes(bytes, leaf)), leaf * 32);
  return leaves;
}

/** The bytes of one leaf of a file that is in memory. */
export function leafBytes(bytes: Uint8Array, leaf: number): Uint8Array {
  return bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
}
