import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { StemmaError } from '../errors/index.ts';

/** An attestations file is at most this large; one bundle in it is capped by its own parser. */
export const MAX_EVIDENCE_BYTES = 128 * 1024 * 1024;
/** And has at most this many lines. */
export const MAX_EVIDENCE_LINES = 100_000;
/** How many of them one verification takes into account: no more are ever written to one file. */
export const MAX_LINES_VERIFIED = 10_000;

const unreadable = (file: string, cause: unknown): StemmaError => {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  const name = path.basename(file);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new StemmaError('PATH_NOT_FOUND', `no such file: ${name}`, { cause });
  }
  if (code === 'ELOOP' || code === 'EMLINK') {
    return new StemmaError('SYMLINK_REFUSED', `${name} is a symbolic link; evidence is read from regular files`, {
      cause,
    });
  }
  return new StemmaError('FILE_UNREADABLE', `cannot read ${name}: ${code}`, { cause });
};

/**
 * Opens a file from someone we do not trust: never blocks on a FIFO, and refuses anything but a regular file.
 *
 * @param followLink for files that the caller named himself
 * @throws StemmaError PATH_NOT_FOUND, SYMLINK_REFUSED, NOT_A_REGULAR_FILE, FILE_UNREADABLE
 */
async function openRegular(file: string, followLink: boolean): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | (followLink ? 0 : constants.O_NOFOLLOW));
  } catch (cause) {
    throw unreadable(file, cause);
  }
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (cause) {
    await handle.close();
    throw unreadable(file, cause);
  }
  await handle.close();
  throw new StemmaError('NOT_A_REGULAR_FILE', `${path.basename(file)} is not a regular file`);
}

export interface ReadOptions {
  readonly maxBytes: number;
  readonly followLink?: boolean;
}

/**
 * The whole of a small file.
 *
 * @throws StemmaError TOO_LARGE before anything is read, and as `openRegular`
 */
export async function readSmallFile(file: string, options: ReadOptions): Promise<Uint8Array> {
  const handle = await openRegular(file, options.followLink ?? false);
  try {
    const { size } = await handle.stat();
    if (size > options.maxBytes) {
      throw new StemmaError(
        'TOO_LARGE',
        `${path.basename(file)} has ${size} bytes; at most ${options.maxBytes} are read`,
      );
    }
    const buffer = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await handle.read(buffer, at, size - at, at);
      if (bytesRead === 0)
        throw new StemmaError('FILE_CHANGED', `${path.basename(file)} became shorter while it was read`);
      at += bytesRead;
    }
    return buffer;
  } catch (cause) {
    if (cause instanceof StemmaError) throw cause;
    throw unreadable(file, cause);
  } finally {
    await handle.close();
  }
}

/** The same, or undefined where there is no such file. */
export async function readIfPresent(file: string, options: ReadOptions): Promise<Uint8Array | undefined> {
  try {
    return await readSmallFile(file, options);
  } catch (error) {
    if (error instanceof StemmaError && error.code === 'PATH_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The bytes of a regular file in chunks, for parsers that stream. */
export async function* readChunks(
  file: string,
  options: { readonly followLink?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  const handle = await openRegular(file, options.followLink ?? false);
  try {
    const buffer = new Uint8Array(256 * 1024);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.slice(0, bytesRead);
    }
  } catch (cause) {
    if (cause instanceof StemmaError) throw cause;
    throw unreadable(file, cause);
  } finally {
    await handle.close();
  }
}

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * Splits the bytes of a JSON Lines file into its non-blank lines. A missing or a repeated final newline is fine
 * (reference/attestations-lineage-policy.md §3.2); CR before LF is dropped.
 *
 * @throws StemmaError TOO_LARGE for more than 100,000 lines
 */
export function splitLines(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const lf = bytes.indexOf(0x0a, start);
    let end = lf < 0 ? bytes.length : lf;
    const next = lf < 0 ? bytes.length : lf + 1;
    number++;
    if (end > start && bytes[end - 1] === 0x0d) end--;
    const line = bytes.subarray(start, end);
    if (line.some((byte) => byte !== 0x20 && byte !== 0x09)) lines.push({ number, bytes: line });
    if (lines.length > MAX_EVIDENCE_LINES)
      throw new StemmaError('TOO_LARGE', `more than ${MAX_EVIDENCE_LINES} lines of attestations`);
    start = next;
  }
  return lines;
}
