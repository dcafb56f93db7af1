import { DATASET_PREDICATE_TYPE, type DatasetPredicate, parseDatasetPredicate } from '../attestation/index.ts';
import { compareDigestSets } from '../digest/index.ts';
import { isStemmaError } from '../errors/index.ts';
import type { AuthenticatedStatement } from './checks/authenticate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';

/** A `dataset/v1` statement, and what it says. */
export interface DatasetStatement {
  readonly statement: ClassifiedStatement;
  readonly dataset: DatasetPredicate;
}

export interface DatasetStatements {
  readonly entries: readonly DatasetStatement[];
  /** Those whose predicate does not parse, whoever signed them. */
  readonly malformed: readonly AuthenticatedStatement[];
}

/** Parses the dataset statements among all. */
export function datasetStatements(statements: readonly ClassifiedStatement[]): DatasetStatements {
  const entries: DatasetStatement[] = [];
  const malformed: AuthenticatedStatement[] = [];
  for (const entry of statements) {
    if (entry.statement.predicateType !== DATASET_PREDICATE_TYPE) continue;
    try {
      entries.push({ statement: entry, dataset: parseDatasetPredicate(entry.statement) });
    } catch (error) {
      if (!isStemmaError(error)) throw error;
      // A payload that its supposed signer did not sign is that finding first, whatever else is wrong with it.
      const broken = { ...entry, trust: 'malformed', signers: [], message: error.message, error } as const;
      malformed.push(entry.trust === 'named' ? entry : broken);
    }
  }
  return { entries, malformed };
}

/**
 * Trusted statements about a dataset that another trusted one is derived from: copies of a parent's evidence, which never stand
 * for the dataset itself, else the parent could take its child's place (design §5).
 */
export function datasetParents(entries: readonly DatasetStatement[]): ReadonlySet<ClassifiedStatement> {
  const trusted = entries.filter(({ statement }) => statement.trust === 'trusted');
  const isParent = (parent: DatasetStatement, child: DatasetStatement): boolean =>
    parent.statement.ref.pae !== child.statement.ref.pae &&
    child.dataset.derivedFrom.some((link) =>
      parent.statement.statement.subject.some(({ digest }) => {
        const { kind } = compareDigestSets(link.digest, digest, true);
        return kind === 'match' || kind === 'names-not-bound';
      }),
    );
  const withParents = trusted.filter(({ dataset }) => dataset.derivedFrom.length > 0);
  return new Set(
    trusted.filter((parent) => withParents.some((child) => isParent(parent, child))).map(({ statement }) => statement),
  );
}
