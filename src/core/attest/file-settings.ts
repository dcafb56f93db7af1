import {
  isOmsPredicateType,
  MODEL_PREDICATE_TYPE,
  OMS_GIT_NAMES,
  omsDigestSet,
  parseModelPredicate,
  parseOms,
  type Statement,
} from '../attestation/index.ts';
import { type DigestSet, sha256 } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import { type SegmentHash, SIDE_FILES } from '../model/index.ts';

/** Left out of what we sign whether or not the user names it (design §3). */
export const ALWAYS_IGNORED: readonly string[] = ['.cache/huggingface', ...Object.values(SIDE_FILES)];

/** What an identity statement says a model is, and under which settings it says so. */
export interface IdentityClaim {
  readonly name: string | undefined;
  readonly digests: DigestSet;
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly allowSymlinks: boolean;
  readonly segmentHash: SegmentHash;
}

/** Reads an identity statement (`model/v1` or OMS); undefined for any other, and for one that does not parse. Not authenticated. */
export function identityClaim(statement: Statement): IdentityClaim | undefined {
  try {
    if (statement.predicateType === MODEL_PREDICATE_TYPE) {
      const model = parseModelPredicate(statement);
      const [subject] = statement.subject;
      const { ignored, opaque, allowSymlinks } = model;
      const segmentHash = model.segmentTree?.hash ?? 'blake3';
      return { name: subject?.name, digests: subject?.digest ?? {}, ignored, opaque, allowSymlinks, segmentHash };
    }
    if (!isOmsPredicateType(statement.predicateType)) return undefined;
    const oms = parseOms(statement, sha256);
    const digests = omsDigestSet(sha256, oms);
    if (digests === undefined) return undefined;
    const standard = new Set([...ALWAYS_IGNORED, ...OMS_GIT_NAMES]);
    return {
      name: oms.subjectName,
      digests,
      ignored: oms.ignorePaths.filter((path) => !standard.has(path)),
      opaque: [],
      allowSymlinks: oms.allowSymlinks,
      segmentHash: 'blake3',
    };
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
}
