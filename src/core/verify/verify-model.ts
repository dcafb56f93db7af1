import { sha256 } from '../digest/index.ts';
import { type ErrorClass, StemmaError } from '../errors/index.ts';
import { looksLikeP1363, verifyCertificatePath, verifyKeyless, verifySignature } from '../keys/index.ts';
import { fileSet, type ModelListing, parseModelPaths, walkModel } from '../model/index.ts';
import { assembleReport } from './assemble.ts';
import { ancestorStatements, isParentOf } from './checks/ancestors.ts';
import { authenticate } from './checks/authenticate.ts';
import { type ClassifiedStatement, classify } from './checks/classify.ts';
import { contradictsBytes, isIdentity } from './checks/contradiction.ts';
import { evidenceList, matchCheck, modelSignatureCheck, signatureChecks } from './checks/describe.ts';
import { expectedDigests, expectedName } from './checks/expectations.ts';
import { type Candidate, identityCheck } from './checks/identity.ts';
import type { SignatureChecks } from './checks/judge-signature.ts';
import { requiredType } from './checks/required-types.ts';
import { budgeted } from './checks/signature-budget.ts';
import { type Collected, collect } from './collect.ts';
import { containerWarnings } from './container-warnings.ts';
import { evaluate } from './evaluate.ts';
import { changeHint, explain } from './explain.ts';
import { checkLogs } from './logs.ts';
import { checkManifests } from './manifest-checks.ts';
import { ManifestShelf } from './manifest-shelf.ts';
import type { VerifyOptions } from './options.ts';
import { settled } from './questions.ts';
import type { Check, FileChange, Report } from './report.ts';
import { orIfUnavailable } from './unavailable.ts';

const CHECKS: SignatureChecks = {
  sha256,
  verifySignature,
  signatureHint: (key, signature) =>
    looksLikeP1363(key, signature) ? 'it looks like raw r‖s (IEEE P1363); DER is expected' : undefined,
  verifyCertificatePath,
  verifyKeyless,
};

/**
 * Verifies a model against evidence from people one does not trust, offline (design §5). A negative verdict is a report, never
 * an error; errors mean that the question itself could not be put.
 *
 * @throws StemmaError TRUST_ROOT_MISSING, USAGE, PATH_NOT_FOUND (a file that the caller named), TRUSTED_ROOT_INVALID,
 * BACKEND_UNAVAILABLE, INTERRUPTED
 */
export async function verifyModel(given: VerifyOptions): Promise<Report> {
  requireSense(given);
  let listing = await walkModel(given.model, { allowSymlinks: false, signal: given.signal });
  const options = {
    ...given,
    ignore: parseModelPaths(given.ignore, { root: listing.root, kind: listing.kind, flag: '--ignore' }),
  };
  const collected = await collect(listing, { signature: options.signature, attestations: options.attestations });
  // What the caller named must not go unchecked because the model brings a flood of signatures.
  const budgets = { model: budgeted(CHECKS), named: budgeted(CHECKS) };
  const authenticated = [];
  for (const bundle of collected.bundles) {
    authenticated.push(
      await authenticate(bundle, {
        trust: options.trust,
        checks: bundle.origin === 'model' ? budgets.model : budgets.named,
        at: options.at,
        integrityOnly: options.integrityOnly,
      }),
    );
  }
  const { statements, others } = classify(authenticated, sha256);
  const believed = statements.filter(({ trust }) => trust === 'trusted' || trust === 'unauthenticated');
  const ancestors = ancestorStatements(statements, sha256);
  // A statement about an ancestor is not about these bytes; `model.sig` is compared all the same, since it may contradict.
  const toRead = believed.filter((entry) => entry.isSignatureFile || !ancestors.has(entry));
  const allowSymlinks = toRead.some(mayFollowLinks);
  if (allowSymlinks) listing = await walkModel(options.model, { allowSymlinks: true, signal: options.signal });
  const shelf = await ManifestShelf.open(collected.manifests, believed, options);
  const evaluated = new Map(
    (await evaluate(toRead, { listing, shelf, options, allowSymlinks })).map((entry) => [entry.statement, entry]),
  );
  const candidates = statements.map((statement): Candidate => {
    const isAncestor = ancestors.has(statement);
    const found = evaluated.get(statement);
    return found === undefined
      ? { statement, isAncestor, match: settled('skip', 'not compared with the bytes') }
      : { ...found, isAncestor: isAncestor || (isOwnOms(statement) && isParentOf(statements, found.match.observed)) };
  });
  const matched = candidates.filter((entry) => !entry.isAncestor && entry.match.outcome === 'match');
  const scope = fileSet(listing, { ignored: options.ignore });
  const identity = identityCheck({
    candidates,
    others,
    onlySignature: options.signature !== undefined,
    integrityOnly: options.integrityOnly,
    threshold: options.threshold,
    // What can be no part of a model, and every statement leaves out, is covered by nobody.
    files: [...scope.files, ...scope.problems].map(({ path }) => path),
    refused: collected.refused,
    malformed: problemOf(collected, (errorClass) => errorClass !== 'unavailable'),
    unavailable: problemOf(collected, (errorClass) => errorClass === 'unavailable'),
    collected: collected.bundles.length,
  });
  const context = { listing, shelf, options, allowSymlinks };
  let changes: readonly FileChange[] = [];
  let hint: string | undefined;
  const broken = candidates
    .filter((entry) => isIdentity(entry.statement) && contradictsBytes(entry))
    .toSorted((a, b) => rankOfExplanation(a) - rankOfExplanation(b))[0];
  const modelSig = options.signature === undefined ? modelSignatureCheck(candidates) : [];
  if (broken !== undefined && (identity.outcome !== 'pass' || modelSig.length > 0)) {
    changes = await orIfUnavailable(explain(broken, context), () => broken.match.changes);
    hint = await orIfUnavailable(changeHint(changes, listing.files), () => undefined);
  }
  const matchedIdentity = matched.filter(({ statement }) => isIdentity(statement));
  const onlySignature = options.signature !== undefined;
  const identityEvidence = matchedIdentity.filter(
    ({ statement }) => !onlySignature || statement.origin === 'signature',
  );
  const checks: Check[] = [
    ...collected.problems.map(({ source, error }): Check => sourceCheck(source, error)),
    ...authenticated.flatMap((entry) => signatureChecks(entry, options.requireAll)),
    ...candidates
      .filter(({ statement }) => evaluated.has(statement) || ancestors.has(statement))
      .map((entry) => matchCheck(entry, options.mode)),
    hint === undefined ? identity : { ...identity, hint },
    ...modelSig,
    ...(options.mode === 'sample' ? [sampleCheck(identityEvidence, options)] : []),
    ...(options.expect === undefined ? [] : [expectedDigests(options.expect, identityEvidence, listing.kind)]),
    ...(options.expectName === undefined ? [] : [expectedName(options.expectName, identityEvidence)]),
    ...hardLinkChecks(listing, options),
    ...(await checkManifests(matchedIdentity, shelf, options.require.includes('manifest'))),
    ...(await checkLogs(candidates, options)),
    ...options.require.filter((type) => type !== 'manifest').map((type) => requiredType(type, candidates, others)),
  ];
  return assembleReport({
    options,
    listing,
    shelf,
    judged: [...statements, ...others],
    checks,
    changes,
    candidates,
    matched,
    identityEvidence,
    evidence: evidenceList(authenticated),
    warnings: [
      ...listing.warnings,
      ...collected.warnings,
      ...(await orIfUnavailable(containerWarnings(listing, matchedIdentity, options), () => [])),
    ],
  });
}

function requireSense(options: VerifyOptions): void {
  if (options.integrityOnly ? options.trust.length > 0 : options.trust.length === 0) {
    throw options.integrityOnly
      ? new StemmaError('USAGE', '--integrity-only authenticates nobody, so it takes no key, certificate or identity')
      : new StemmaError(
          'TRUST_ROOT_MISSING',
          'verify needs someone to trust: no key, certificate or identity was given',
          {
            hint: 'name the publisher with --key PUB, --cert-chain ROOT or --identity I --identity-provider URL; --integrity-only checks digests alone',
          },
        );
  }
  if (!Number.isInteger(options.threshold) || options.threshold < 1)
    throw new StemmaError('USAGE', `--threshold expects 1 or more, found ${options.threshold}`);
  if (options.integrityOnly && (options.threshold > 1 || options.require.some((type) => type !== 'manifest'))) {
    throw new StemmaError('USAGE', '--threshold and --require ask for signers, which --integrity-only does not check');
  }
}

/** A statement for which the files were read can name them, and a model statement has a manifest, which also names the tensors. */
const rankOfExplanation = ({ statement, view }: Candidate): number =>
  (view === undefined ? 2 : 0) + (statement.content.kind === 'model' ? 0 : 1);

const isOwnOms = ({ origin, content }: ClassifiedStatement): boolean => origin === 'model' && content.kind === 'oms';

/**
 * Links lead out of the model to whatever its sender names: they are followed for a trusted signer alone, and for his statement
 * about this model, not about another one that lies in a file of attestations.
 */
const mayFollowLinks = ({ trust, origin, content }: ClassifiedStatement): boolean =>
  trust === 'trusted' &&
  origin !== 'attestations' &&
  ((content.kind === 'model' && content.model.allowSymlinks) || (content.kind === 'oms' && content.oms.allowSymlinks));

const problemOf = ({ problems }: Collected, isClass: (errorClass: ErrorClass) => boolean): string | undefined =>
  problems.find(({ error }) => isClass(error.errorClass))?.error.message;

const sourceCheck = (source: string, error: StemmaError): Check => ({
  id: 'collect.source',
  step: 'collect',
  title: `reading ${source}`,
  outcome: 'error',
  errorClass: error.errorClass === 'unavailable' ? 'unavailable' : 'malformed',
  required: false,
  message: error.message,
});

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
