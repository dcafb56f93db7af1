import { hexEncode, joinBytes, quote } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { fileSecret, RecordSalts } from '../records/index.ts';
import { LogFile, recordKindOf } from '../trainlog/index.ts';
import { committed, type ListedTree, notCommitted, nothingListed } from './committed-tree.ts';
import { readEvidence } from './evidence-trees.ts';
import { holds } from './holds.ts';
import { IndexCache } from './index-cache.ts';
import { PROOF_TYPE, type Proof } from './proof-schema.ts';
import { type ProvenTree, provenTree } from './proven-tree.ts';
import { encodeRecord } from './record-bytes.ts';
import {
  indexRecords,
  type LocatedRecord,
  type RecordIndex,
  RecordLocator,
  type RecordSource,
} from './record-index.ts';

export interface ProveRecordsOptions extends AbortOptions, ProgressOptions {
  /** The log, or the file of a dataset. */
  readonly file: string;
  /** Records to prove, from 1, as people count lines. */
  readonly lines: readonly number[];
  /** The attestations file whose statement commits to the file. */
  readonly attestations: string;
  /** Of a salted log or dataset, 32 bytes. */
  readonly secret?: Uint8Array;
  /** The salted dataset that the file is in: its root is over all its files. */
  readonly dataset?: string;
  /** Absolute path of the folder for indexes of large files; absent for none. */
  readonly cache?: string;
}

export interface ProvedRecords {
  /** In the order asked for, each record once. */
  readonly proofs: readonly Proof[];
  readonly tree: ProvenTree;
}

/** Of one record, in bytes: a proof holds it whole. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/**
 * Proves single records of a log. Every proof was checked against the root in the statement before it is handed out; the statement's
 * signature is for the reader of the proof to check.
 *
 * @throws StemmaError NOT_COMMITTED where no statement commits to the file as it is; EVIDENCE_MISSING where none has a record
 *   tree; USAGE for a line that is not there; TOO_LARGE for a record of more than 16 MiB; FILE_CHANGED and other file errors;
 *   LOG_INVALID; INTERRUPTED
 */
export async function proveRecords(options: ProveRecordsOptions): Promise<ProvedRecords> {
  const { file: name, attestations, secret, dataset } = options;
  const evidence = await readEvidence(attestations, (message) => options.onWarning?.(message));
  if (dataset !== undefined && secret !== undefined) {
    // Loaded where it is needed: a proof from an indexed log takes less time than starting with all of it would.
    const { saltedFileOf } = await import('./salted-dataset.ts');
    const { path: within, isCut, listed } = await saltedFileOf({ ...options, dataset, secret }, evidence);
    const own = fileSecret(sha256, secret, within);
    return withFile(name, (file) =>
      isCut
        ? proveFrom({ file, kind: 'lf' }, [listed], options, own)
        : proveWhole({ file, kind: 'lf', salts: new RecordSalts(sha256, own) }, listed, options),
    );
  }
  const wanted = secret === undefined ? 'record' : 'salted-record';
  const listed = evidence.flatMap((line) =>
    line.trees.filter(({ reference }) => reference.kind === wanted).map((tree) => ({ line, tree })),
  );
  if (listed.length === 0) throw nothingListed(evidence, attestations, wanted);
  return withFile(name, (file) => proveFrom({ file, kind: recordKindOf(file.name) }, listed, options, secret));
}

async function withFile<T>(location: string, work: (file: LogFile) => Promise<T>): Promise<T> {
  const file = await LogFile.open(location);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** @param secret of this file alone */
async function proveFrom(
  unsalted: Omit<RecordSource, 'salts'>,
  listed: readonly ListedTree[],
  options: ProveRecordsOptions,
  secret: Uint8Array | undefined,
): Promise<ProvedRecords> {
  const source = { ...unsalted, salts: secret === undefined ? undefined : new RecordSalts(sha256, secret) };
  const cache = IndexCache.for(options.cache, source, secret);
  const kept = await cache?.load(source.file.identity.size);
  if (kept !== undefined) {
    const proved = await tryKept(source, kept, listed, options);
    if (proved !== undefined) return proved;
  }
  const index = await indexRecords(source, options);
  const found = committed(source, index, listed);
  if (found === undefined) throw notCommitted(source, index, listed, options.attestations);
  const proofs = await proofsFrom(source, index, found, options);
  await source.file.assertUnchanged();
  // Between indexing and reading again the file was another one, and is again what it was.
  if (proofs === undefined)
    throw new StemmaError('FILE_CHANGED', `${quote(source.file.name)} changed while it was read`);
  await cache?.save(index);
  return { proofs, tree: provenTree(found.line, found.tree, options.attestations) };
}

/** The one record of a file that is not cut: all of it. */
async function proveWhole(
  source: RecordSource,
  listed: ListedTree,
  options: ProveRecordsOptions,
): Promise<ProvedRecords> {
  const { line, tree } = listed;
  requireLines(options.lines, tree);
  const { file } = source;
  const proof = await proofOf(source, { index: 0, start: 0, end: file.identity.size, path: [] }, line, tree);
  await file.assertUnchanged();
  if (proof === undefined || !holds(proof, tree))
    throw new StemmaError('FILE_CHANGED', `${quote(file.name)} changed while it was read`);
  return { proofs: [proof], tree: provenTree(line, tree, options.attestations) };
}

/** @throws StemmaError USAGE */
function requireLines(lines: readonly number[], { size }: ListedTree['tree']): void {
  for (const number of lines) {
    if (Number.isSafeInteger(number) && number >= 1 && number <= size) continue;
    const expected = size === 0 ? 'no line, the file has none' : `a line from 1 to ${size}`;
    throw new StemmaError('USAGE', `expected ${expected}, found ${number}`);
  }
}

/** Proofs by an index that was kept; undefined where anything about it does not hold, so that the file is read anew. */
async function tryKept(
  source: RecordSource,
  index: RecordIndex,
  listed: readonly ListedTree[],
  options: ProveRecordsOptions,
): Promise<ProvedRecords | undefined> {
  const found = committed(source, index, listed);
  if (found === undefined) return undefined;
  try {
    const proofs = await proofsFrom(source, index, found, options);
    await source.file.assertUnchanged();
    return proofs && { proofs, tree: provenTree(found.line, found.tree, options.attestations) };
  } catch (error) {
    // What a wrong index points to need not be a frame.
    if (isStemmaError(error) && error.code === 'LOG_INVALID') return undefined;
    throw error;
  }
}

/** @returns undefined where a proof does not lead to the signed root */
async function proofsFrom(
  source: RecordSource,
  index: RecordIndex,
  { line, tree }: ListedTree,
  options: ProveRecordsOptions,
): Promise<Proof[] | undefined> {
  requireLines(options.lines, tree);
  const locator = new RecordLocator(source, index);
  const proofs: Proof[] = [];
  for (const number of new Set(options.lines)) {
    const located = await locator.locate(number - 1);
    const proof = located && (await proofOf(source, located, line, tree));
    if (proof === undefined || !holds(proof, tree)) return undefined;
    proofs.push(proof);
  }
  return proofs;
}

async function proofOf(
  { file, salts }: RecordSource,
  { index, start, end, path: siblings }: LocatedRecord,
  line: ListedTree['line'],
  { reference }: ListedTree['tree'],
): Promise<Proof | undefined> {
  if (end - start > MAX_RECORD_BYTES) {
    const message = `record ${index + 1} has ${end - start} bytes; a proof holds at most ${MAX_RECORD_BYTES}`;
    throw new StemmaError('TOO_LARGE', message);
  }
  const parts: Uint8Array[] = [];
  for await (const chunk of file.chunks(start, end)) parts.push(chunk.slice());
  const leaf = encodeRecord(joinBytes(parts));
  const common = { type: PROOF_TYPE, index, path: siblings.map(hexEncode), statement: line.text } as const;
  if (reference.kind === 'record') return { ...common, kind: 'record', tree: reference.tree, leaf };
  if (reference.kind !== 'salted-record' || salts === undefined) return undefined;
  const salt = hexEncode(salts.salt(index));
  return { ...common, kind: 'salted-record', tree: reference.tree, leaf: { salt, ...leaf } };
}
