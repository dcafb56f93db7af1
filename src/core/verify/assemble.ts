import type { DigestSet } from '../digest/index.ts';
import { fileSet } from '../model/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { claims, signerList } from './checks/describe.ts';
import { RESULTS, verdictCode } from './exit.ts';
import { type NotCoveredContext, notCovered } from './not-covered.ts';
import type { VerifyOptions } from './options.ts';
import { type Check, type Fact, type FileChange, type Report, STEPS } from './report.ts';
import { verdict } from './verdict.ts';

interface Parts extends NotCoveredContext {
  readonly checks: readonly Check[];
  readonly changes: readonly FileChange[];
  readonly candidates: readonly Candidate[];
  /** Facts that were computed here once more, beside the digests. */
  readonly recomputed: readonly Fact[];
  readonly evidence: Report['evidence'];
  readonly warnings: readonly string[];
}

/** Puts the findings into the one report; the verdict is derived from the checks and from nothing else. */
export function assembleReport(parts: Parts): Report {
  const {
    options,
    listing,
    checks: made,
    changes,
    candidates,
    matched,
    identityEvidence,
    evidence,
    warnings,
    recomputed,
  } = parts;
  const { claimed, lineage } = claims(matched);
  const later = laterSteps(lineage.length);
  const checks = [...made, ...later].toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step));
  const code = verdictCode(checks);
  const left = notCovered(parts);
  const { files } = fileSet(listing, { ignored: options.ignore });
  const digests: DigestSet = Object.assign({}, ...matched.map(({ match }) => match.observed).toReversed());
  const usesTime = candidates.some(({ statement }) => statement.bundle?.material.kind === 'certificateChain');
  return {
    reportVersion: 1,
    tool: { name: 'stemma', version: options.version },
    time: usesTime ? options.at.toISOString() : null,
    mode: options.integrityOnly ? 'integrity-only' : options.mode,
    subject: {
      name: listing.name,
      kind: listing.kind,
      files: files.length,
      bytes: files.bytes(),
      digests,
    },
    result: RESULTS[code],
    verdict: verdict(code, { checks, changes, options, identityEvidence, notCovered: left.length }),
    checks,
    changes,
    signers: signerList(candidates),
    verified: [...Object.entries(digests).map(([name, value]) => ({ name, value })), ...recomputed],
    claimed: claimed.filter(
      ({ name, value }) => !recomputed.some((fact) => fact.name === name && fact.value === value),
    ),
    lineage,
    notCovered: left,
    evidence,
    skipped: skipped(options),
    warnings,
    environment: options.environment,
  };
}

/** The steps that this version does not take are said, never dropped. */
function laterSteps(edges: number): Check[] {
  const skip = (step: Check['step'], id: string, title: string, message: string): Check => ({
    id,
    step,
    title,
    outcome: 'skip',
    required: false,
    message,
  });
  return [
    skip(
      'lineage',
      'lineage.ancestors',
      'ancestors',
      edges === 0
        ? 'no lineage is claimed'
        : `${edges} parent${edges === 1 ? ' is' : 's are'} claimed by the signer, not verified`,
    ),
    skip('transparency', 'transparency.log', 'transparency log', 'not asked for'),
  ];
}

function skipped(options: VerifyOptions): string[] {
  const tensors = 'tensor roots: claimed, compared by --full';
  switch (options.mode) {
    case 'verify':
      return ['segment tree: claimed, compared by --fast and --full', tensors];
    case 'fast':
      return [
        'file tree and sha256: claimed, compared without --fast',
        'OMS statements: not compared with --fast',
        tensors,
      ];
    case 'sample':
      return ['every segment that was not drawn', tensors];
    case 'full':
      return [];
  }
}
