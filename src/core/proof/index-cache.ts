import { chmod, readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { concatBytes, encodeUtf8, hexEncode } from '../bytes/index.ts';
import { type FileIdentity, sha256 } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { makeFolder, readIfPresent, writeFileAtomic } from '../evidence/index.ts';
import { decodeIndex, encodeIndex } from './index-format.ts';
import type { RecordIndex, RecordSource } from './record-index.ts';

/** Reading a smaller file again takes no longer than looking for its index. */
const MIN_FILE_BYTES = 4 * 1024 * 1024;
/** Of one index: that of seven billion records. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_INDEXES = 64;
const SUFFIX = '.record-index';

/**
 * Keeps record indexes between runs, so that a further proof from a large log reads one block of it. An index is found by what
 * the file system says of the file. Nothing depends on it: a proof is compared with the signed root before anyone sees it, and
 * where that fails the file is read anew. What goes wrong here is as if there were no cache.
 */
export class IndexCache {
  readonly #folder: string;
  readonly #key: Uint8Array;

  private constructor(folder: string, key: Uint8Array) {
    this.#folder = folder;
    this.#key = key;
  }

  /** @param folder absolute; undefined for no cache. @returns undefined also for a file that is too small to be worth it */
  static for(folder: string | undefined, source: RecordSource, secret: Uint8Array | undefined): IndexCache | undefined {
    const { identity } = source.file;
    if (folder === undefined || identity.size < MIN_FILE_BYTES) return undefined;
    return new IndexCache(path.join(folder, 'record-indexes'), keyOf(identity, source.kind, secret));
  }

  async load(bytesOfFile: number): Promise<RecordIndex | undefined> {
    try {
      const bytes = await readIfPresent(this.#file, { maxBytes: MAX_INDEX_BYTES });
      return bytes === undefined ? undefined : decodeIndex(bytes, this.#key, bytesOfFile);
    } catch (error) {
      if (isStemmaError(error)) return undefined;
      throw error;
    }
  }

  async save(index: RecordIndex): Promise<void> {
    const bytes = encodeIndex(this.#key, index);
    if (bytes.length > MAX_INDEX_BYTES) return;
    try {
      // It tells others which logs this user has, and of what size.
      await makeFolder(this.#folder, 0o700);
      await chmod(this.#folder, 0o700);
      await this.#makeRoom();
      await writeFileAtomic(this.#file, bytes);
    } catch {
      // A full disk or a folder of someone else costs time at the next run, nothing more.
    }
  }

  get #file(): string {
    return path.join(this.#folder, `${hexEncode(this.#key)}${SUFFIX}`);
  }

  /** Removes the indexes that were made longest ago: logs that grow leave one behind each time. */
  async #makeRoom(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(SUFFIX));
    if (names.length < MAX_INDEXES) return;
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(this.#folder, name);
        return { file, madeAt: (await stat(file)).mtimeMs };
      }),
    );
    const oldest = files.toSorted((a, b) => a.madeAt - b.madeAt).slice(0, names.length - MAX_INDEXES + 1);
    for (const { file } of oldest) await unlink(file);
  }
}

/** Of a secret, only a hash goes in: it is 32 random bytes, which nobody finds from that. */
function keyOf({ dev, ino, size, mtimeNs }: FileIdentity, kind: string, secret: Uint8Array | undefined): Uint8Array {
  const facts = encodeUtf8(`stemma/record-index-key/v1\0${dev} ${ino} ${size} ${mtimeNs} ${kind}\0`);
  return sha256(secret === undefined ? facts : concatBytes(facts, sha256(secret)));
}
