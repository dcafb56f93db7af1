import path from 'node:path';
import { pathProblem, quote } from '../bytes/index.ts';
import type { LazyList } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import {
  evidenceLocations,
  relativeTo,
  removeLeftovers,
  temporaryFolderFor,
  withLock,
  writeFileAtomic,
} from '../evidence/index.ts';
import { type Signer, signingChain } from '../keys/index.ts';
import {
  type FileDigest,
  type FileSet,
  fileDigests,
  fileSet,
  hashPlan,
  locateModel,
  plainPlan,
  readLfsPointer,
  walkModel,
  walkProblemError,
} from '../model/index.ts';
import { existingSignature, MADE_FOR_OTHERS, refuseOverwrite } from './existing.ts';
import { requireOmsKey } from './oms-key.ts';
import type { ModelOptions } from './options.ts';
import { omsPayload } from './payloads.ts';
import { refuseSalted } from './salted-guard.ts';
import { signedLine } from './signed-line.ts';
import { requireListable, requireReadable, tooManyForLine } from './statement-size.ts';
import { requireUnchanged } from './unchanged.ts';

export interface SignOptions extends ModelOptions {
  readonly signer: Signer;
  /** DER of the leaf certificate and of its intermediates; empty for the `key` method. */
  readonly certificates: readonly Uint8Array[];
  /** Where to write; default `MODEL/model.sig` or `FILE.sig`. */
  readonly signature?: string;
}

export interface SignResult {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly method: 'key' | 'certificate';
  readonly signature: string;
  readonly signer: { readonly type: string; readonly fingerprint: string };
  readonly written: boolean;
}

const ATTEST = 'use `stemma attest --no-model-sig`, whose statement names all files by one root';

/**
 * Writes a pure OMS v1.0 signature and nothing else (design §4).
 *
 * @throws StemmaError as `refuseSalted`; KEY_TYPE_REFUSED, CERTIFICATE_INVALID and USAGE before any hashing; MODEL_EMPTY, TOO_LARGE, LFS_POINTER,
 * SYMLINK_REFUSED, PATH_INVALID, WOULD_OVERWRITE, FILE_UNREADABLE, FILE_CHANGED, NOT_A_REGULAR_FILE, WRITE_FAILED
 */
export async function signModel(options: SignOptions): Promise<SignResult> {
  const { signer, allowSymlinks } = options;
  requireOmsKey(signer.publicKey);
  const certificates = options.certificates.length === 0 ? [] : signingChain(signer.publicKey, options.certificates);
  const { root, kind, ignored: named } = await locateModel(options.model, { ...options, opaque: [] });
  const target = path.resolve(options.signature ?? evidenceLocations(root, kind).signature);
  const within = kind === 'folder' ? relativeTo(root, target) : undefined;
  const inside = within === undefined ? undefined : root;
  await withLock(target, () => removeLeftovers([target], inside), options);
  const ignored = withIgnoredTarget(named, within);
  const { name, set, files } = await digestFiles(ignored, target, options);
  // After the walk, which says better what is wrong with a folder; nothing is published before.
  await refuseSalted(options.model, options);
  const payload = omsPayload(files, { name, kind, ignored, allowSymlinks });
  const bundle = await signedLine(payload, signer, certificates);
  requireReadable(bundle, ATTEST);
  const work = async (): Promise<boolean> => {
    if (await isThere(target, bundle, options)) return false;
    await requireUnchanged(options.model, set, { ...options, ignored });
    await writeFileAtomic(target, bundle, { temporaryFolder: await temporaryFolderFor(target, inside) });
    return true;
  };
  const written = await withLock(target, work, options);
  const { type, fingerprint } = signer.publicKey;
  return {
    name,
    files: files.length,
    bytes: set.files.bytes(),
    method: certificates.length === 0 ? 'key' : 'certificate',
    signature: path.basename(target),
    signer: { type, fingerprint },
    written,
  };
}

/** A signature under a name of its own inside the model is left out by that name, as OMS v1.0 §6.1 demands. */
function withIgnoredTarget(ignored: readonly string[], target: string | undefined): readonly string[] {
  if (target === undefined) return ignored;
  const problem = pathProblem(target) ?? (/[*?[\]]/.test(target) ? 'has a pattern character' : undefined);
  if (problem === undefined) return [...ignored, target];
  throw new StemmaError(
    'USAGE',
    `--signature ${quote(target)} lies in the model but ${problem}: no signature can leave it out`,
  );
}

/** The files as OMS takes them: not parsed; but a pointer is refused, since who signs it means what it points to. */
async function digestFiles(
  ignored: readonly string[],
  target: string,
  options: SignOptions,
): Promise<{ readonly name: string; readonly set: FileSet; readonly files: LazyList<FileDigest> }> {
  const listing = await walkModel(options.model, options);
  for (const warning of listing.warnings) options.onWarning?.(warning);
  const set = fileSet(listing, { ignored });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0) throw new StemmaError('MODEL_EMPTY', `${quote(listing.name)} has no file to sign`);
  requireListable(set.files, ATTEST);
  // By its name it is read as lines.
  const tooMany = target.endsWith('.jsonl') ? tooManyForLine(set.files, ATTEST) : undefined;
  if (tooMany !== undefined) throw tooMany;
  for (const file of set.files) {
    if (readLfsPointer(file) === undefined) continue;
    throw new StemmaError(
      'LFS_POINTER',
      `${quote(file.path || listing.name)} is a Git-LFS pointer, not the file itself`,
      {
        hint: 'fetch the file with `git lfs pull`',
        details: { path: file.path },
      },
    );
  }
  const plan = plainPlan(set);
  const results = await hashPlan(plan, { ...options, phase: 'hashing model', whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  return { name: listing.name, set, files: fileDigests(plan, results) };
}

/**
 * Whether the same signature is there already; another one is kept unless the user insists, and what is no signature even then
 * where the user named the place: a slip must not cost a file of the model.
 *
 * @throws StemmaError WOULD_OVERWRITE
 */
async function isThere(target: string, bundle: string, options: SignOptions): Promise<boolean> {
  const existing = await existingSignature(target, options.signer.publicKey);
  const name = path.basename(target);
  if (existing.state === 'none') return false;
  if (existing.state === 'other' && options.signature !== undefined) {
    refuseOverwrite(name, `it is no signature (${existing.why})`, 'choose another name');
  }
  if (existing.state !== 'other' && existing.text.trim() === bundle) return true;
  if (options.force) return false;
  if (existing.state === 'other') refuseOverwrite(name, `it is no signature that we know (${existing.why})`);
  return refuseOverwrite(name, existing.state === 'ours' ? MADE_FOR_OTHERS : `made by ${existing.whose}`);
}
