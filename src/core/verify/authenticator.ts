import type { Bundle } from '../attestation/index.ts';
import { type AuthenticatedStatement, authenticate } from './checks/authenticate.ts';
import { budgeted } from './checks/signature-budget.ts';
import { CHECKS } from './gather-evidence.ts';
import type { EvidenceRef } from './report.ts';
import type { TrustEntry } from './trust.ts';

/** Judges one bundle; `ref` says where it came from. */
export type Authenticator = (bundle: Bundle, ref: EvidenceRef) => Promise<AuthenticatedStatement>;

/**
 * Step 2 of design §5 for bundles that are no evidence about a model at hand: the signature of each against the trust root, all
 * of them within one budget of work. Hostile input gives a `malformed` statement, never an error.
 *
 * @throws StemmaError, from each call: TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE
 */
export function authenticator(options: { readonly trust: readonly TrustEntry[]; readonly at: Date }): Authenticator {
  const checks = budgeted(CHECKS);
  return (bundle, ref) =>
    authenticate(
      { ref, origin: 'attestations', isSignatureFile: false, content: { bundle } },
      { ...options, checks, integrityOnly: false },
    );
}
