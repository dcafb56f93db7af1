import { type ApprovalInput, buildApprovalStatement } from '../attestation/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { relativeTo, removeLeftovers, withLock } from '../evidence/index.ts';
import type { Signer } from '../keys/index.ts';
import { digestModel, locateModel, type SegmentHash } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { placeOfLines } from './evaluation-place.ts';
import { requireRecordableName } from './names.ts';
import { firstChoice } from './place.ts';
import { publicationProblem } from './secrets.ts';
import { signedLine } from './signed-line.ts';
import { requireUnchanged } from './unchanged.ts';
import { writeEvidence } from './write-evidence.ts';

export interface ApproveOptions extends AbortOptions, ProgressOptions {
  readonly model: string;
  readonly signer: Signer;
  /** In which role the signer approves: lower-case letters, digits and `-`. */
  readonly role: string;
  /** For people; stands in the attestation. */
  readonly comment?: string;
  /** Recorded only where given: a statement takes no time from the clock. */
  readonly approvedOn?: Date;
  /** `subject[0].name`; default the model's base name. */
  readonly name?: string;
  /** Paths in the model to leave out, as the user wrote them. */
  readonly ignore: readonly string[];
  /** Containers to take as one region, as the user wrote them. */
  readonly opaque: readonly string[];
  readonly allowSymlinks: boolean;
  readonly segmentHash: SegmentHash;
  readonly jobs?: number;
  readonly outputDir?: string;
}

export interface ApproveResult {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly files: number;
  readonly bytes: number;
  readonly digests: DigestSet;
  readonly role: string;
  readonly approvedOn?: string;
  readonly signer: { readonly type: string; readonly fingerprint: string };
  /** Base names of the files that were written; empty where the same approval was there already. */
  readonly written: readonly string[];
}

/**
 * Approves the very bytes that are there (docs/formats/approval.md): the statement is appended to the model's attestations. Equal
 * inputs give equal bytes, and what is there already is not written again.
 *
 * @throws StemmaError USAGE, PREDICATE_INVALID; as `digestModel`; FILE_CHANGED, TOO_LARGE, WRITE_FAILED, LOCK_TIMEOUT
 */
export async function approveModel(options: ApproveOptions): Promise<ApproveResult> {
  const { signer, role, comment } = options;
  requirePublishable(options);
  const located = await locateModel(options.model, options);
  const { root, kind, ignored, opaque } = located;
  const first = firstChoice(located, options.outputDir);
  const inside = kind === 'folder' && relativeTo(root, first.signature) !== undefined ? root : undefined;
  await withLock(first.signature, () => removeLeftovers([first.attestations], inside), options);

  const { listing, set, trees } = await digestModel(root, { ...options, ignored, opaque });
  for (const warning of listing.warnings) options.onWarning?.(warning);
  const approvedOn = options.approvedOn?.toISOString();
  const name = options.name ?? listing.name;
  const input: ApprovalInput = { name, digest: trees.digests, ignored, opaque, role, comment, approvedOn };
  const lines = [await signedLine(buildApprovalStatement(input), signer)];
  const write = async (): ReturnType<typeof writeEvidence> => {
    const locations = await placeOfLines(located, first, options);
    await requireUnchanged(root, set, { ...options, ignored });
    const own = locations === first ? inside : undefined;
    return writeEvidence(
      { locations, inside: own, signature: undefined, lines, manifest: undefined, force: false },
      options,
    );
  };
  const written = await withLock(first.signature, write, options);
  const { type, fingerprint } = signer.publicKey;
  return {
    name,
    kind,
    files: trees.files,
    bytes: trees.bytes,
    digests: trees.digests,
    role,
    ...(approvedOn === undefined ? {} : { approvedOn }),
    signer: { type, fingerprint },
    written: written.files,
  };
}

/** What would be refused in the statement is refused before any hashing. */
function requirePublishable({ name, role, comment }: ApproveOptions): void {
  if (name !== undefined) requireRecordableName(name);
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(role))
    throw new StemmaError('USAGE', 'expected a role of lower-case letters, digits and -, such as reviewer');
  if (comment === undefined) return;
  if (comment === '' || comment.length > 4096)
    throw new StemmaError('USAGE', `expected a comment of 1 to 4096 characters, found ${comment.length}`);
  const why = publicationProblem(comment);
  if (why !== undefined)
    throw new StemmaError('USAGE', `the comment ${why}, and it would stand in the attestation, which is public`, {
      hint: 'leave it out',
    });
}
