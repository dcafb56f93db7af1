import { statSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';
import { MAX_EVIDENCE_BYTES, readSmallFile, relativeTo } from '../core/evidence/index.ts';
import { type Proof, type ProvenTree, parseProof, writeProof } from '../core/proof/index.ts';
import { jobsFlag } from './flags.ts';
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

/**
 * What stands where a proof goes is replaced if it is a proof itself, or empty; anything else only with `force`. Pipes and links
 * are left to the writer.
 *
 * @param parse throws for bytes that are no proof
 * @throws StemmaError WOULD_OVERWRITE
 */
export async function requireReplaceable(
  file: string,
  force: boolean,
  parse: (bytes: Uint8Array) => unknown = parseFirstProof,
): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (force || found === undefined || !found.isFile() || found.size === 0) return;
  try {
    parse(await readSmallFile(file, { maxBytes: MAX_EVIDENCE_BYTES }));
  } catch (cause) {
    throw new StemmaError('WOULD_OVERWRITE', `${quote(path.basename(file))} exists already, and is no proof`, {
      hint: 'choose another place for the proof; --force replaces the file',
      cause,
    });
  }
}

function parseFirstProof(bytes: Uint8Array): Proof {
  const end = bytes.indexOf(0x0a);
  return parseProof(end === -1 ? bytes : bytes.subarray(0, end));
}

/** The flag that `requireReplaceable` takes. */
export const forceFlag = () => boolean({ summary: 'replace a file that is no proof' });

/** What a proof out of a whole model takes. */
export const modelProofFlags = () => ({
  attestation: string({ summary: "attestations with the model statement; default the model's own", helpValue: 'FILE' }),
  output: string({ char: 'o', summary: 'proof file to write', helpValue: 'FILE', required: true }),
  force: forceFlag(),
  jobs: jobsFlag(),
});

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
