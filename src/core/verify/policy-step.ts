import { sha256 } from '../digest/index.ts';
import type { LineageGraph, Signer } from '../lineage/index.ts';
import {
  ancestorRules,
  evaluatePolicy,
  type Forbiddable,
  judgeAncestors,
  type PolicyEvidence,
  type RequirementResult,
} from '../policy/index.ts';
import { subjectSets } from './checks/ancestors.ts';
import { type Candidate, observedDigests } from './checks/candidate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import type { TrustedEvaluation } from './evaluations.ts';
import type { Evidence } from './gather-evidence.ts';
import { type AncestorOptions, DEFAULT_MAX_DEPTH } from './lineage-options.ts';
import type { VerifyOptions } from './options.ts';
import { type Artifact, policyEvidence } from './policy-evidence.ts';
import type { LoadedPolicy } from './policy-file.ts';
import type { Check, EvidenceRef, PolicyReport, PolicyRequirement } from './report.ts';
import { unreadSources } from './requirements.ts';
import { entryId } from './trust.ts';

export interface PolicyStep {
  readonly report: PolicyReport;
  readonly checks: readonly Check[];
  readonly warnings: readonly string[];
}

/** What of the flags of a run a policy is told. */
type GateOptions = Pick<
  VerifyOptions,
  'at' | 'maxDepth' | 'mode' | 'sample' | 'ignore' | 'ignoreUnsignedFiles' | 'requireAll'
>;

export interface PolicyGate {
  /** What the step before needs where the policy has rules for ancestors. */
  readonly lineage: PolicyLineage | undefined;
  /** Evaluations of these bytes by its signers. */
  readonly evaluations: readonly TrustedEvaluation[];
  /** @param restsOn the matched identity statements that the verdict rests on */
  decide(graph: LineageGraph, restsOn: readonly Candidate[]): PolicyStep;
}

interface PolicyLineage {
  readonly ancestors: AncestorOptions;
  readonly maxDepth: number;
  readonly judged: readonly PolicyEvidence[];
}

/**
 * Step 7 of design §5: judges every statement by the policy's own signers, says whom it trusts for ancestors, and then decides, with
 * one check for each requirement and all of them in one run.
 *
 * @throws StemmaError TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE
 */
export async function policyGate(
  policy: LoadedPolicy,
  gathered: Evidence,
  artifact: Artifact,
  options: GateOptions,
): Promise<PolicyGate> {
  const evidence = await policyEvidence(policy, gathered, artifact, options);
  return {
    lineage: lineageOf(policy, evidence, options),
    evaluations: evaluationsIn(evidence, artifact),
    decide: (graph, restsOn) => decide(policy, { gathered, artifact, evidence, graph, restsOn }, options),
  };
}

function evaluationsIn(evidence: readonly PolicyEvidence[], { candidates }: Artifact): TrustedEvaluation[] {
  return candidates.flatMap(({ statement }, i) => {
    const { about, signers } = evidence[i] as PolicyEvidence;
    if (statement.content.kind !== 'evaluation' || about !== 'artifact' || signers.length === 0) return [];
    return [{ statement, signers: signers.map(({ label }) => label), evaluation: statement.content.evaluation }];
  });
}

function lineageOf(
  { bound, trust }: LoadedPolicy,
  judged: readonly PolicyEvidence[],
  { at, maxDepth }: GateOptions,
): PolicyLineage | undefined {
  const { lineage } = bound.document;
  if (lineage === undefined) return undefined;
  return {
    judged,
    ancestors: { trust, judge: judgeAncestors(bound, at), rules: ancestorRules(bound, at) },
    // One more than allowed, so that what is too far away is seen.
    maxDepth: maxDepth ?? Math.max(DEFAULT_MAX_DEPTH, (lineage.maxDepth ?? 0) + 1),
  };
}

interface PolicyFindings {
  readonly gathered: Evidence;
  readonly artifact: Artifact;
  readonly evidence: readonly PolicyEvidence[];
  readonly graph: LineageGraph;
  readonly restsOn: readonly Candidate[];
}

function decide(policy: LoadedPolicy, findings: PolicyFindings, options: GateOptions): PolicyStep {
  const { gathered, artifact, evidence, graph, restsOn } = findings;
  const results = evaluatePolicy(policy.bound, {
    kind: artifact.kind,
    model: {
      digests: observedDigests(artifact.candidates),
      claimed: restsOn.flatMap(({ statement }) => subjectSets(statement, sha256)),
      isFile: artifact.listing.kind === 'file',
      signers: restsOn.flatMap(({ statement }) => signersOf(statement)),
    },
    evidence,
    graph,
    weakened: weakened(options),
    at: options.at,
  });
  const requirements = results.map((result) => orUnread(result, gathered));
  const refs = new Map(gathered.statements.map(({ ref }) => [ref.pae, ref]));
  const { document } = policy.bound;
  return {
    report: {
      file: policy.file,
      ...(document.name === undefined ? {} : { name: document.name }),
      digest: policy.digest,
      ...(policy.signer === undefined ? {} : { signer: policy.signer }),
      expires: document.expires,
      requirements: requirements.map(({ requirement }) => requirement),
    },
    checks: [
      ...(policy.signer === undefined ? [] : [signatureCheck(policy.file, policy.signer)]),
      ...requirements.map((each) => requirementCheck(each, refs)),
      ...(options.requireAll ? forgedChecks(findings) : []),
    ],
    warnings: requirements
      .filter(({ requirement }) => requirement.outcome === 'skip')
      .map(({ requirement: { id, message } }) => `the policy only warns of it: ${id}: ${message}`),
  };
}

/** With a certificate, the key that it vouches for as well: that may be revoked. */
function signersOf({ signers, certifiedKey }: ClassifiedStatement): Signer[] {
  const named = signers.map((entry) => ({ id: entryId(entry), label: entry.label }));
  const [first] = named;
  if (certifiedKey === undefined || first === undefined) return named;
  return [...named, { id: `key ${certifiedKey}`, label: first.label }];
}

/** The flags of this run that leave something out, of those that a policy may forbid. */
function weakened({ mode, sample, ignore, ignoreUnsignedFiles }: GateOptions): Forbiddable[] {
  const used: Readonly<Record<Forbiddable, boolean>> = {
    'accept-sample': sample?.accept === true,
    fast: mode === 'fast',
    ignore: ignore.length > 0,
    'ignore-unsigned-files': ignoreUnsignedFiles,
    sample: mode === 'sample',
  };
  return (Object.keys(used) as Forbiddable[]).filter((flag) => used[flag]);
}

interface Judged {
  readonly requirement: PolicyRequirement;
  /** Only with `error`. */
  readonly errorClass?: 'malformed' | 'unavailable';
}

/** Evidence not had because a source of it could not be read is no mere absence (design §5). */
function orUnread(result: RequirementResult, { collected, others }: Evidence): Judged {
  const { outcome, reason, message } = result;
  if (outcome !== 'missing' || reason === 'expired' || reason === 'age') return { requirement: result };
  const { malformed = others.find(({ trust }) => trust === 'malformed')?.message, unavailable } =
    unreadSources(collected);
  const unread = malformed ?? unavailable;
  if (unread === undefined) return { requirement: result };
  const errorClass = malformed === undefined ? 'unavailable' : 'malformed';
  return { requirement: { ...result, outcome: 'error', message: `${message}; ${unread}` }, errorClass };
}

function requirementCheck(
  {
    requirement: {
      id,
      outcome,
      message,
      needed,
      evidence: [used],
    },
    errorClass,
  }: Judged,
  refs: ReadonlyMap<string | undefined, EvidenceRef>,
): Check {
  const ref = used === undefined ? undefined : refs.get(used.id);
  return {
    id: `policy.${id}`,
    step: 'policy',
    title: id,
    outcome,
    ...(errorClass === undefined ? {} : { errorClass }),
    required: outcome !== 'skip',
    message,
    ...(outcome === 'pass' ? {} : { hint: `needed: ${needed}` }),
    ...(ref === undefined ? {} : { evidence: ref }),
  };
}

const signatureCheck = (file: string, signer: string): Check => ({
  id: 'policy.signature',
  step: 'policy',
  title: `signature of ${file}`,
  outcome: 'pass',
  required: true,
  message: `signed by ${signer}`,
});

/** With `--require-all`: who is trusted by the policy alone is not asked about in step 2. */
function forgedChecks({ gathered: { statements }, evidence }: PolicyFindings): Check[] {
  return statements.flatMap((entry, i) => {
    const refused = evidence[i]?.refused;
    if (entry.trust === 'named' || refused?.because !== 'named') return [];
    const place = `${entry.ref.source}${entry.ref.line === undefined ? '' : ` line ${entry.ref.line}`}`;
    return [
      {
        id: 'authenticate.signature',
        step: 'authenticate',
        title: `signature of ${place}, as the policy's signers made it`,
        outcome: 'fail',
        required: true,
        message: refused.message,
        evidence: entry.ref,
      } as const,
    ];
  });
}
