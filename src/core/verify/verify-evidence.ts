import type { DigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { BlockSource, UnpackedPack } from '../ipfs/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { NO_TRANSPARENCY } from './assemble.ts';
import { evidenceList, signatureChecks } from './checks/describe.ts';
import { fetchChecks } from './checks/online.ts';
import { type EvidenceSubject, evidenceSubject } from './evidence-subject.ts';
import { RESULTS, verdictCode } from './exit.ts';
import { type Evidence, gatherNamed } from './gather-evidence.ts';
import type { AncestorOptions } from './lineage-options.ts';
import { labelsOf, lineageStep } from './lineage-step.ts';
import { type Check, type Report, STEPS } from './report.ts';
import { sourceCheck, unreadSources } from './requirements.ts';
import type { TrustEntry } from './trust.ts';
import { ancestors, reason, under } from './verdict.ts';

/** What is asked of evidence without the bytes that it is about. */
export interface VerifyEvidenceOptions extends AbortOptions, ProgressOptions {
  /** Whom to trust for the model or dataset; not empty. */
  readonly trust: readonly TrustEntry[];
  readonly attestations: readonly string[];
  /** Evidence packs, opened. */
  readonly packs?: readonly UnpackedPack[];
  readonly store?: string;
  /** Where evidence about ancestors that is not at hand is asked for. */
  readonly online?: BlockSource;
  /** Which model or dataset; absent: the one that the evidence is about. */
  readonly about?: DigestSet;
  readonly ancestors?: AncestorOptions;
  readonly maxDepth?: number;
  /** The time that certificates are judged by. */
  readonly at: Date;
  readonly version: string;
  readonly environment: readonly string[];
}

/**
 * The lineage that evidence tells, without the bytes: who signed what is verified, for the model and for each ancestor, and whether
 * anybody has the bytes that they signed is not. So it never passes: at best it is not decided.
 *
 * @throws StemmaError TRUST_ROOT_MISSING; USAGE where the evidence is about several models; PATH_NOT_FOUND, STORE_INVALID,
 *   TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE, INTERRUPTED
 */
export async function verifyEvidence(options: VerifyEvidenceOptions): Promise<Report> {
  const { about, trust } = options;
  if (trust.length === 0)
    throw new StemmaError('TRUST_ROOT_MISSING', 'evidence without bytes says nothing where nobody is trusted', {
      hint: 'name the publisher with --key PUB, --cert-chain ROOT or --identity I --identity-provider URL',
    });
  const evidence = await gatherNamed(about, { ...options, integrityOnly: false });
  const { collected, authenticated } = evidence;
  const subject = evidenceSubject(evidence, about);
  const identity = identityCheck(evidence, subject);
  const { name = 'unnamed', kind, sets, own } = subject;
  const signers = labelsOf(subject.identity);
  const { graph, checks: lineage } = await lineageStep(
    evidence,
    { listing: { name, kind }, observed: sets[0] ?? {}, known: sets, own, identity, signers },
    options,
  );
  const checks = [
    ...collected.problems.map(sourceCheck),
    ...fetchChecks(evidence.fetches),
    ...authenticated.flatMap((entry) => signatureChecks(entry, false)),
    identity,
    ...lineage,
    NO_TRANSPARENCY,
  ].toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step));
  const usesTime = evidence.statements.some(({ bundle }) => bundle?.material.kind === 'certificateChain');
  return {
    reportVersion: 1,
    tool: { name: 'stemma', version: options.version },
    time: usesTime ? options.at.toISOString() : null,
    mode: 'evidence-only',
    subject: { name, kind, files: 0, bytes: 0, digests: {} },
    result: RESULTS[verdictCode(checks)],
    verdict: verdictOf(checks, identity, subject),
    checks,
    changes: [],
    signers: [],
    verified: [],
    claimed: [],
    lineage: graph,
    rebuilt: [],
    notCovered: [],
    evidence: evidenceList(authenticated),
    skipped: ['every byte: only evidence was given'],
    warnings: collected.warnings,
    environment: options.environment,
  };
}

/** Required, and never `pass`: nobody compared a byte. */
function identityCheck({ collected, others, statements }: Evidence, { identity }: EvidenceSubject): Check {
  const base = { id: 'match.bytes', step: 'match', title: 'the bytes are what was signed', required: true } as const;
  const [first] = identity;
  if (first !== undefined) {
    const message = `signed by ${labelsOf(identity).join(', ')}; the bytes were not read`;
    const hint = 'stemma lineage MODEL and stemma verify MODEL read them';
    return { ...base, outcome: 'unknown', message, hint, evidence: first.ref };
  }
  const { malformed = others.find(({ trust }) => trust === 'malformed')?.message, unavailable } =
    unreadSources(collected);
  if (malformed !== undefined) return { ...base, outcome: 'error', errorClass: 'malformed', message: malformed };
  if (unavailable !== undefined) return { ...base, outcome: 'error', errorClass: 'unavailable', message: unavailable };
  const near = (['named', 'expired', 'untrusted'] as const)
    .map((wanted) => statements.find(({ trust }) => trust === wanted)?.message)
    .find((message) => message !== undefined);
  const message = 'no statement by a trusted signer says what it is';
  return { ...base, outcome: 'missing', message: near === undefined ? message : `${message}: ${near}` };
}

function verdictOf(checks: readonly Check[], identity: Check, { identity: said }: EvidenceSubject): string {
  const code = verdictCode(checks);
  const worst = checks.find((check) => check.required && check !== identity && verdictCode([check]) === code);
  if (worst !== undefined) return `not verified: ${reason(worst, undefined)}; the bytes were not read`;
  if (identity.outcome !== 'unknown') return `not verified: ${identity.message}`;
  return `not decided: signed by ${labelsOf(said).join(', ')}${under(said[0])}; the bytes were not read${ancestors({ checks })}`;
}
