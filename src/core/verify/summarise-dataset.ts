import { formatDigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { VerifyDatasetOptions } from './dataset-options.ts';
import { namesOf, type Summarised, type SummaryOptions, summaryPayload } from './summarise.ts';
import { levelsOf } from './summary-levels.ts';
import { type SummarySubject, summarySubject } from './summary-subject.ts';
import { type DatasetDecision, decideDataset } from './verify-dataset.ts';

/**
 * Verifies a dataset, and says what came of it as `verifyAndSummarise` does of a model.
 *
 * @throws StemmaError as `verifyDataset`
 */
export async function verifyDatasetAndSummarise(
  options: VerifyDatasetOptions,
  summary: SummaryOptions,
): Promise<Summarised> {
  const decision = await decideDataset(options);
  const { report } = decision;
  return {
    report,
    summary: () =>
      summaryPayload(report, {
        ...summary,
        levels: levelsOf(summary.levels, report, options),
        subject: () => subjectOf(decision, options),
        settings: settings(options),
        at: options.at,
        version: options.version,
      }),
  };
}

/** Hostile input: a stranger's plain statement beside a salted dataset must not make anybody publish a plain digest of it. */
async function subjectOf(
  { report, listing, findings }: DatasetDecision,
  options: VerifyDatasetOptions,
): Promise<SummarySubject> {
  const compared = findings.filter(
    ({ candidate: { match, isAncestor } }) =>
      !isAncestor && Object.keys(match.observed).length > 0 && (report.result !== 'pass' || match.outcome === 'match'),
  );
  const isSalted = options.secret !== undefined || findings.some(({ entry }) => entry.dataset.saltedTree !== undefined);
  const usable = compared.filter(({ entry }) => !isSalted || entry.dataset.saltedTree !== undefined);
  const [first] = usable.toSorted((a, b) => a.entry.dataset.ignored.length - b.entry.dataset.ignored.length);
  if (first !== undefined)
    return { digest: first.candidate.match.observed, ignored: first.entry.dataset.ignored, opaque: [] };
  if (isSalted)
    throw new StemmaError(
      'EVIDENCE_MISSING',
      'a salted dataset that was compared with nothing has no digest to publish',
    );
  return summarySubject(listing, [], options);
}

function settings({ trust, ancestors, maxDepth, expect, expectName }: VerifyDatasetOptions) {
  return {
    mode: 'dataset',
    signers: namesOf(trust),
    ...(ancestors === undefined ? {} : { ancestorSigners: namesOf(ancestors.trust) }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(expect === undefined ? {} : { expect: formatDigestSet(expect) }),
    ...(expectName === undefined ? {} : { expectName }),
  };
}
