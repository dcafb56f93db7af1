import { buildVsaStatement } from '../attestation/index.ts';
import { hexEncode, type JsonObject } from '../bytes/index.ts';
import { type DigestSet, formatDigestSet, sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { VerifyOptions } from './options.ts';
import type { Report } from './report.ts';
import { levelsOf } from './summary-levels.ts';
import { type SummarySubject, summarySubject } from './summary-subject.ts';
import { entryId, type TrustEntry } from './trust.ts';
import { type Decision, decide } from './verify-model.ts';

/** What a verification summary says beyond the verdict (docs/formats/vsa.md). */
export interface SummaryOptions {
  /** Who verifies, as consumers know him: a URI. */
  readonly verifierId: string;
  /** What a consumer asks for: a URI; default one that names the bytes. */
  readonly resourceUri?: string;
  /** What a pass means here, in words of one's own, none of SLSA's and Stemma's; `STEMMA_VERIFIED` where there is none. */
  readonly levels: readonly string[];
}

export interface Summarised {
  readonly report: Report;
  /**
   * The in-toto payload of the summary, to be signed.
   *
   * @throws StemmaError EVIDENCE_MISSING where nothing was decided; as `summarySubject`; PREDICATE_INVALID
   */
  readonly summary: () => Promise<Uint8Array>;
}

/**
 * Verifies a model, and says what came of it as SLSA does: PASSED, or FAILED for every other verdict. Equal inputs and an equal time
 * give equal bytes.
 *
 * @throws StemmaError as `verifyModel`; USAGE where part of the model would be left out of the verdict
 */
export async function verifyAndSummarise(options: VerifyOptions, summary: SummaryOptions): Promise<Summarised> {
  requireWhole(options);
  const decision = await decide(options);
  return { report: decision.report, summary: () => payload(decision, options, summary) };
}

/** Whoever reads a summary sees no warning beside it: it is about the whole model, and about somebody's word. */
function requireWhole(options: VerifyOptions): void {
  const weakened = [
    ...(options.integrityOnly ? ['--integrity-only'] : []),
    ...(options.mode === 'sample' ? ['--sample'] : []),
    ...(options.ignore.length > 0 ? ['--ignore'] : []),
    ...(options.ignoreUnsignedFiles ? ['--ignore-unsigned-files'] : []),
  ];
  if (weakened.length > 0)
    throw new StemmaError('USAGE', `a summary is about the whole model, which ${weakened.join(', ')} does not verify`);
}

function payload(
  { report, listing, candidates }: Decision,
  options: VerifyOptions,
  summary: SummaryOptions,
): Promise<Uint8Array> {
  // What passed are the bytes of statements that match, and no more than those.
  const about = report.result === 'pass' ? candidates.filter(({ match }) => match.outcome === 'match') : candidates;
  return summaryPayload(report, {
    ...summary,
    levels: levelsOf(summary.levels, report, options),
    subject: () => summarySubject(listing, about, options),
    settings: settings(options),
    at: options.at,
    version: options.version,
  });
}

interface Said extends SummaryOptions {
  readonly subject: () => Promise<SummarySubject>;
  /** What the flags asked for. */
  readonly settings: JsonObject;
  readonly at: Date;
  /** Of the tool. */
  readonly version: string;
}

/**
 * The payload of the summary of a report.
 *
 * @throws StemmaError EVIDENCE_MISSING where nothing was decided; PREDICATE_INVALID; as `subject`
 */
export async function summaryPayload(
  report: Report,
  { verifierId, resourceUri, levels, subject: subjectOf, settings, at, version }: Said,
): Promise<Uint8Array> {
  if (report.result === 'unavailable') throw new StemmaError('EVIDENCE_MISSING', 'nothing was decided');
  const subject = await subjectOf();
  return buildVsaStatement({
    name: report.subject.name,
    ...subject,
    verifier: { id: verifierId, version: { stemma: version } },
    timeVerified: at.toISOString(),
    resourceUri: resourceUri ?? resourceOf(subject),
    policy: policyOf(report),
    policySettings: { ...settings, ...waivers(report) },
    result: report.result === 'pass' ? 'PASSED' : 'FAILED',
    verifiedLevels: levels,
    inputs: inputsOf(report),
  });
}

/** The policy that flags of `verify` are; which, stands in its annotations. */
const FLAGS_POLICY = 'https://w3id.org/stemma/verify-flags/v1';

/** Of a document, by its digest; the flags beside it stand in the annotations. */
const DOCUMENT_POLICY = 'https://w3id.org/stemma/policy/v1/sha256/';

function policyOf({ policy }: Report): { readonly uri: string; readonly digest: DigestSet | undefined } {
  if (policy === undefined) return { uri: FLAGS_POLICY, digest: undefined };
  return { uri: `${DOCUMENT_POLICY}${policy.digest}`, digest: { sha256: policy.digest } };
}

function resourceOf({ digest }: SummarySubject): string {
  const [key = '', hex = ''] = Object.entries(digest).find(([key]) => key !== 'sha256') ?? [];
  return `https://w3id.org/stemma/artifact/${key}/${hex}`;
}

/** Each signed statement that was held against the bytes, made an ancestor verified or met a policy, by what was signed. */
function inputsOf({ checks, lineage, policy }: Report): string[] {
  const compared = checks.filter(({ id, outcome }) => id === 'match.statement' && outcome !== 'skip');
  const ancestors = lineage.nodes.filter(({ depth, signers }) => depth > 0 && signers.length > 0);
  return [
    ...compared.flatMap(({ evidence }) => (evidence?.pae === undefined ? [] : [evidence.pae])),
    ...ancestors.flatMap(({ evidence }) => evidence),
    ...(policy?.requirements ?? []).flatMap(({ evidence }) =>
      evidence.filter(({ outcome }) => outcome === 'pass').map(({ id }) => id),
    ),
  ];
}

function settings(options: VerifyOptions): JsonObject {
  const { ancestors, maxDepth, expect, expectName } = options;
  return {
    mode: options.mode,
    signers: namesOf(options.trust),
    threshold: options.threshold,
    require: [...new Set(options.require)].toSorted(),
    requireAll: options.requireAll,
    strictFs: options.strictFs,
    ...(ancestors === undefined ? {} : { ancestorSigners: namesOf(ancestors.trust) }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(expect === undefined ? {} : { expect: formatDigestSet(expect) }),
    ...(expectName === undefined ? {} : { expectName }),
  };
}

/** What a policy asks for and was let off: whoever reads PASSED should see it. */
function waivers({ policy }: Report): JsonObject {
  const waived = (policy?.requirements ?? []).flatMap(({ id, waivedBy }) =>
    waivedBy === undefined ? [] : [{ requirement: id, reason: waivedBy.reason, until: waivedBy.until }],
  );
  return waived.length === 0 ? {} : { waivers: waived };
}

/** Who is trusted, by key and identity and never by the name of a file. */
export function namesOf(entries: readonly TrustEntry[]): string[] {
  const names = entries.flatMap((entry) => {
    if (entry.kind !== 'anchors') return [entryId(entry)];
    const leaf = entry.leaf === undefined ? '' : `${entryId(entry)} under `;
    return entry.anchors.map((der) => `${leaf}anchor ${hexEncode(sha256(der))}`);
  });
  return [...new Set(names)].toSorted();
}
