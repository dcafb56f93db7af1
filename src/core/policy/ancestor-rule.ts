import { compareDigestSets, type DigestSet } from '../digest/pure.ts';
import { type Evidence, type LineageEdge, readingOf } from '../lineage/index.ts';
import type { BoundPolicy } from './bind.ts';
import type { AncestorRule } from './schema-lineage.ts';

/** A link to an ancestor, with what is known of that ancestor. */
export interface RuledLink extends Pick<LineageEdge, 'relation' | 'digests'> {
  readonly evidence: readonly Evidence[];
}

/**
 * The first rule of `lineage.ancestors` for a link, whatever comes of it. `names-not-bound`: the first that agrees names a folder by
 * its `sha256` alone. Another folder has that as well, so the rule is not for this one; and no later rule, which may ask for less,
 * takes its place.
 */
export function ruleFor(
  { document }: BoundPolicy,
  link: RuledLink,
): { readonly rule: AncestorRule } | { readonly rule?: undefined; readonly because: 'none' | 'names-not-bound' } {
  for (const rule of document.lineage?.ancestors ?? []) {
    const { relations, digests } = rule;
    if (relations !== undefined && !relations.some((each) => each === link.relation)) continue;
    const kinds = digests?.map((set) => howNamed(set, link)) ?? ['match'];
    if (kinds.includes('match')) return { rule };
    if (kinds.includes('names-not-bound')) return { because: 'names-not-bound' };
  }
  return { because: 'none' };
}

/** Whether a digest set of a policy names what a link leads to, by the rule of design §3. */
export function isNamedBy(set: DigestSet, link: RuledLink): boolean {
  return howNamed(set, link) === 'match';
}

/** A `sha256` alone binds names where somebody trusted says that it is a single file's, or signs the names with it, as OMS does. */
function howNamed(set: DigestSet, { digests, evidence }: RuledLink): 'match' | 'names-not-bound' | 'other' {
  const { kind } = compareDigestSets(set, digests, false);
  if (kind !== 'names-not-bound') return kind === 'match' ? 'match' : 'other';
  const { sha256 } = set;
  if (sha256 === undefined || sha256 !== digests['sha256']) return 'other';
  const isBound = evidence.some(
    (entry) =>
      entry.signers.length > 0 &&
      readingOf(entry).sha256Binds &&
      entry.subjects.some((subject) => subject['sha256'] === sha256),
  );
  return isBound ? 'match' : 'names-not-bound';
}
