import {
  isOmsPredicateType,
  MODEL_PREDICATE_TYPE,
  type ModelPredicate,
  type OmsStatement,
  omsDigestSet,
  PROVENANCE_PREDICATE_TYPE,
  type Provenance,
  parseModelPredicate,
  parseOms,
  parseProvenance,
  type Statement,
} from '../../attestation/index.ts';
import { compareDigestSets, type DigestSet } from '../../digest/pure.ts';
import { isStemmaError, type StemmaError } from '../../errors/index.ts';
import type { AuthenticatedStatement } from './authenticate.ts';
import type { SignatureChecks } from './judge-signature.ts';

/** What a statement says, by its predicate type. An identity statement is `oms` or `model` (design §5). */
export type Content =
  | { readonly kind: 'oms'; readonly oms: OmsStatement }
  | { readonly kind: 'model'; readonly model: ModelPredicate }
  | { readonly kind: 'provenance'; readonly provenance: Provenance }
  | { readonly kind: 'other' };

export interface ClassifiedStatement extends AuthenticatedStatement {
  readonly statement: Statement;
  readonly content: Content;
}

export interface Classified {
  readonly statements: readonly ClassifiedStatement[];
  /** Those without a usable statement: malformed, or of an unknown payload type. */
  readonly others: readonly AuthenticatedStatement[];
}

/** Parses each predicate; one that does not parse makes its statement `malformed`, whoever signed it. */
export function classify(
  authenticated: readonly AuthenticatedStatement[],
  sha256: SignatureChecks['sha256'],
): Classified {
  const statements: ClassifiedStatement[] = [];
  const others: AuthenticatedStatement[] = [];
  for (const entry of authenticated) {
    const { statement } = entry;
    if (statement === undefined || entry.trust === 'malformed') {
      others.push(entry);
      continue;
    }
    const content = readContent(statement, sha256);
    if ('error' in content) {
      // A payload that its supposed signer did not sign is that finding first, whatever else is wrong with it.
      const { error } = content;
      others.push(
        entry.trust === 'named' ? entry : { ...entry, trust: 'malformed', signers: [], message: error.message, error },
      );
    } else statements.push({ ...entry, statement, content });
  }
  return { statements, others };
}

function readContent(
  statement: Statement,
  sha256: SignatureChecks['sha256'],
): Content | { readonly error: StemmaError } {
  try {
    const type = statement.predicateType;
    if (isOmsPredicateType(type)) return { kind: 'oms', oms: parseOms(statement, sha256) };
    if (type === MODEL_PREDICATE_TYPE) return { kind: 'model', model: parseModelPredicate(statement) };
    if (type === PROVENANCE_PREDICATE_TYPE) return { kind: 'provenance', provenance: parseProvenance(statement) };
    return { kind: 'other' };
  } catch (error) {
    if (isStemmaError(error)) return { error };
    throw error;
  }
}

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

const names = (link: DigestSet, sets: readonly DigestSet[]): boolean =>
  sets.some((set) => {
    const { kind } = compareDigestSets(link, set, true);
    return kind === 'match' || kind === 'names-not-bound';
  });

/**
 * The statements among the model's own side files that are about an ancestor: named by a link of an authenticated provenance
 * there, or by a provenance of such an ancestor, signed by whomever. They never stand for the model itself, else a base model
 * could take its child's place (design §5). Following unauthenticated links is safe: it can only take evidence away, as anyone
 * who holds the file can.
 */
export function ancestorStatements(
  statements: readonly ClassifiedStatement[],
  sha256: SignatureChecks['sha256'],
): ReadonlySet<ClassifiedStatement> {
  const own = statements.filter(({ origin }) => origin === 'model');
  const ancestors = new Set<ClassifiedStatement>();
  const followed = new Set<ClassifiedStatement>();
  const isStart = (entry: ClassifiedStatement): boolean =>
    entry.trust === 'trusted' || entry.trust === 'unauthenticated';
  for (let queue = own.filter(isStart); queue.length > 0; ) {
    const links = queue.flatMap((entry) => {
      followed.add(entry);
      return entry.content.kind === 'provenance' ? entry.content.provenance.links.map(({ digest }) => digest) : [];
    });
    const found = own.filter(
      (entry) => !ancestors.has(entry) && links.some((link) => names(link, subjectSets(entry, sha256))),
    );
    for (const entry of found) ancestors.add(entry);
    queue = found.filter((entry) => !followed.has(entry));
  }
  return ancestors;
}
