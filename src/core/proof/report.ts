import type { DigestSet } from '../digest/pure.ts';
import { type Check, RESULTS, type Report, verdictCode } from '../verify/index.ts';
import type { JudgedProof } from './check-proof.ts';
import { meaningOf } from './meaning.ts';
import type { Proof } from './proof-schema.ts';

/** The verdict about one proof of a file. Texts may be untrusted: renderers escape them. */
export interface CheckedProof {
  /** In the proof file, from 1. */
  readonly line: number;
  readonly result: Report['result'];
  readonly verdict: string;
  readonly kind?: Proof['kind'];
  /** From 0. */
  readonly index?: number;
  readonly leaf?: Proof['leaf'];
  /** Of the tree, out of the statement; absent unless a trusted signer signed it. */
  readonly tree?: { readonly name: string; readonly size: number; readonly root: string };
  readonly statement?: {
    readonly predicateType?: string;
    /** As the signer calls what the statement is about; absent unless trusted. */
    readonly subject?: string;
    readonly digests?: DigestSet;
    readonly signer: string;
    /** As the caller named the trusted signers. */
    readonly trustedAs: readonly string[];
  };
  /** Only where the proof holds. */
  readonly proven?: string;
  readonly notProven: readonly string[];
  readonly checks: readonly Check[];
}

/** The answer of `check-proof`; its exit code is that of all required checks together. */
export interface ProofReport {
  readonly result: Report['result'];
  readonly verdict: string;
  readonly proofs: readonly CheckedProof[];
}

export function checkedProof(line: number, judged: JudgedProof): CheckedProof {
  const { checks, proof, statement, tree } = judged;
  const code = verdictCode(checks);
  const subject = statement?.trust === 'trusted' ? statement.statement?.subject[0] : undefined;
  const meaning =
    code === 0 && proof !== undefined && tree !== undefined ? meaningOf(proof, tree, subject?.name) : undefined;
  const worst = checks.find((check) => check.required && verdictCode([check]) === code);
  return {
    line,
    result: RESULTS[code],
    verdict:
      meaning === undefined ? `not proven: ${worst?.message ?? 'nothing was checked'}` : `proven: ${meaning.proven}`,
    ...(proof === undefined ? {} : { kind: proof.kind, index: proof.index, leaf: proof.leaf }),
    ...(tree === undefined ? {} : { tree: { name: tree.name, size: tree.size, root: tree.root } }),
    ...(statement === undefined
      ? {}
      : {
          statement: {
            ...(statement.ref.predicateType === undefined ? {} : { predicateType: statement.ref.predicateType }),
            ...(subject?.name === undefined ? {} : { subject: subject.name }),
            ...(subject === undefined ? {} : { digests: subject.digest }),
            signer: statement.signer,
            trustedAs: statement.signers.map(({ label }) => label),
          },
        }),
    ...(meaning === undefined ? {} : { proven: meaning.proven }),
    notProven: meaning?.notProven ?? [],
    checks,
  };
}

/** @param proofs one or more */
export function proofReport(proofs: readonly CheckedProof[]): ProofReport {
  const code = proofsCode(proofs);
  const [only] = proofs;
  const passed = proofs.filter(({ result }) => result === 'pass').length;
  const verdict =
    proofs.length === 1 && only !== undefined
      ? only.verdict
      : `${passed} of ${proofs.length} proofs hold${code === 0 ? '' : `; ${firstOther(proofs)}`}`;
  return { result: RESULTS[code], verdict, proofs };
}

export function proofsCode(proofs: readonly CheckedProof[]): ReturnType<typeof verdictCode> {
  return verdictCode(proofs.flatMap(({ checks }) => checks));
}

function firstOther(proofs: readonly CheckedProof[]): string {
  const code = proofsCode(proofs);
  const first = proofs.find(({ result }) => result === RESULTS[code]);
  return `line ${first?.line}: ${first?.verdict}`;
}
