import path from 'node:path';
import { type DigestSet, sha256 } from '../digest/index.ts';
import { StemmaError, throwIfAborted } from '../errors/index.ts';
import { MAX_EVIDENCE_BYTES, readSmallFile } from '../evidence/index.ts';
import { fileLeaf, tensorLeaf } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { authenticator, type TrustEntry } from '../verify/index.ts';
import { checkProof } from './check-proof.ts';
import { type CheckedProof, checkedProof, type ProofReport, proofReport } from './report.ts';

export interface CheckProofsOptions extends AbortOptions {
  /** One proof a line. */
  readonly file: string;
  readonly trust: readonly TrustEntry[];
  /** The time that certificates are judged by. */
  readonly at: Date;
  readonly expect?: DigestSet;
  readonly expectName?: string;
}

/** Proofs that one file may hold. */
const MAX_PROOFS = 10_000;
const LF = 0x0a;

/**
 * Checks every proof of a file (docs/formats/proof.md) offline. Neither the model nor the log is needed. A proof that does not hold,
 * or cannot be read, is in the report; errors mean that there was nothing to report on.
 *
 * @throws StemmaError TRUST_ROOT_MISSING; PROOF_INVALID for a file without proofs or without its last line feed; TOO_LARGE;
 *   PATH_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE; TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE; INTERRUPTED
 */
export async function checkProofs(options: CheckProofsOptions): Promise<ProofReport> {
  if (options.trust.length === 0) {
    throw new StemmaError(
      'TRUST_ROOT_MISSING',
      'a proof needs someone to trust: no key, certificate or identity was given',
      {
        hint: 'name the signer with --key PUB, --cert-chain ROOT or --identity I --identity-provider URL',
      },
    );
  }
  const bytes = await readSmallFile(options.file, { maxBytes: MAX_EVIDENCE_BYTES, followLink: true });
  const lines = splitProofs(bytes);
  const { trust, at, expect, expectName } = options;
  const context = {
    authenticate: authenticator({ trust, at }),
    sha256,
    leaves: { fileLeaf, tensorLeaf },
    ...(expect === undefined ? {} : { expect }),
    ...(expectName === undefined ? {} : { expectName }),
  };
  const source = path.basename(options.file);
  const proofs: CheckedProof[] = [];
  for (const [i, line] of lines.entries()) {
    throwIfAborted(options.signal);
    proofs.push(checkedProof(i + 1, await checkProof(line, { source, line: i + 1 }, context)));
  }
  return proofReport(proofs);
}

/** Exactly one proof a line: an empty line is a proof that cannot be read, and an empty file shows nothing. */
function splitProofs(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length === 0) throw new StemmaError('PROOF_INVALID', 'expected at least one proof, found an empty file');
  if (bytes.at(-1) !== LF) throw new StemmaError('PROOF_INVALID', 'expected a line feed at the end of the proof file');
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LF, start);
    lines.push(bytes.subarray(start, end));
    if (lines.length > MAX_PROOFS) throw new StemmaError('TOO_LARGE', `more than ${MAX_PROOFS} proofs in one file`);
    start = end + 1;
  }
  return lines;
}
