import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { equalBytes, hexEncode, quote } from '../bytes/index.ts';
import { LOG_TREE } from '../digest/index.ts';
import { StemmaError, throwIfAborted } from '../errors/index.ts';
import { readPrefixes } from '../log/index.ts';
import type { ModelDigest } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import type { StreamDigest } from '../run/index.ts';

/** A shorter beginning, such as the header of a table, is shared by files that have nothing to do with the log. */
const MIN_BYTES = 32;
const BLOCK_BYTES = 64 * 1024;

/** What a statement tells plain digests of, as it is on the disk. */
export interface ToldFiles {
  readonly models: readonly Pick<ModelDigest, 'plan'>[];
  /** Files and folders beside the models: parents, inputs, configuration, other logs. */
  readonly others: readonly string[];
}

/**
 * Refuses salted logs of which one of the files is another name, a copy, the beginning, or a longer version: told by their bytes,
 * since digests show only what is equal as a whole. Logs that are not there are no others' copies.
 *
 * @param logs files of salted logs
 * @throws StemmaError USAGE, INTERRUPTED
 */
export async function refuseCopies(logs: readonly string[], told: ToldFiles, options: AbortOptions): Promise<void> {
  for (const log of logs) {
    const opened = await OpenFile.open(log);
    if (opened === undefined) continue;
    try {
      for await (const file of filesIn(told)) {
        throwIfAborted(options.signal);
        if (await isCopy(opened, file)) throw copied(log, `the file ${quote(path.basename(file))}`);
      }
    } finally {
      await opened.close();
    }
  }
}

/**
 * Refuses salted logs that begin with the very records that the command printed: the digest of what it printed is published.
 *
 * @throws StemmaError USAGE; as `readPrefixes`
 */
export async function refusePrinted(
  logs: readonly string[],
  streams: readonly StreamDigest[],
  options: AbortOptions,
): Promise<void> {
  const long = streams.filter(({ bytes }) => bytes >= MIN_BYTES);
  if (long.length === 0) return;
  for (const log of logs) {
    const sizes = long.map(({ size }) => size);
    const { roots, records, root } = await readPrefixes(log, sizes, options);
    const told = long.find(({ size, digests }) => {
      const same = roots.get(size) ?? (records === size ? root : undefined);
      return same !== undefined && hexEncode(same) === digests[LOG_TREE];
    });
    if (told !== undefined) throw copied(log, `what the command printed to ${told.name}`);
  }
}

function copied(log: string, where: string): StemmaError {
  const message = `${where} has the bytes of the salted log ${quote(path.basename(log))}, or of its beginning, and its plain digest is published: records could be guessed`;
  return new StemmaError('USAGE', message, { hint: 'leave it out, and do not print the log: nothing is attested' });
}

/** Links to files are followed, since some are parts of what they lie in; links to folders are not. */
async function* filesIn({ models, others }: ToldFiles): AsyncGenerator<string, void, undefined> {
  for (const { plan } of models) for (const { file } of plan.files) yield file.location;
  const pending = others.map((other) => path.resolve(other));
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const info = await stat(place).catch(() => undefined);
    if (info?.isFile() === true) yield place;
    if (info?.isDirectory() !== true) continue;
    // A folder that cannot be read cannot be digested either.
    for (const entry of await readdir(place, { withFileTypes: true }).catch(() => [])) {
      const inner = path.join(place, entry.name);
      if (entry.isDirectory()) pending.push(inner);
      else yield inner;
    }
  }
}

async function isCopy(log: OpenFile, file: string): Promise<boolean> {
  const info = await stat(file, { bigint: true }).catch(() => undefined);
  if (info?.isFile() !== true || log.size === 0) return false;
  if (info.dev === log.dev && info.ino === log.ino) return true;
  const size = Number(info.size);
  if (size !== log.size && Math.min(size, log.size) < MIN_BYTES) return false;
  const other = await OpenFile.open(file);
  if (other === undefined) return false;
  try {
    return await log.beginsLike(other, Math.min(size, log.size));
  } finally {
    await other.close();
  }
}

/** A regular file, opened for comparing. */
class OpenFile {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, { dev, ino, size }: { dev: bigint; ino: bigint; size: bigint }) {
    this.#handle = handle;
    this.dev = dev;
    this.ino = ino;
    this.size = Number(size);
  }

  /** Undefined where there is none that can be read: what cannot be read has no digest either. */
  static async open(file: string): Promise<OpenFile | undefined> {
    if ((await stat(file).catch(() => undefined))?.isFile() !== true) return undefined;
    const handle = await open(file, 'r').catch(() => undefined);
    return handle === undefined ? undefined : new OpenFile(handle, await handle.stat({ bigint: true }));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Whether the first bytes of both are the same; stops where they differ. */
  async beginsLike(other: OpenFile, bytes: number): Promise<boolean> {
    for (let at = 0; at < bytes; at += BLOCK_BYTES) {
      const length = Math.min(BLOCK_BYTES, bytes - at);
      const [ours, theirs] = await Promise.all([this.#read(at, length), other.#read(at, length)]);
      if (ours.length < length || !equalBytes(ours, theirs)) return false;
    }
    return true;
  }

  async #read(at: number, length: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await this.#handle.read(new Uint8Array(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  }
}
