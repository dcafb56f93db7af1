import type { LineageGraph } from '../lineage/index.ts';
import { fileSet } from '../model/index.ts';
import { type Candidate, observedDigests } from './checks/candidate.ts';
import { claims, signerList } from './checks/describe.ts';
import { RESULTS, verdictCode } from './exit.ts';
import { type NotCoveredContext, notCovered } from './not-covered.ts';
import type { VerifyOptions } from './options.ts';
import { type Check, type Fact, type FileChange, type PolicyReport, type Report, STEPS } from './report.ts';
import { verdict } from './verdict.ts';

interface Parts extends NotCoveredContext {
  readonly checks: readonly Check[];
  readonly changes: readonly FileChange[];
  readonly candidates: readonly Candidate[];
  /** Facts that were computed here once more, beside the digests. */
  readonly recomputed: readonly Fact[];
  readonly evidence: Report['evidence'];
  readonly lineage: LineageGraph;
  readonly policy: PolicyReport | undefined;
  readonly rebuilt: Report['rebuilt'];
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
  const claimed = claims(matched);
  const checks = [...made, NO_TRANSPARENCY].toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step));
  const code = verdictCode(checks);
  const left = notCovered(parts);
  const { files } = fileSet(listing, { ignored: options.ignore });
  const digests = observedDigests(matched);
  const usesTime =
    options.policy !== undefined ||
    candidates.some(({ statement }) => statement.bundle?.material.kind === 'certificateChain');
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
    lineage: parts.lineage,
    ...(parts.policy === undefined ? {} : { policy: parts.policy }),
    rebuilt: parts.rebuilt,
    notCovered: left,
    evidence,
    skipped: skipped(options),
    warnings,
    environment: options.environment,
  };
}

/** A step that this version does not take is said, never dropped. */
export const NO_TRANSPARENCY: Check = {
  id: 'transparency.log',
  step: 'transparency',
  title: 'transparency log',
  outcome: 'skip',
  required: false,
  message: 'not asked for',
};

function skipped(options: VerifyOptions): string[] {
  const left = skippedBySpeed(options);
  return options.recompute === undefined ? left : [...left, ...NOT_RECOMPUTED];
}

const NOT_RECOMPUTED = [
  'what is in no tensor: configuration, tokenizer and metadata are not computed again',
  'whether the model is benign: that it was computed from its parents does not say so',
];

function skippedBySpeed(options: VerifyOptions): string[] {
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
