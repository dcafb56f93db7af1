import { StemmaError } from '../errors/index.ts';
import type { Evidence } from '../lineage/index.ts';
import { type ModelListing, parseModelPaths, walkModel } from '../model/index.ts';
import { assembleReport } from './assemble.ts';
import { cardDrift } from './card-drift.ts';
import type { Candidate } from './checks/candidate.ts';
import { contradictsBytes, isIdentity } from './checks/contradiction.ts';
import { evidenceList } from './checks/describe.ts';
import { withSatisfied } from './checks/satisfied.ts';
import { type Compared, compareWithBytes } from './compare-with-bytes.ts';
import { containerWarnings } from './container-warnings.ts';
import { dvcDrift } from './dvc-drift.ts';
import { checkEvaluations } from './evaluations.ts';
import { changeHint, explain } from './explain.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { modelLineage } from './lineage-step.ts';
import type { VerifyOptions } from './options.ts';
import { trustOf } from './policy-use.ts';
import type { RecomputeStep } from './recompute-step.ts';
import type { FileChange, Report } from './report.ts';
import {
  evidenceChecks,
  identityChecks,
  identityEvidence,
  matchedCandidates,
  requestedChecks,
} from './requirements.ts';
import { checkRun } from './run-evidence.ts';
import { orIfUnavailable } from './unavailable.ts';

/** A report, and what it was made from. */
export interface Decision {
  readonly report: Report;
  readonly listing: ModelListing;
  readonly candidates: readonly Candidate[];
  /** Every statement as it was judged for ancestors. */
  readonly lineageEvidence: readonly Evidence[];
}

/**
 * Verifies a model against evidence from people one does not trust, offline (design §5). A negative verdict is a report, never
 * an error; errors mean that the question itself could not be put.
 *
 * @throws StemmaError TRUST_ROOT_MISSING, USAGE, PATH_NOT_FOUND (a file that the caller named), TRUSTED_ROOT_INVALID,
 * BACKEND_UNAVAILABLE, INTERRUPTED
 */
export async function verifyModel(given: VerifyOptions): Promise<Report> {
  return (await decide(given)).report;
}

/** As `verifyModel`, which see. */
export async function decide(asked: VerifyOptions): Promise<Decision> {
  requireSense(asked);
  const { policy } = asked;
  const given = { ...asked, trust: trustOf('model', asked) };
  const listing = await walkModel(given.model, { allowSymlinks: false, signal: given.signal });
  const { root, kind } = listing;
  const options = { ...given, ignore: parseModelPaths(given.ignore, { root, kind, flag: '--ignore' }) };
  const evidence = await gatherEvidence(listing, options);
  const compared = await compareWithBytes(listing, evidence, options);
  const { identity, modelSig } = identityChecks(evidence, compared, options);
  const failed = identity.outcome !== 'pass' || modelSig.length > 0;
  const { changes, hint } = failed ? await whatChanged(compared) : { changes: [], hint: undefined };
  const { context, candidates } = compared;
  const matched = matchedCandidates(candidates);
  const run = await checkRun(candidates, options);
  const gate =
    policy === undefined
      ? undefined
      : await openGate(policy, evidence, { kind: 'model', listing: context.listing, candidates }, options);
  const evaluations = await checkEvaluations(matched, gate?.evaluations ?? [], options);
  const lineage = await modelLineage(evidence, compared, identity, { ...options, ...gate?.lineage });
  const restsOn = identityEvidence(matched, options);
  const decided = gate?.decide(lineage.graph, restsOn);
  const recomputed = await recomputeIfAsked(matched, compared, options);
  const checks = [
    ...evidenceChecks(evidence, compared, options),
    hint === undefined ? identity : { ...identity, hint },
    ...modelSig,
    ...(await requestedChecks(evidence, compared, { evaluations, run }, options)),
    ...lineage.checks,
    ...(await cardDrift(context.listing, lineage.graph)),
    ...(await dvcDrift(context.listing, lineage.graph)),
    ...recomputed.checks,
    ...(decided?.checks ?? []),
  ];
  const matchedIdentity = matched.filter(({ statement }) => isIdentity(statement));
  const report = assembleReport({
    options,
    listing: context.listing,
    shelf: context.shelf,
    judged: [...evidence.statements, ...evidence.others],
    checks: withSatisfied(checks, decided?.report),
    changes,
    candidates,
    matched,
    recomputed: [...run.recomputed, ...evaluations.recomputed],
    identityEvidence: restsOn,
    evidence: evidenceList(evidence.authenticated),
    lineage: lineage.graph,
    policy: decided?.report,
    rebuilt: recomputed.rebuilt,
    warnings: [
      ...context.listing.warnings,
      ...evidence.collected.warnings,
      ...(decided?.warnings ?? []),
      ...(await orIfUnavailable(containerWarnings(context, matchedIdentity), () => [])),
    ],
  });
  return { report, listing: context.listing, candidates, lineageEvidence: lineage.evidence };
}

/** Loaded where there is a policy: what reads one and holds it is of no use to other runs. */
async function openGate(...args: Parameters<typeof import('./policy-step.ts').policyGate>) {
  const { policyGate } = await import('./policy-step.ts');
  return policyGate(...args);
}

/** Loaded where it is asked for: most verifications compute nothing again. */
async function recomputeIfAsked(
  matched: readonly Candidate[],
  { context }: Compared,
  options: VerifyOptions,
): Promise<RecomputeStep> {
  if (options.recompute === undefined) return { checks: [], rebuilt: [] };
  const { recomputeStep } = await import('./recompute-step.ts');
  return recomputeStep(matched, context, options);
}

/** Names the files and tensors that differ from the statement that can name them best. */
async function whatChanged({
  candidates,
  context,
}: Compared): Promise<{ readonly changes: readonly FileChange[]; readonly hint: string | undefined }> {
  const broken = candidates
    .filter((entry) => isIdentity(entry.statement) && contradictsBytes(entry))
    .toSorted((a, b) => rankOfExplanation(a) - rankOfExplanation(b))[0];
  if (broken === undefined) return { changes: [], hint: undefined };
  const changes = await orIfUnavailable(explain(broken, context), () => broken.match.changes);
  return { changes, hint: await orIfUnavailable(changeHint(changes, context.listing.files), () => undefined) };
}

/** A statement for which the files were read can name them, and a model statement has a manifest, which also names the tensors. */
const rankOfExplanation = ({ statement, view }: Candidate): number =>
  (view === undefined ? 2 : 0) + (statement.content.kind === 'model' ? 0 : 1);

function requireSense(options: VerifyOptions): void {
  if (options.integrityOnly && options.policy !== undefined)
    throw new StemmaError('USAGE', '--policy asks for signers, which --integrity-only does not check');
  if (options.integrityOnly ? options.trust.length > 0 : options.trust.length === 0 && options.policy === undefined) {
    throw options.integrityOnly
      ? new StemmaError('USAGE', '--integrity-only authenticates nobody, so it takes no key, certificate or identity')
      : new StemmaError(
          'TRUST_ROOT_MISSING',
          'verify needs someone to trust: no key, certificate or identity was given',
          {
            hint: 'name the publisher with --key PUB, --cert-chain ROOT or --identity I --identity-provider URL, or say what must hold with --policy FILE; --integrity-only checks digests alone',
          },
        );
  }
  if (options.integrityOnly && options.ancestors !== undefined)
    throw new StemmaError('USAGE', '--ancestor-key asks for signers, which --integrity-only does not check');
  if (options.integrityOnly && options.online !== undefined)
    throw new StemmaError('USAGE', '--online asks for evidence about ancestors, and --integrity-only believes nobody');
  if (options.integrityOnly && options.recompute !== undefined)
    throw new StemmaError('USAGE', '--recompute asks what a signer says, and --integrity-only believes nobody');
  if (!Number.isInteger(options.threshold) || options.threshold < 1)
    throw new StemmaError('USAGE', `--threshold expects 1 or more, found ${options.threshold}`);
  if (options.integrityOnly && (options.threshold > 1 || options.require.some((type) => type !== 'manifest'))) {
    throw new StemmaError('USAGE', '--threshold and --require ask for signers, which --integrity-only does not check');
  }
}
