import { LazyList } from '../digest/index.ts';
import type { ErrorClass, StemmaError } from '../errors/index.ts';
import { type FileSet, fileSet, type ModelListing } from '../model/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { isIdentity } from './checks/contradiction.ts';
import { matchCheck, modelSignatureCheck, signatureChecks } from './checks/describe.ts';
import { expectedDigests, expectedName } from './checks/expectations.ts';
import type { Findings } from './checks/findings.ts';
import { identityCheck } from './checks/identity.ts';
import { fetchChecks } from './checks/online.ts';
import { requiredType } from './checks/required-types.ts';
import type { Collected, SourceProblem } from './collect.ts';
import type { Compared } from './compare-with-bytes.ts';
import type { EvaluationFindings } from './evaluations.ts';
import type { Evidence } from './gather-evidence.ts';
import { checkManifests } from './manifest-checks.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

/** Statements that match these bytes and are about no ancestor of them. */
export function matchedCandidates(candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter((entry) => !entry.isAncestor && entry.match.outcome === 'match');
}

/** Matched identity statements, of which `--signature` leaves only its own. */
export function identityEvidence(matched: readonly Candidate[], { signature }: VerifyOptions): Candidate[] {
  return matched.filter(
    ({ statement }) => isIdentity(statement) && (signature === undefined || statement.origin === 'signature'),
  );
}

/** The one requirement that every run has, and the contradictions that no other evidence outweighs. */
export function identityChecks(
  { collected, others }: Evidence,
  { context: { listing }, candidates }: Compared,
  options: VerifyOptions,
): { readonly identity: Check; readonly modelSig: readonly Check[] } {
  const scope = fileSet(listing, { ignored: options.ignore });
  const identity = identityCheck({
    candidates,
    others,
    onlySignature: options.signature !== undefined,
    integrityOnly: options.integrityOnly,
    threshold: options.threshold,
    // What can be no part of a model, and every statement leaves out, is covered by nobody.
    files: pathsIn(scope),
    refused: collected.refused,
    ...unreadSources(collected),
    collected: collected.bundles.length,
  });
  return { identity, modelSig: options.signature === undefined ? modelSignatureCheck(candidates) : [] };
}

function pathsIn({ files, problems }: FileSet): LazyList<string> {
  const at = (i: number): { readonly path: string } | undefined => files.at(i) ?? problems[i - files.length];
  return new LazyList(files.length + problems.length, (i) => at(i)?.path as string);
}

/** What was found out about each piece of evidence; required only where a flag says so. */
export function evidenceChecks(
  { collected, authenticated, ancestors, fetches }: Evidence,
  { candidates, compared }: Compared,
  options: VerifyOptions,
): Check[] {
  return [
    ...collected.problems.map(sourceCheck),
    ...fetchChecks(fetches),
    ...authenticated.flatMap((entry) => signatureChecks(entry, options.requireAll)),
    ...candidates
      .filter(({ statement }) => compared.has(statement) || ancestors.has(statement))
      .map((entry) => matchCheck(entry, options.mode)),
  ];
}

/** What the caller asked for beyond identity: sample, expectations, logs, required statements. */
export async function requestedChecks(
  { collected, others }: Evidence,
  { context: { listing, shelf }, candidates }: Compared,
  { evaluations, run }: { readonly evaluations: EvaluationFindings; readonly run: Findings },
  options: VerifyOptions,
): Promise<Check[]> {
  const matched = matchedCandidates(candidates);
  const evidence = identityEvidence(matched, options);
  const withManifest = matched.filter(({ statement }) => isIdentity(statement));
  return [
    ...(options.mode === 'sample' ? [sampleCheck(evidence, options)] : []),
    ...(options.expect === undefined ? [] : [expectedDigests(options.expect, evidence, listing.kind)]),
    ...(options.expectName === undefined ? [] : [expectedName(options.expectName, evidence)]),
    ...hardLinkChecks(listing, options),
    ...(await checkManifests(withManifest, shelf, options.require.includes('manifest'))),
    ...run.checks,
    ...evaluations.checks,
    ...options.require
      .filter((type) => type !== 'manifest')
      .map((type) => requiredType(type, candidates, others, evaluations.contradicted, unreadSources(collected))),
  ];
}

/** What kept a source of evidence from being read: what is asked for may lie in it. */
export const unreadSources = (collected: Collected) => ({
  malformed: problemOf(collected, (errorClass) => errorClass !== 'unavailable'),
  unavailable: problemOf(collected, (errorClass) => errorClass === 'unavailable'),
});

const problemOf = ({ problems }: Collected, isClass: (errorClass: ErrorClass) => boolean): string | undefined =>
  problems.find(({ error }) => isClass(error.errorClass))?.error.message;

export const sourceCheck = ({ source, error, required = false }: SourceProblem): Check => ({
  id: 'collect.source',
  step: 'collect',
  title: `reading ${source}`,
  ...outcomeOf(error, required),
  required,
  message: error.message,
});

/** What is required may also be changed, or not be all there. */
function outcomeOf({ errorClass }: StemmaError, required: boolean): Pick<Check, 'outcome' | 'errorClass'> {
  if (required && errorClass === 'contradiction') return { outcome: 'fail' };
  if (required && errorClass === 'incomplete') return { outcome: 'missing' };
  return { outcome: 'error', errorClass: errorClass === 'unavailable' ? 'unavailable' : 'malformed' };
}

function sampleCheck(matched: readonly Candidate[], { sample }: VerifyOptions): Check {
  const message = matched[0]?.match.message ?? 'nothing was sampled';
  const accepted = sample?.accept === true && matched.length > 0;
  return {
    id: 'match.sample',
    step: 'match',
    title: 'a random part of the bytes',
    required: true,
    outcome: accepted ? 'pass' : 'unknown',
    message,
    ...(accepted
      ? {}
      : { hint: 'a sample decides nothing by itself: verify every byte, or take the risk with --accept-sample' }),
  };
}

/** Deduplicating stores and Hugging Face caches use hard links; elsewhere one is a way to change a model from outside. */
function hardLinkChecks({ files }: ModelListing, { strictFs }: VerifyOptions): Check[] {
  const linked = files.filter(({ links }) => links > 1);
  if (linked.length === 0) return [];
  return [
    {
      id: 'match.hard-links',
      step: 'match',
      title: 'no hard links',
      required: strictFs,
      outcome: strictFs ? 'fail' : 'unknown',
      message: `${linked.length} file${linked.length === 1 ? ' has' : 's have'} other names (hard links), through which they can be changed`,
    },
  ];
}
