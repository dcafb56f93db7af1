import {
  DATASET_PREDICATE_TYPE,
  isOmsPredicateType,
  omsDigestSet,
  PROVENANCE_PREDICATE_TYPE,
  parseDatasetPredicate,
  parseOms,
  parseProvenance,
  type Statement,
} from '../attestation/index.ts';
import { compareDigestSets, type DigestSet, sha256 } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import type { FoundBundle } from './evidence-beside.ts';

/** Whether a statement about one set is a statement about what the other names. The same question as verify asks of links. */
export function sameArtifact(a: DigestSet, b: DigestSet): boolean {
  const { kind } = compareDigestSets(a, b, true);
  return kind === 'match' || kind === 'names-not-bound';
}

/** The parents that a provenance or a dataset statement names; none for any other statement. */
export function linksOf(statement: Statement | undefined): readonly DigestSet[] {
  if (statement?.predicateType === DATASET_PREDICATE_TYPE)
    return orNothing(() => parseDatasetPredicate(statement).derivedFrom.map(({ digest }) => digest));
  if (statement?.predicateType !== PROVENANCE_PREDICATE_TYPE) return [];
  return orNothing(() => parseProvenance(statement).links.map(({ digest }) => digest));
}

/**
 * What of a parent's evidence is about the parent itself, or about an ancestor that a statement in it names, recursively. The
 * rest (statements about a former state of the parent, or about something else) is no ancestor's and is left behind.
 */
export function ancestry(parent: DigestSet, evidence: readonly FoundBundle[]): readonly FoundBundle[] {
  const index = new Map<string, { readonly found: FoundBundle; readonly set: DigestSet }[]>();
  for (const found of evidence) {
    for (const set of subjectSets(found.statement)) {
      for (const key of keysOf(set)) index.set(key, [...(index.get(key) ?? []), { found, set }]);
    }
  }
  const kept = new Set<FoundBundle>();
  const asked = new Set<string>();
  for (let sets: readonly DigestSet[] = [parent]; sets.length > 0; ) {
    const next: DigestSet[] = [];
    for (const link of sets) {
      const name = keysOf(link).join();
      if (asked.has(name)) continue;
      asked.add(name);
      for (const { found, set } of keysOf(link).flatMap((key) => index.get(key) ?? [])) {
        if (kept.has(found) || !sameArtifact(link, set)) continue;
        kept.add(found);
        next.push(...linksOf(found.statement));
      }
    }
    sets = next;
  }
  return evidence.filter((found) => kept.has(found));
}

const keysOf = (set: DigestSet): string[] => Object.entries(set).map(([key, value]) => `${key}:${value}`);

/** By which sets a link may name what a statement is about: an OMS statement is known by its recomputed root (design §3). */
export function subjectSets(statement: Statement | undefined): readonly DigestSet[] {
  if (statement === undefined) return [];
  if (!isOmsPredicateType(statement.predicateType)) return statement.subject.map(({ digest }) => digest);
  return orNothing(() => {
    const oms = parseOms(statement, sha256);
    // One resource named like its subject may stand for a file or for a folder that holds just that file.
    const readings = oms.singleFile ? [oms, { ...oms, singleFile: false }] : [oms];
    return readings.map((reading) => omsDigestSet(sha256, reading)).filter((set) => set !== undefined);
  });
}

function orNothing<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (isStemmaError(error)) return [];
    throw error;
  }
}
