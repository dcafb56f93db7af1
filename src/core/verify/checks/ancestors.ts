import { omsDigestSet } from '../../attestation/index.ts';
import { compareDigestSets, type DigestSet, formatDigestSet } from '../../digest/pure.ts';
import type { ClassifiedStatement } from './classify.ts';
import type { SignatureChecks } from './judge-signature.ts';

/** The sets by which a link may name what a statement is about: an OMS statement is known by its recomputed root. */
export function subjectSets(
  { statement, content }: ClassifiedStatement,
  sha256: SignatureChecks['sha256'],
): readonly DigestSet[] {
  if (content.kind !== 'oms') return statement.subject.map(({ digest }) => digest);
  const { oms } = content;
  // One resource named like its subject may stand for a file or for a folder that holds just that file.
  const readings = oms.singleFile ? [oms, { ...oms, singleFile: false }] : [oms];
  return readings.map((reading) => omsDigestSet(sha256, reading)).filter((set) => set !== undefined);
}

/**
 * The statements about an ancestor: named by a link of an authenticated provenance beside them, or by a provenance of such an
 * ancestor, signed by whomever. They never stand for the model itself, else a base model could take its child's place (design
 * §5). "Beside" is the model's own side files, and each file of `--attestations` and each evidence pack, since `attest --output-dir` writes such a file
 * for a model that it cannot write to. Following unauthenticated links can only take evidence away; where they lead back to
 * the model that they were followed from they are not, or anyone could turn a child into a parent of its base.
 */
export function ancestorStatements(
  statements: readonly ClassifiedStatement[],
  sha256: SignatureChecks['sha256'],
): ReadonlySet<ClassifiedStatement> {
  const files = Map.groupBy(
    statements.filter(({ origin }) => origin !== 'signature'),
    ({ origin, ref, pack }) =>
      origin === 'model' ? origin : pack === undefined ? `${origin} ${ref.source}` : `pack ${pack}`,
  );
  return new Set([...files.values()].flatMap((group) => [...ancestorsAmong(group, sha256)]));
}

function ancestorsAmong(
  group: readonly ClassifiedStatement[],
  sha256: SignatureChecks['sha256'],
): ReadonlySet<ClassifiedStatement> {
  const byDigest = indexByDigest(group, sha256);
  const believed = group.filter(isBelieved);
  const asked = new Set<string>();
  const seen = new Set<unknown>();
  const ancestors = new Set(believed.flatMap((entry) => linked(entry, byDigest, asked, seen)));
  // Only what nobody we trust signed is left to be followed, from each model that no authenticated provenance calls a parent.
  if ([...ancestors].some((entry) => !isBelieved(entry))) {
    const tips = distinct(believed.filter((entry) => entry.content.kind === 'provenance' && !ancestors.has(entry)));
    for (const tip of tips) for (const found of reachable(tip, byDigest, sha256)) ancestors.add(found);
  }
  // Shards and other hashes give no set that a link could name; where there are parents, a line of that kind may be one's.
  const isNameless = (entry: ClassifiedStatement): boolean =>
    entry.content.kind === 'oms' && !entry.isSignatureFile && subjectSets(entry, sha256).length === 0;
  if (asked.size > 0) for (const entry of group.filter(isNameless)) ancestors.add(entry);
  return ancestors;
}

const isBelieved = ({ trust }: ClassifiedStatement): boolean => trust === 'trusted' || trust === 'unauthenticated';

/** All that a provenance leads to, less what is about its own subject: a link back to that closes a cycle. */
function reachable(
  start: ClassifiedStatement,
  byDigest: ReadonlyMap<string, readonly Named[]>,
  sha256: SignatureChecks['sha256'],
): ReadonlySet<ClassifiedStatement> {
  const own = new Set(subjectSets(start, sha256).flatMap((set) => namedBy(set, byDigest)));
  const found = new Set<ClassifiedStatement>();
  const asked = new Set<string>();
  const seen = new Set<unknown>();
  const queue = [start];
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    for (const next of linked(entry, byDigest, asked, seen)) {
      if (found.has(next) || own.has(next)) continue;
      found.add(next);
      queue.push(next);
    }
  }
  return found;
}

/** One file has few digest sets; many more that share a digest contradict each other. */
const MAX_SETS_PER_DIGEST = 100;

/** A digest set and every statement about it. */
interface Named {
  readonly set: DigestSet;
  readonly statements: ClassifiedStatement[];
}

/** Copies of one provenance, which differ in what nobody signed, lead to the same. */
function distinct(entries: readonly ClassifiedStatement[]): ClassifiedStatement[] {
  return [...new Map(entries.map((entry) => [entry.ref.pae ?? entry, entry])).values()];
}

/**
 * Hostile input: a file of many thousand lines, each linking to the next, must not be searched line by line for each link.
 * What nobody can look up is not indexed: a statement may have a hundred thousand subjects.
 */
function indexByDigest(
  group: readonly ClassifiedStatement[],
  sha256: SignatureChecks['sha256'],
): ReadonlyMap<string, readonly Named[]> {
  const index = new Map<string, Named[]>();
  const bySet = new Map<string, Named>();
  const wanted = digestsLookedUp(group);
  for (const statement of group) {
    for (const set of subjectSets(statement, sha256)) {
      const names = Object.entries(set)
        .map(nameOf)
        .filter((name) => wanted.has(name));
      if (names.length === 0) continue;
      const key = formatDigestSet(set);
      const known = bySet.get(key);
      if (known !== undefined) {
        if (known.statements.at(-1) !== statement) known.statements.push(statement);
        continue;
      }
      const named = { set, statements: [statement] };
      bySet.set(key, named);
      for (const name of names) {
        const list = index.get(name);
        if (list === undefined) index.set(name, [named]);
        else list.push(named);
      }
    }
  }
  return index;
}

const nameOf = ([algorithm, hex]: readonly [string, string]): string => `${algorithm}:${hex}`;

/** Only links, and the subject of the provenance that they are followed from, are ever looked up. */
function digestsLookedUp(group: readonly ClassifiedStatement[]): ReadonlySet<string> {
  const sets = distinct(group).flatMap(({ content, statement }) =>
    content.kind === 'provenance'
      ? [...content.provenance.links, ...statement.subject].map(({ digest }) => digest)
      : [],
  );
  return new Set(sets.flatMap((set) => Object.entries(set).map(nameOf)));
}

/** Each link is looked up once, however many statements repeat it. */
function linked(
  { content }: ClassifiedStatement,
  byDigest: ReadonlyMap<string, readonly Named[]>,
  asked: Set<string>,
  seen: Set<unknown>,
): ClassifiedStatement[] {
  if (content.kind !== 'provenance') return [];
  return content.provenance.links.flatMap(({ digest: link }) => {
    const key = formatDigestSet(link);
    if (asked.has(key)) return [];
    asked.add(key);
    return namedBy(link, byDigest, seen);
  });
}

/**
 * Hostile input: only a crowd made for it shares one digest and differs in others. With `seen`, it is taken whole and once,
 * without comparing, and no set is found twice: that takes evidence away and never adds any.
 */
function namedBy(
  link: DigestSet,
  byDigest: ReadonlyMap<string, readonly Named[]>,
  seen?: Set<unknown>,
): ClassifiedStatement[] {
  const found: ClassifiedStatement[] = [];
  for (const name of Object.entries(link).map(nameOf)) {
    const candidates = byDigest.get(name) ?? [];
    if (seen?.has(candidates)) continue;
    const isCrowd = seen !== undefined && candidates.length > MAX_SETS_PER_DIGEST;
    if (isCrowd) seen.add(candidates);
    for (const named of candidates) {
      if (seen?.has(named) || !(isCrowd || names(link, named.set))) continue;
      seen?.add(named);
      for (const statement of named.statements) found.push(statement);
    }
  }
  return found;
}

/**
 * Whether the bytes themselves are those of a parent: an OMS statement has no key of ours, so that only the bytes that it matched
 * tell that a link by file tree means it.
 */
export function isParentOf(statements: readonly ClassifiedStatement[], observed: DigestSet): boolean {
  return statements.some(
    (entry) =>
      entry.origin === 'model' &&
      isBelieved(entry) &&
      entry.content.kind === 'provenance' &&
      entry.content.provenance.links.some(({ digest }) => names(digest, observed)),
  );
}

function names(link: DigestSet, set: DigestSet): boolean {
  const { kind } = compareDigestSets(link, set, true);
  return kind === 'match' || kind === 'names-not-bound';
}
