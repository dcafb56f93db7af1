import type { DatabaseSync } from 'node:sqlite';
import { StemmaError } from '../errors/index.ts';

/**
 * Node's own SQLite, loaded when a store is opened. Node 22 announces it as experimental, on the stderr of whoever uses us: the
 * announcement is made while the module loads, and is dropped.
 *
 * @throws StemmaError BACKEND_UNAVAILABLE
 */
export function openDatabase(file: string): DatabaseSync {
  const emitWarning = process.emitWarning.bind(process);
  let sqlite: typeof import('node:sqlite') | undefined;
  try {
    process.emitWarning = () => undefined;
    sqlite = process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
  if (sqlite === undefined) {
    throw new StemmaError('BACKEND_UNAVAILABLE', 'this Node.js was built without SQLite', {
      hint: 'use a Node.js from nodejs.org, of version 22.22.2 or later',
    });
  }
  return new sqlite.DatabaseSync(file, { timeout: BUSY_MS });
}

/** How long a command waits for another one's transaction; the longest is a rebuild. */
const BUSY_MS = 60_000;

/** Whether SQLite says that the file is no database, or not a whole one. */
export function isCorrupt(error: unknown): boolean {
  const code = errorCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** Whether it cannot be opened or written where it is, or the disk is full. */
export function isRefused(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && REFUSED.has(code);
}

/** https://sqlite.org/rescode.html; the higher bits of an extended code tell more than is asked here. */
function errorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

const SQLITE_PERM = 3;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

const REFUSED: ReadonlySet<number> = new Set([
  SQLITE_PERM,
  SQLITE_READONLY,
  SQLITE_IOERR,
  SQLITE_FULL,
  SQLITE_CANTOPEN,
]);
