/** As design §5 has them: only `pass` counts as passing. */
export type PolicyOutcome = 'pass' | 'fail' | 'missing' | 'unknown' | 'skip';

/** Why a requirement came out as it did: closed, for programs. */
export type PolicyReason =
  | 'satisfied'
  | 'waived'
  | 'expired'
  | 'no-statement'
  | 'another-artifact'
  | 'names-not-bound'
  | 'not-compared'
  | 'untrusted'
  | 'unchecked'
  | 'revoked'
  | 'threshold'
  | 'not-covered'
  | 'age'
  | 'builder'
  | 'match'
  | 'slices'
  | 'forbidden'
  | 'no-provenance'
  | 'parent'
  | 'depth'
  | 'relation'
  | 'denied'
  | 'licence'
  | 'origin'
  | 'evidence-level';

/** A statement that was looked at for a requirement, and what came of it. */
export interface UsedEvidence {
  /** Lower-case hex SHA-256 of the DSSE PAE. */
  readonly id: string;
  readonly source: string;
  readonly line?: number;
  readonly predicateType: string;
  /** Names of the policy; empty where nobody trusted for it signed it. */
  readonly signers: readonly string[];
  readonly outcome: PolicyOutcome;
  readonly message: string;
}

export interface RequirementResult {
  readonly id: string;
  readonly outcome: PolicyOutcome;
  readonly reason: PolicyReason;
  readonly message: string;
  readonly evidence: readonly UsedEvidence[];
  /** What would satisfy it. */
  readonly needed: string;
  readonly waivedBy?: { readonly reason: string; readonly until: string };
}
