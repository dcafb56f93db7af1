import type { DatasetPredicate, OptOutSignal } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import type { FileSet, ModelListing } from '../model/index.ts';
import { NO_TRANSPARENCY } from './assemble.ts';
import type { AuthenticatedStatement } from './checks/authenticate.ts';
import type { Candidate } from './checks/candidate.ts';
import { summariseChanges } from './checks/changes.ts';
import { signerLabel } from './checks/describe.ts';
import { notCoveredByDataset } from './dataset-not-covered.ts';
import type { VerifyDatasetOptions } from './dataset-options.ts';
import type { DatasetStatement } from './dataset-statements.ts';
import { RESULTS, type VerdictCode, verdictCode } from './exit.ts';
import { type Check, type Fact, type FileChange, type PolicyReport, type Report, STEPS } from './report.ts';
import { ancestors, held, reason } from './verdict.ts';

export interface DatasetFindings {
  readonly entry: DatasetStatement;
  readonly candidate: Candidate;
}

interface Parts extends Pick<Report, 'signers' | 'evidence' | 'warnings' | 'lineage'> {
  readonly policy: PolicyReport | undefined;
  readonly options: VerifyDatasetOptions;
  readonly listing: ModelListing;
  /** Of the statement that the verdict rests on; else of everything. */
  readonly set: FileSet;
  readonly checks: readonly Check[];
  readonly findings: readonly DatasetFindings[];
  readonly matched: readonly DatasetFindings[];
  /** Every bundle that was collected, with what came of it. */
  readonly judged: readonly AuthenticatedStatement[];
}

/** Puts the findings into the one report; the verdict is derived from the checks and from nothing else. */
export function datasetReport(parts: Parts): Report {
  const { options, listing, set, findings, matched } = parts;
  const checks = [...parts.checks, NO_TRANSPARENCY].toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step));
  const code = verdictCode(checks);
  const changes =
    code === 0
      ? []
      : (findings.find(({ candidate }) => candidate.match.changes.length > 0)?.candidate.match.changes ?? []);
  const digests = matched[0]?.candidate.match.observed ?? {};
  const notCovered = matched.length === 0 ? [] : notCoveredByDataset(set.leftOut, parts.judged);
  const usesTime =
    parts.policy !== undefined ||
    findings.some(({ entry }) => entry.statement.bundle?.material.kind === 'certificateChain');
  return {
    reportVersion: 1,
    tool: { name: 'stemma', version: options.version },
    time: usesTime ? options.at.toISOString() : null,
    mode: 'verify',
    subject: {
      name: listing.name,
      kind: listing.kind,
      files: set.files.length,
      bytes: set.files.bytes(),
      digests,
    },
    result: RESULTS[code],
    verdict: verdict(code, checks, changes, { matched, notCovered: notCovered.length, policy: options.policy }),
    checks,
    changes,
    signers: parts.signers,
    verified: Object.entries(digests).map(([name, value]) => ({ name, value })),
    claimed: matched.flatMap(claimsOf),
    lineage: parts.lineage,
    ...(parts.policy === undefined ? {} : { policy: parts.policy }),
    rebuilt: [],
    notCovered,
    evidence: parts.evidence,
    skipped: [],
    warnings: parts.warnings,
    environment: options.environment,
  };
}

function verdict(
  code: VerdictCode,
  checks: readonly Check[],
  changes: readonly FileChange[],
  {
    matched,
    notCovered,
    policy,
  }: {
    readonly matched: readonly DatasetFindings[];
    readonly notCovered: number;
    readonly policy: VerifyDatasetOptions['policy'];
  },
): string {
  const statement = matched[0]?.entry.statement;
  if (code === 0 && statement !== undefined) {
    const { ref } = statement;
    const left = notCovered === 0 ? '' : `; ${notCovered} path${notCovered === 1 ? ' is' : 's are'} not covered`;
    const name = quote(statement.statement.subject[0]?.name ?? '');
    return `verified: every ${notCovered === 0 ? '' : 'covered '}byte and record as signed, under the name ${name} in ${quote(ref.source)}${held(policy)}${ancestors({ checks })}${left}`;
  }
  if (code === 1 && changes.length > 0) return `not verified: ${summariseChanges(changes)}`;
  const worst = checks.find((check) => check.required && verdictCode([check]) === code);
  if (worst === undefined) return 'not verified: nothing was required';
  return `not verified: ${reason(worst, policy)}`;
}

/** What the signer says beyond what was recomputed here. */
function claimsOf({ entry: { statement, dataset } }: DatasetFindings): Fact[] {
  const by = signerLabel(statement);
  const facts: readonly (readonly [string, string])[] = [
    ['name', statement.statement.subject[0]?.name ?? ''],
    ...dataset.licenses.map((license) => ['licence', license] as const),
    ...dataset.sources.map((source) => ['source', source] as const),
    ...signalFacts(dataset),
  ];
  return facts.map(([name, value]) => ({ name, value, by }));
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

function signalFacts({ optOut: { observedAt, signals } }: DatasetPredicate): (readonly [string, string])[] {
  const when = observedAt === undefined ? '' : `, observed ${observedAt}`;
  const text = (signal: OptOutSignal): string =>
    'files' in signal
      ? `${count(signal.files, 'file')}${when}`
      : `${signal.value} in ${count(signal.records, 'record')}${when}`;
  return signals.map((signal) => [`reservation ${signal.signal}`, text(signal)] as const);
}
