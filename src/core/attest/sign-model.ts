import path from 'node:path';
import { buildOmsStatement } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { evidenceLocations, temporaryFolderFor, writeFileAtomic } from '../evidence/index.ts';
import { type Signer, signingChain } from '../keys/index.ts';
import { fileDigests, fileSet, hashPlan, locateModel, plainPlan, walkModel, walkProblemError } from '../model/index.ts';
import { existingSignature, refuseOverwrite } from './existing.ts';
import { ALWAYS_IGNORED } from './file-settings.ts';
import { requireOmsKey } from './oms-key.ts';
import type { ModelOptions } from './options.ts';
import { signedLine } from './signed-line.ts';

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

/**
 * Writes a pure OMS v1.0 signature and nothing else (design §4).
 *
 * @throws StemmaError KEY_TYPE_REFUSED, CERTIFICATE_INVALID, MODEL_EMPTY, SYMLINK_REFUSED, PATH_INVALID, WOULD_OVERWRITE,
 * FILE_UNREADABLE, FILE_CHANGED, NOT_A_REGULAR_FILE, WRITE_FAILED
 */
export async function signModel(options: SignOptions): Promise<SignResult> {
  const { signer } = options;
  requireOmsKey(signer.publicKey);
  const certificates = options.certificates.length === 0 ? [] : signingChain(signer.publicKey, options.certificates);
  const { root, kind, ignored: named } = await locateModel(options.model, { ...options, opaque: [] });
  const target = path.resolve(options.signature ?? evidenceLocations(root, kind).signature);
  const ignored = [...named, ...insideModel(target, root, kind)];
  const listing = await walkModel(root, options);
  const set = fileSet(listing, { ignored });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0) throw new StemmaError('MODEL_EMPTY', `${quote(listing.name)} has no file to sign`);
  const plan = plainPlan(set);
  const results = await hashPlan(plan, { ...options, phase: 'hashing model', whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  const files = fileDigests(plan, results);
  const single = kind === 'file';
  const payload = buildOmsStatement(
    {
      subjectName: listing.name,
      files: files.map(({ path: name, sha256: digest }) => ({ path: single ? listing.name : name, sha256: digest })),
      ignorePaths: single ? [] : [...ALWAYS_IGNORED, ...ignored],
      allowSymlinks: options.allowSymlinks,
    },
    sha256,
  );
  const bundle = await signedLine(payload, signer, certificates);
  const written = await write(target, bundle, options);
  const { type, fingerprint } = signer.publicKey;
  return {
    name: listing.name,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    method: certificates.length === 0 ? 'key' : 'certificate',
    signature: path.basename(target),
    signer: { type, fingerprint },
    written,
  };
}

/** A signature under a name of its own inside the model is left out by that name, as OMS v1.0 §6.1 demands. */
function insideModel(target: string, root: string, kind: 'folder' | 'file'): string[] {
  const relative = path.relative(root, target);
  const inside = kind === 'folder' && relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return inside ? [relative.split(path.sep).join('/')] : [];
}

async function write(target: string, bundle: string, options: SignOptions): Promise<boolean> {
  const existing = await existingSignature(target, options.signer.publicKey);
  if (existing.state === 'ours' && existing.text.trim() === bundle) return false;
  if (existing.state !== 'none' && !options.force) {
    refuseOverwrite(
      path.basename(target),
      existing.state === 'ours'
        ? 'made by this key for other bytes or with other settings'
        : `made by ${existing.whose}`,
    );
  }
  await writeFileAtomic(target, bundle, { temporaryFolder: await temporaryFolderFor(path.dirname(target)) });
  return true;
}
