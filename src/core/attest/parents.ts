import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Link, PROVENANCE_PREDICATE_TYPE, parseProvenance } from '../attestation/index.ts';
import { hexEncode, quote } from '../bytes/index.ts';
import { compareDigestSets, type DigestSet, FILE_TREE } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import {
  digestModel,
  fileDigests,
  fileSet,
  fileTreeRoot,
  hashPlan,
  omsRootOf,
  plainPlan,
  walkModel,
  walkProblemError,
} from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { evidenceFiles, type FoundBundle, readEvidence } from './evidence-beside.ts';
import { type IdentityClaim, identityClaim } from './file-settings.ts';
import type { Reference } from './reference.ts';

export interface ParentOptions extends AbortOptions, ProgressOptions {
  readonly jobs?: number | undefined;
}

/** What a link needs to know of a parent, and the evidence that travels with it. */
export interface Parent {
  readonly name: string | undefined;
  readonly digests: DigestSet;
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly evidence: readonly FoundBundle[];
}

const DEFAULTS: IdentityClaim = {
  name: undefined,
  digests: {},
  ignored: [],
  opaque: [],
  allowSymlinks: false,
  segmentHash: 'blake3',
};

/**
 * Resolves what `--base` or `--dataset` names into the DigestSet of a link (design §4). A path is read, every byte: where an
 * identity statement with it matches under its own settings the link takes that set, otherwise the default one.
 *
 * @throws StemmaError as `digestModel`, and USAGE where an evidence file names no model
 */
export async function resolveParent(role: Link['role'], reference: Reference, options: ParentOptions): Promise<Parent> {
  switch (reference.kind) {
    case 'digests':
      return { name: undefined, digests: reference.digests, ignored: [], opaque: [], evidence: [] };
    case 'evidence':
      return fromEvidence(role, reference.path, options);
    case 'path':
      return fromPath(role, reference.path, options);
  }
}

async function fromPath(role: Link['role'], file: string, options: ParentOptions): Promise<Parent> {
  const root = path.resolve(file);
  const kind = (await stat(root)).isDirectory() ? 'folder' : 'file';
  const evidence = await readEvidence(evidenceFiles(root, kind), options.onWarning);
  // The newest statement first: lines are appended.
  const claims = ownClaims(evidence).toReversed();
  const tried = new Map<string, DigestSet>();
  for (const claim of [...claims, DEFAULTS]) {
    const { ignored, opaque, allowSymlinks, segmentHash } = claim;
    const settings = JSON.stringify([ignored, opaque, allowSymlinks, segmentHash]);
    let digests = tried.get(settings);
    if (digests === undefined) {
      try {
        digests = await digestsOf(role, root, claim, options);
      } catch (error) {
        // A claim's settings may not fit the folder any more; only the default ones must.
        if (!isStemmaError(error) || error.code === 'INTERRUPTED' || claim === DEFAULTS) throw error;
        continue;
      }
      tried.set(settings, digests);
    }
    if (claim === DEFAULTS) {
      if (claims.length > 0)
        options.onWarning?.(
          `no statement with ${quote(path.basename(root))} matches its bytes: the link names the bytes as they are`,
        );
      return { name: path.basename(root), digests, ignored: [], opaque: [], evidence };
    }
    const { kind: result, equal } = compareDigestSets(claim.digests, digests, kind === 'file');
    if (result === 'match' || (result === 'names-not-bound' && equal.length > 0)) {
      return { name: claim.name ?? path.basename(root), digests, ignored, opaque, evidence };
    }
  }
  throw new Error('the default settings are always tried');
}

/** A base model carries a segment tree, a dataset does not (design §3). */
async function digestsOf(
  role: Link['role'],
  root: string,
  claim: IdentityClaim,
  options: ParentOptions,
): Promise<DigestSet> {
  const phase = `hashing ${role === 'dataset' ? 'dataset' : 'base model'}`;
  const { ignored, opaque, allowSymlinks, segmentHash } = claim;
  const engine = {
    signal: options.signal,
    onProgress: options.onProgress,
    onWarning: options.onWarning,
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
  };
  if (role === 'base-model') {
    const { trees } = await digestModel(root, { ...engine, ignored, opaque, allowSymlinks, segmentHash, phase });
    return trees.digests;
  }
  const listing = await walkModel(root, { allowSymlinks, signal: options.signal });
  const set = fileSet(listing, { ignored });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0)
    throw new StemmaError('MODEL_EMPTY', `${quote(path.basename(root))} has no file to commit to`);
  const plan = plainPlan(set);
  const results = await hashPlan(plan, { ...engine, phase, whole: ['sha256'] });
  for (const { error } of results) if (error !== undefined) throw error;
  const files = fileDigests(plan, results);
  const [first] = files;
  const own = listing.kind === 'file' && first !== undefined ? hexEncode(first.sha256) : omsRootOf(files);
  return { sha256: own, [FILE_TREE]: fileTreeRoot(files).root };
}

async function fromEvidence(role: Link['role'], file: string, options: ParentOptions): Promise<Parent> {
  const evidence = await readEvidence([file], options.onWarning);
  const claims = ownClaims(evidence);
  const distinct = new Map(claims.map((claim) => [JSON.stringify(claim.digests), claim]));
  const claim = [...distinct.values()].at(-1);
  if (claim === undefined) {
    throw new StemmaError(
      'USAGE',
      `${quote(path.basename(file))} has no statement that says what a ${role === 'dataset' ? 'dataset' : 'model'} is`,
      {
        hint: 'name the folder or file itself, or a digest set as `stemma digest` prints it',
      },
    );
  }
  if (distinct.size > 1)
    options.onWarning?.(`${quote(path.basename(file))} is about several models; the last one is meant`);
  const { name, digests, ignored, opaque } = claim;
  return { name, digests, ignored, opaque, evidence };
}

/** Identity claims in a model's evidence that are not about one of its ancestors. */
function ownClaims(evidence: readonly FoundBundle[]): IdentityClaim[] {
  const links = evidence.flatMap(({ statement }) => {
    if (statement?.predicateType !== PROVENANCE_PREDICATE_TYPE) return [];
    try {
      return parseProvenance(statement).links.map(({ digest }) => digest);
    } catch (error) {
      if (isStemmaError(error)) return [];
      throw error;
    }
  });
  const isParent = (set: DigestSet): boolean =>
    links.some((link) => ['match', 'names-not-bound'].includes(compareDigestSets(link, set, true).kind));
  return evidence
    .map(({ statement }) => (statement === undefined ? undefined : identityClaim(statement)))
    .filter((claim) => claim !== undefined && !isParent(claim.digests)) as IdentityClaim[];
}
