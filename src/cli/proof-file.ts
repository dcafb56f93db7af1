import { statSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { relativeTo } from '../core/evidence/index.ts';
import { type Proof, type ProvenTree, writeProof } from '../core/proof/index.ts';
import { writeReportFile } from './report-file.ts';

/** What a `prove` command did. */
export interface ProofsWritten {
  /** Base name. */
  readonly file: string;
  readonly kind: Proof['kind'];
  /** Of the leaves, from 0. */
  readonly indexes: readonly number[];
  readonly tree: ProvenTree;
}

/**
 * Writes proofs to a file, one a line (docs/formats/proof.md).
 *
 * @throws StemmaError WRITE_FAILED, SYMLINK_REFUSED, TOO_LARGE
 */
export async function writeProofFile(
  file: string,
  { proofs, tree }: { readonly proofs: readonly Proof[]; readonly tree: ProvenTree },
): Promise<ProofsWritten> {
  const text = proofs.map((proof) => new TextDecoder().decode(writeProof(proof))).join('');
  await writeReportFile(file, text);
  const kind = proofs[0]?.kind ?? 'record';
  return { file: path.basename(file), kind, indexes: proofs.map(({ index }) => index), tree };
}

/**
 * A proof inside a model would change what it is about, and one over its own source would destroy that.
 *
 * @param sources files and folders that the proof is made from
 * @throws StemmaError USAGE
 */
export function requireApart(output: string, sources: readonly string[]): void {
  for (const source of sources) {
    const from = path.resolve(source);
    const isNamed = relativeTo(path.dirname(from), path.resolve(output)) === path.basename(from);
    if (!isNamed && !isSameFile(from, path.resolve(output)) && relativeTo(from, path.resolve(output)) === undefined)
      continue;
    throw new StemmaError('USAGE', `the proof would be written into ${quote(path.basename(from))}`, {
      hint: 'choose another place for it',
    });
  }
}

/** Whether both lead to one regular file, by whatever names. */
function isSameFile(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one, { bigint: true }), statSync(other, { bigint: true })];
    return a.isFile() && a.dev === b.dev && a.ino === b.ino;
  } catch {
    // What is not there yet is written anew; what cannot be looked at fails when it is read or written.
    return false;
  }
}

/**
 * The value of `--line`.
 *
 * @throws StemmaError USAGE
 */
export function parseLineNumber(text: string): number {
  const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new StemmaError('USAGE', `expected --line to be a number from 1, found ${quote(text, 40)}`);
  }
  return value;
}
