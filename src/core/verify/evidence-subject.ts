import { DATASET_PREDICATE_TYPE } from '../attestation/index.ts';
import { compareDigestSets, type DigestSet, formatDigestSet, sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { subjectSets } from './checks/ancestors.ts';
import { type ClassifiedStatement, modelName } from './checks/classify.ts';
import { isIdentity } from './checks/contradiction.ts';
import type { Evidence } from './gather-evidence.ts';

/** What evidence is about, where nobody has the bytes. */
export interface EvidenceSubject {
  /** As its signer calls it; untrusted. */
  readonly name: string | undefined;
  readonly kind: 'folder' | 'file';
  /** Every set that it is known by; the first names it. */
  readonly sets: readonly DigestSet[];
  /** Trusted statements about it, of every type. */
  readonly own: readonly ClassifiedStatement[];
  /** Those that say what it is. */
  readonly identity: readonly ClassifiedStatement[];
}

/**
 * The model or dataset that the caller names, else the one that trusted statements are about and that none of them names as a parent.
 *
 * @throws StemmaError USAGE where there are several
 */
export function evidenceSubject(
  { believed, ancestors }: Pick<Evidence, 'believed' | 'ancestors'>,
  about: DigestSet | undefined,
): EvidenceSubject {
  const named = about === undefined ? soleSubject(believed, ancestors) : [about];
  const own = believed.filter((entry) => isAbout(entry, named));
  const identity = own.filter(saysWhat);
  const sets = [...named, ...identity.flatMap((entry) => subjectSets(entry, sha256))];
  const [first] = identity;
  return {
    name: first === undefined ? undefined : modelName(first),
    kind: identity.some(isOfFile) ? 'file' : 'folder',
    sets,
    own: about === undefined ? own : believed.filter((entry) => isAbout(entry, sets)),
    identity,
  };
}

const saysWhat = (entry: ClassifiedStatement): boolean =>
  isIdentity(entry) || entry.statement.predicateType === DATASET_PREDICATE_TYPE;

const isOfFile = ({ content, statement }: ClassifiedStatement): boolean =>
  (content.kind === 'oms' && content.oms.singleFile) ||
  (content.kind === 'model' && content.model.kind === 'file') ||
  (statement.predicateType === DATASET_PREDICATE_TYPE && statement.predicate?.['kind'] === 'file');

/** A folder's OMS signature and its model statement share a `sha256` alone: enough here, since no verdict of bytes rests on it. */
const isAbout = (entry: ClassifiedStatement, sets: readonly DigestSet[]): boolean =>
  subjectSets(entry, sha256).some((set) =>
    sets.some((known) => {
      const { kind } = compareDigestSets(set, known, true);
      return kind === 'match' || kind === 'names-not-bound';
    }),
  );

function soleSubject(
  believed: readonly ClassifiedStatement[],
  ancestors: ReadonlySet<ClassifiedStatement>,
): readonly DigestSet[] {
  const tips = believed.filter((entry) => !ancestors.has(entry) && saysWhat(entry));
  const sets: DigestSet[] = [];
  const others: ClassifiedStatement[] = [];
  for (const entry of byKeys(tips)) {
    if (sets.length > 0 && !isAbout(entry, sets)) others.push(entry);
    else sets.push(...subjectSets(entry, sha256));
  }
  if (others.length === 0) return sets;
  const names = new Set([sets[0] ?? {}, ...others.flatMap((entry) => subjectSets(entry, sha256))].map(formatDigestSet));
  throw new StemmaError(
    'USAGE',
    `the evidence is about several models or datasets that are no ancestors of each other`,
    {
      hint: `name one by its digest set: ${[...names].slice(0, MAX_NAMED).join(' or ')}`,
    },
  );
}

const MAX_NAMED = 4;

/** Those that say most first: an OMS signature knows no file tree, so that it joins a model statement and never the reverse. */
const byKeys = (entries: readonly ClassifiedStatement[]): readonly ClassifiedStatement[] =>
  entries.toSorted((a, b) => keysOf(b) - keysOf(a));

const keysOf = (entry: ClassifiedStatement): number =>
  Math.max(0, ...subjectSets(entry, sha256).map((set) => Object.keys(set).length));
