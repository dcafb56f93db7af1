import path from 'node:path';
import type { Link } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { compareDigestSets, type DigestSet } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { walkModel } from '../model/index.ts';
import { ancestry, sameArtifact } from './ancestry.ts';
import { claimsToTry, DEFAULT_SETTINGS, type FileSettings, type IdentityClaim, isSalted, ownClaims } from './claims.ts';
import { type EvidenceFile, evidenceFiles, type FoundBundle, namedEvidence, readEvidence } from './evidence-beside.ts';
import { recordableName } from './names.ts';
import { digestParent, type HashOptions } from './parent-digests.ts';
import type { Reference } from './reference.ts';
import { refuseSalted } from './salted-guard.ts';

export interface ParentOptions extends HashOptions {
  readonly copyParentEvidence: boolean;
}

/** What a link needs to know of a parent, and the evidence that travels with it. */
export interface Parent {
  readonly name: string | undefined;
  readonly digests: DigestSet;
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  /** About the parent and its ancestors. */
  readonly evidence: readonly FoundBundle[];
}

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

async function fromPath(role: Link['role'], given: string, options: ParentOptions): Promise<Parent> {
  const listing = await walkModel(given, { allowSymlinks: false, signal: options.signal });
  const { root, kind, name } = listing;
  const evidence = await readOptionalEvidence(role, evidenceFiles(listing), options);
  const own = ownClaims(evidence, role);
  if (own.some(isSalted)) throw saltedParent(name);
  await refuseSalted(given, options).catch((error: unknown) => {
    // As for the evidence itself: what cannot be read with a base model is not missed.
    if (role === 'dataset' || !isStemmaError(error) || ['USAGE', 'INTERRUPTED'].includes(error.code)) throw error;
  });
  const claims = claimsToTry(own);
  let refusedLinks = false;
  const digestsUnder = remembered((settings) => digestParent(role, root, settings, options));
  for (const claim of claims) {
    const { ignored, opaque } = claim.settings;
    const digests = await digestsUnder(claim.settings).catch((error: unknown) => {
      if (claim.followedLinks && isStemmaError(error) && error.code === 'SYMLINK_REFUSED') refusedLinks = true;
      return notInterrupted(error);
    });
    // An OMS statement binds a folder's names by its list, which is not looked at here: it is asked for its settings alone.
    if (digests === undefined || !agrees(claim.digests, digests, kind === 'file')) continue;
    if (ignored.length > 0)
      options.onWarning?.(
        `the link to ${quote(name)} leaves out what its statement ignores: ${ignored.map((file) => quote(file, 80)).join(', ')}`,
      );
    return {
      name: recordableName(claim.name) ?? name,
      digests,
      ignored,
      opaque,
      evidence: ancestry(digests, evidence),
    };
  }
  if (refusedLinks)
    options.onWarning?.(
      `a statement with ${quote(name)} follows symbolic links; it is not authenticated here, and they are not followed`,
    );
  const digests = await digestsUnder(DEFAULT_SETTINGS);
  if (claims.length > 0)
    options.onWarning?.(`no statement with ${quote(name)} matches its bytes: the link names the bytes as they are`);
  return { name, digests, ignored: [], opaque: [], evidence: ancestry(digests, evidence) };
}

/** Any claim will do, since nobody is authenticated here: a digest that was not published can still be, one that was cannot be taken back. */
function saltedParent(name: string): StemmaError {
  return new StemmaError(
    'USAGE',
    `${quote(name)} is a salted dataset: a link with its plain digest would let its records be guessed`,
    { hint: 'name its attestations file instead, whose salted root the link then takes' },
  );
}

function agrees(claimed: DigestSet, found: DigestSet, single: boolean): boolean {
  const { kind } = compareDigestSets(claimed, found, single);
  return kind === 'match' || kind === 'names-not-bound';
}

/** Settings that somebody claimed need not fit the folder; only the default ones must. */
function notInterrupted(error: unknown): undefined {
  if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
}

function remembered(digest: (settings: FileSettings) => Promise<DigestSet>): typeof digest {
  const known = new Map<string, Promise<DigestSet>>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const found = known.get(key) ?? digest(settings);
    known.set(key, found);
    return found;
  };
}

/**
 * Where the evidence of a base model is not to be carried along, what cannot be read of it is not missed. That of a dataset is: it
 * may say that the dataset is salted.
 */
async function readOptionalEvidence(
  role: Link['role'],
  files: readonly EvidenceFile[],
  options: ParentOptions,
): Promise<FoundBundle[]> {
  try {
    return await readEvidence(files, options.onWarning);
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    if (role === 'base-model' && !options.copyParentEvidence) {
      options.onWarning?.(`evidence is not read: ${error.message}`);
      return [];
    }
    throw new StemmaError(error.code, error.message, {
      cause: error,
      hint:
        role === 'dataset'
          ? 'whether the dataset is salted cannot be told: mend the file, or name a digest set'
          : 'leave it behind with --no-parent-evidence',
    });
  }
}

async function fromEvidence(role: Link['role'], file: string, options: ParentOptions): Promise<Parent> {
  const evidence = await readEvidence([namedEvidence(file)], options.onWarning);
  const what = quote(path.basename(file));
  const claims = ownClaims(evidence, role);
  const last = claims.at(-1);
  if (last === undefined) {
    throw new StemmaError(
      'USAGE',
      `${what} has no statement that says what a ${role === 'dataset' ? 'dataset' : 'model'} is`,
      {
        hint: 'name the folder or file itself, or a digest set as `stemma digest` prints it',
      },
    );
  }
  const same = claims.filter(({ digests }) => sameArtifact(last.digests, digests));
  if (same.length < claims.length) options.onWarning?.(`${what} is about several models; the last one is meant`);
  // Of several statements about one model the one with the most keys binds most.
  const claim = same.reduce((best, next) => (keys(next) >= keys(best) ? next : best));
  const { digests, settings } = claim;
  const { ignored, opaque } = settings;
  return { name: recordableName(claim.name), digests, ignored, opaque, evidence: ancestry(digests, evidence) };
}

const keys = ({ digests }: IdentityClaim): number => Object.keys(digests).length;
