import { StemmaError } from '../errors/index.ts';
import { fileSet, type ModelListing, walkModel } from '../model/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { evidenceList, matchCheck, signatureChecks, signerList } from './checks/describe.ts';
import { expectedDigests, expectedName } from './checks/expectations.ts';
import { withSatisfied } from './checks/satisfied.ts';
import { datasetCheck } from './dataset-check.ts';
import { DatasetMatcher } from './dataset-match.ts';
import type { VerifyDatasetOptions } from './dataset-options.ts';
import { type DatasetFindings, datasetReport } from './dataset-report.ts';
import { datasetParents, datasetStatements } from './dataset-statements.ts';
import { type Evidence, gatherEvidence } from './gather-evidence.ts';
import { labelsOf, lineageStep } from './lineage-step.ts';
import { trustOf } from './policy-use.ts';
import { settled } from './questions.ts';
import type { Check, Report } from './report.ts';
import { sourceCheck } from './requirements.ts';

/**
 * Verifies a dataset against the `dataset/v1` statements with it, offline: its files, and its records in their order. A negative
 * verdict is a report, never an error.
 *
 * @throws StemmaError TRUST_ROOT_MISSING, POLICY_INVALID, USAGE, PATH_NOT_FOUND (a file that the caller named), TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE,
 *   INTERRUPTED
 */
export async function verifyDataset(options: VerifyDatasetOptions): Promise<Report> {
  return (await decideDataset(options)).report;
}

/** A report, and what it was made from. */
export interface DatasetDecision {
  readonly report: Report;
  readonly listing: ModelListing;
  readonly findings: readonly DatasetFindings[];
}

/** As `verifyDataset`, which see. */
export async function decideDataset(asked: VerifyDatasetOptions): Promise<DatasetDecision> {
  const { policy } = asked;
  const options = { ...asked, trust: trustOf('dataset', asked) };
  const { trust, at, attestations, signal } = options;
  if (trust.length === 0) {
    throw new StemmaError(
      'TRUST_ROOT_MISSING',
      'dataset verify needs someone to trust: no key, certificate or identity was given',
      {
        hint: 'name the publisher with --key PUB, --cert-chain ROOT or --identity I --identity-provider URL, or say what must hold with --policy FILE',
      },
    );
  }
  const listing = await walkModel(options.dataset, { allowSymlinks: false, signal });
  const { packs = [] } = options;
  const evidence = await gatherEvidence(listing, { trust, at, attestations, packs, integrityOnly: false });
  const { collected, authenticated } = evidence;
  const { entries, malformed } = datasetStatements(evidence.statements);
  const parents = datasetParents(entries);
  const matcher = new DatasetMatcher(listing, options);
  const findings: DatasetFindings[] = [];
  for (const entry of entries) {
    const { statement } = entry;
    const isAncestor = parents.has(statement);
    const isRead = statement.trust === 'trusted' && !isAncestor;
    const match = isRead ? await matcher.match(entry) : settled('skip', 'not compared with the bytes');
    findings.push({ entry, candidate: { statement, match, isAncestor } });
  }
  const candidates = findings.map(({ candidate }) => candidate);
  const others = [...evidence.others, ...malformed];
  const problem = (unavailable: boolean): string | undefined =>
    collected.problems.find(({ error }) => (error.errorClass === 'unavailable') === unavailable)?.error.message;
  const identity = datasetCheck({
    candidates,
    others,
    refused: collected.refused,
    malformed: problem(false),
    unavailable: problem(true),
    collected: collected.bundles.length,
  });
  const matched = findings.filter(({ candidate }) => candidate.match.outcome === 'match');
  const own = matched.map(({ entry }) => entry.statement);
  const artifact = { kind: 'dataset', listing, candidates: all(evidence, candidates) } as const;
  const gate =
    policy === undefined ? undefined : await openGate(policy, evidence, artifact, { ...NO_FLAGS, ...options });
  const lineage = await lineageStep(
    evidence,
    {
      listing,
      observed: matched[0]?.candidate.match.observed ?? {},
      own,
      identity,
      signers: labelsOf(own),
    },
    { ...options, ...gate?.lineage },
  );
  const decided = gate?.decide(
    lineage.graph,
    matched.map(({ candidate }) => candidate),
  );
  const checks: Check[] = [
    ...collected.problems.map(sourceCheck),
    ...authenticated.flatMap((entry) => signatureChecks(entry, false)),
    ...candidates.filter(({ match, isAncestor }) => match.outcome !== 'skip' || isAncestor).map(statementCheck),
    identity,
    ...expectations(
      matched.map(({ candidate }) => candidate),
      listing.kind,
      options,
    ),
    ...lineage.checks,
    ...(decided?.checks ?? []),
  ];
  const report = datasetReport({
    options,
    listing,
    set: fileSet(listing, { ignored: matched[0]?.entry.dataset.ignored ?? [] }),
    checks: withSatisfied(checks, decided?.report),
    findings,
    matched,
    judged: [...evidence.statements, ...others],
    signers: signerList(candidates),
    evidence: evidenceList(authenticated),
    lineage: lineage.graph,
    policy: decided?.report,
    warnings: [...listing.warnings, ...collected.warnings, ...(decided?.warnings ?? [])],
  });
  return { report, listing, findings };
}

/** No flag of `dataset verify` leaves something out of its verdict. */
const NO_FLAGS = { mode: 'verify', ignore: [], ignoreUnsignedFiles: false, requireAll: false } as const;

/** Every statement, in order: those of another type than a dataset's are compared by their digests alone. */
function all({ statements }: Evidence, compared: readonly Candidate[]): Candidate[] {
  const byStatement = new Map(compared.map((candidate) => [candidate.statement, candidate]));
  return statements.map(
    (statement) =>
      byStatement.get(statement) ?? {
        statement,
        match: settled('skip', 'not compared with the bytes'),
        isAncestor: false,
      },
  );
}

/** Loaded where there is a policy: what reads one and holds it is of no use to other runs. */
async function openGate(...args: Parameters<typeof import('./policy-step.ts').policyGate>) {
  const { policyGate } = await import('./policy-step.ts');
  return policyGate(...args);
}

/** What `verify` says of a type that it does not read is not true here. */
function statementCheck(candidate: Candidate): Check {
  const made = matchCheck(candidate, 'verify');
  const { outcome, message } = candidate.match;
  if (outcome === 'match') return { ...made, outcome: 'pass', message };
  return outcome === 'different' && candidate.statement.origin !== 'attestations'
    ? { ...made, outcome: 'fail', message }
    : made;
}

function expectations(
  matched: readonly Candidate[],
  kind: 'folder' | 'file',
  { expect, expectName }: VerifyDatasetOptions,
): Check[] {
  return [
    ...(expect === undefined ? [] : [expectedDigests(expect, matched, kind)]),
    ...(expectName === undefined ? [] : [expectedName(expectName, matched)]),
  ];
}
