import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundlesInArray, parseBundle } from '../attestation/index.ts';
import { encodeUtf8, hexEncode } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../errors/index.ts';
import { readChunks, readSmallFile, stageFile } from '../evidence/index.ts';
import { readManifest } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { readEntry } from './entry.ts';
import { createStore, makeShard, objectPath, type Store } from './layout.ts';
import { readLines } from './lines.ts';
import { MAX_OBJECT_BYTES, putObject } from './objects.ts';
import { type EvidenceSource, evidenceSources, requirePath } from './sources.ts';
import { type IndexOptions, withIndex } from './store-index.ts';

export interface AddOptions extends IndexOptions {
  /** The folder; made where there is none. */
  readonly store: string;
  /** Evidence files, models and datasets. */
  readonly paths: readonly string[];
}

/** Something that is not taken, and why. */
export interface Refused {
  readonly source: string;
  readonly line?: number;
  readonly message: string;
}

export interface AddResult {
  /** Statements that the store did not have. */
  readonly added: number;
  /** Those that it had. */
  readonly present: number;
  /** Manifests that it did not have. */
  readonly manifests: number;
  readonly refusals: number;
  /** The first hundred of them. */
  readonly refused: readonly Refused[];
}

const MAX_REFUSED = 100;
/** Written at a time: each waits for the disk. */
const BATCH = 16;

/**
 * Adds the statements in evidence files, and those in and beside models, and brings the index up to them. Nothing is
 * authenticated: the store keeps what people say. What is no statement is refused, and the rest added.
 *
 * @throws StemmaError STORE_INVALID, WRITE_FAILED, INTERRUPTED, and as `evidenceSources`
 */
export async function addToStore(options: AddOptions): Promise<AddResult> {
  const sources: EvidenceSource[] = [];
  for (const given of options.paths) sources.push(...(await evidenceSources(given, options)));
  return addSources(sources, options);
}

export interface ImportOptions extends IndexOptions {
  /** The folder; made where there is none. */
  readonly store: string;
  /** JSON Lines of bundles, whatever it is called. */
  readonly file: string;
}

/**
 * Adds what `exportStore` wrote.
 *
 * @throws StemmaError PATH_NOT_FOUND, FILE_UNREADABLE, STORE_INVALID, WRITE_FAILED, INTERRUPTED
 */
export async function importStatements({ file, ...options }: ImportOptions): Promise<AddResult> {
  requirePath(file);
  return addSources([{ file, name: path.basename(file), form: 'lines', followLink: true }], options);
}

async function addSources(sources: readonly EvidenceSource[], options: Omit<AddOptions, 'paths'>): Promise<AddResult> {
  const store = await createStore(options.store);
  const adding = new Adding(store);
  for (const source of sources) {
    throwIfAborted(options.signal);
    if (source.form === 'manifest') await adding.manifest(source, options);
    else await adding.bundles(source, options);
  }
  await withIndex(store, options, () => undefined);
  return adding.result();
}

interface Piece {
  readonly number?: number;
  readonly bytes: Uint8Array | undefined;
}

class Adding {
  readonly #store: Store;
  readonly #refused: Refused[] = [];
  readonly #atWork = new Set<string>();
  #added = 0;
  #present = 0;
  #manifests = 0;
  #refusals = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  async bundles(source: EvidenceSource, options: AbortOptions): Promise<void> {
    let batch: Piece[] = [];
    for await (const piece of piecesOf(source)) {
      batch.push(piece);
      if (batch.length < BATCH) continue;
      throwIfAborted(options.signal);
      await this.#batch(source, batch);
      batch = [];
    }
    await this.#batch(source, batch);
  }

  async #batch(source: EvidenceSource, pieces: readonly Piece[]): Promise<void> {
    this.#atWork.clear();
    await Promise.all(pieces.map((piece) => this.#bundle(source, piece)));
  }

  async #bundle(source: EvidenceSource, { number, bytes }: Piece): Promise<void> {
    try {
      if (bytes === undefined)
        throw new StemmaError('TOO_LARGE', `longer than ${MAX_OBJECT_BYTES.bundles} bytes, the largest bundle`);
      const stored = oneLine(bytes, source.name);
      readEntry(stored, source.name);
      const name = hexEncode(sha256(stored));
      // A line and its copy a few lines on are at work at once.
      const isTwin = this.#atWork.has(name);
      this.#atWork.add(name);
      const { added } = isTwin ? { added: false } : await putObject(this.#store, 'bundles', stored);
      if (added) this.#added++;
      else this.#present++;
    } catch (error) {
      if (!isStemmaError(error) || error.errorClass !== 'malformed') throw error;
      this.#refuse(source, error.message, number);
    }
  }

  async manifest({ file, name, followLink }: EvidenceSource, { signal }: AbortOptions): Promise<void> {
    try {
      const { sha256: digest } = await readManifest(readChunks(file, { followLink }), undefined, { signal });
      const target = objectPath(this.#store, 'manifests', digest);
      if (existsSync(target)) return;
      makeShard(this.#store, 'manifests', digest);
      const hash = createHash('sha256');
      const staged = await stageFile(target, hashed(readChunks(file, { followLink }), hash));
      if (hash.digest('hex') !== digest) {
        await staged.discard();
        throw new StemmaError('FILE_CHANGED', `${name} changed while it was read`);
      }
      await staged.commit();
      this.#manifests++;
    } catch (error) {
      if (!isStemmaError(error) || error.errorClass !== 'malformed') throw error;
      this.#refuse({ name }, error.message);
    }
  }

  #refuse({ name }: Pick<EvidenceSource, 'name'>, message: string, line?: number): void {
    this.#refusals++;
    if (this.#refused.length < MAX_REFUSED)
      this.#refused.push({ source: name, ...(line === undefined ? {} : { line }), message });
  }

  result(): AddResult {
    return {
      added: this.#added,
      present: this.#present,
      manifests: this.#manifests,
      refusals: this.#refusals,
      refused: this.#refused.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    };
  }
}

async function* piecesOf({ file, form, followLink }: EvidenceSource): AsyncGenerator<Piece> {
  if (form === 'lines') return yield* readLines(file, { followLink });
  const bytes = await readSmallFile(file, { maxBytes: MAX_OBJECT_BYTES.bundles, followLink });
  for (const piece of inArray(bytes, file)) yield { bytes: piece };
}

/** An array that is none, or an empty one, is refused as the one bundle that it is not. */
function inArray(bytes: Uint8Array, file: string): readonly Uint8Array[] {
  try {
    const texts = bundlesInArray(bytes, path.basename(file)) ?? [];
    return texts.length === 0 ? [bytes] : texts.map(encodeUtf8);
  } catch (error) {
    if (isStemmaError(error)) return [bytes];
    throw error;
  }
}

/** A pretty-printed bundle becomes one line, so that an export is JSON Lines; its payload, which is what is signed, stays as it is. */
function oneLine(bytes: Uint8Array, what: string): Uint8Array {
  return bytes.includes(0x0a) || bytes.includes(0x0d)
    ? encodeUtf8(JSON.stringify(parseBundle(bytes, what).json))
    : bytes;
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
