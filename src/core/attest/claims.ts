import {
  DATASET_PREDICATE_TYPE,
  isOmsPredicateType,
  type Link,
  MODEL_PREDICATE_TYPE,
  OMS_GIT_NAMES,
  omsDigestSet,
  parseDatasetPredicate,
  parseModelPredicate,
  parseOms,
  type Statement,
} from '../attestation/index.ts';
import { pathProblem } from '../bytes/index.ts';
import { type DigestSet, SALTED_TREE, sha256 } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { type SegmentHash, SIDE_FILES } from '../model/index.ts';
import { linksOf, sameArtifact } from './ancestry.ts';
import type { FoundBundle } from './evidence-beside.ts';

/** Left out of what we sign whether or not the user names it (design §3). */
export const ALWAYS_IGNORED: readonly string[] = ['.cache/huggingface', ...Object.values(SIDE_FILES)];

/** How the files of a parent are taken. Links are never followed: who may write into its folder could name any file of ours. */
export interface FileSettings {
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly segmentHash: SegmentHash;
}

export const DEFAULT_SETTINGS: FileSettings = {
  ignored: [],
  opaque: [],
  segmentHash: 'blake3',
};

/** What an identity statement says a model or dataset is, and under which settings it says so. Not authenticated. */
export interface IdentityClaim {
  readonly kind: 'model' | 'oms' | 'dataset';
  readonly name: string | undefined;
  readonly digests: DigestSet;
  readonly settings: FileSettings;
  /** That it followed symbolic links: no reason for us to do so, only to say why it is not held against the bytes. */
  readonly followedLinks: boolean;
}

/** Evidence is anybody's: each further combination of settings that it claims would be another read of every byte. */
const MAX_SETTINGS = 4;

/** Whether a claim tells nothing that a dataset could be recomputed from without its secret. */
export const isSalted = ({ digests }: IdentityClaim): boolean => Object.hasOwn(digests, SALTED_TREE);

/**
 * The claims about a model or dataset itself in its evidence, in the order of the lines: those about one of its ancestors are
 * left out. What a dataset is says nothing of a base model.
 */
export function ownClaims(evidence: readonly FoundBundle[], role: Link['role']): readonly IdentityClaim[] {
  const parents = evidence.flatMap(({ statement }) => linksOf(statement));
  return evidence
    .map(({ statement }) => (statement === undefined ? undefined : identityClaim(statement)))
    .filter((claim) => claim !== undefined)
    .filter(({ kind }) => kind !== 'dataset' || role === 'dataset')
    .filter(({ digests }) => !parents.some((link) => sameArtifact(link, digests)));
}

/**
 * The claims to hold against a model's bytes: first those that leave nothing out, so that a line which somebody added cannot
 * narrow what a link binds; of these first the ones that say most; and of equals the newest first, since lines are appended.
 */
export function claimsToTry(own: readonly IdentityClaim[]): readonly IdentityClaim[] {
  const claims = own.toReversed().toSorted((a, b) => rank(a) - rank(b));
  const settings = [...new Set(claims.map((claim) => JSON.stringify(claim.settings)))].slice(0, MAX_SETTINGS);
  return claims.filter((claim) => settings.includes(JSON.stringify(claim.settings)));
}

function rank({ kind, settings: { ignored, opaque } }: IdentityClaim): number {
  if (ignored.length > 0) return 3;
  // OMS knows no segments: its settings are those of the file tree alone.
  return kind === 'oms' ? 2 : opaque.length > 0 ? 1 : 0;
}

/** Reads an identity statement (`model/v1`, `dataset/v1` or OMS); undefined for any other, and for one that does not parse. */
function identityClaim(statement: Statement): IdentityClaim | undefined {
  try {
    const claim = readClaim(statement);
    // Others' ignores may have names that a statement of ours cannot list, and so a link cannot either.
    const recordable = claim?.settings.ignored.every((path) => pathProblem(path) === undefined) ?? false;
    return recordable ? claim : undefined;
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
}

function readClaim(statement: Statement): IdentityClaim | undefined {
  switch (statement.predicateType) {
    case MODEL_PREDICATE_TYPE:
      return modelClaim(statement);
    case DATASET_PREDICATE_TYPE:
      return datasetClaim(statement);
    default:
      return omsClaim(statement);
  }
}

function datasetClaim(statement: Statement): IdentityClaim {
  const { ignored } = parseDatasetPredicate(statement);
  const [subject] = statement.subject;
  const settings = { ...DEFAULT_SETTINGS, ignored };
  return { kind: 'dataset', name: subject?.name, digests: subject?.digest ?? {}, settings, followedLinks: false };
}

function modelClaim(statement: Statement): IdentityClaim {
  const { ignored, opaque, allowSymlinks, segmentTree } = parseModelPredicate(statement);
  const [subject] = statement.subject;
  const segmentHash = segmentTree?.hash ?? DEFAULT_SETTINGS.segmentHash;
  return {
    kind: 'model',
    name: subject?.name,
    digests: subject?.digest ?? {},
    settings: { ignored, opaque, segmentHash },
    followedLinks: allowSymlinks,
  };
}

function omsClaim(statement: Statement): IdentityClaim | undefined {
  if (!isOmsPredicateType(statement.predicateType)) return undefined;
  const oms = parseOms(statement, sha256);
  const digests = omsDigestSet(sha256, oms);
  if (digests === undefined) return undefined;
  const standard = new Set([...ALWAYS_IGNORED, ...OMS_GIT_NAMES]);
  const ignored = oms.ignorePaths.filter((path) => !standard.has(path));
  const settings = { ...DEFAULT_SETTINGS, ignored };
  return { kind: 'oms', name: oms.subjectName, digests, settings, followedLinks: oms.allowSymlinks };
}
