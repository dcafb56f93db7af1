import {
  APPROVAL_PREDICATE_TYPE,
  type Approval,
  EVALUATION_PREDICATE_TYPE,
  type Evaluation,
  isOmsPredicateType,
  MODEL_PREDICATE_TYPE,
  type ModelPredicate,
  type OmsStatement,
  PROVENANCE_PREDICATE_TYPE,
  type Provenance,
  parseApproval,
  parseEvaluation,
  parseModelPredicate,
  parseOms,
  parseProvenance,
  parseTestResult,
  parseVsa,
  type Statement,
  TEST_RESULT_PREDICATE_TYPE,
  type TestResult,
  type VerificationSummary,
  VSA_PREDICATE_TYPE,
} from '../../attestation/index.ts';
import { isStemmaError, type StemmaError } from '../../errors/index.ts';
import type { AuthenticatedStatement } from './authenticate.ts';
import type { SignatureChecks } from './judge-signature.ts';

/** What a statement says, by its predicate type. An identity statement is `oms` or `model` (design §5). */
export type Content =
  | { readonly kind: 'oms'; readonly oms: OmsStatement }
  | { readonly kind: 'model'; readonly model: ModelPredicate }
  | { readonly kind: 'provenance'; readonly provenance: Provenance }
  | { readonly kind: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly kind: 'test-result'; readonly testResult: TestResult }
  | { readonly kind: 'approval'; readonly approval: Approval }
  | { readonly kind: 'summary'; readonly summary: VerificationSummary }
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
    if (type === EVALUATION_PREDICATE_TYPE) return { kind: 'evaluation', evaluation: parseEvaluation(statement) };
    if (type === TEST_RESULT_PREDICATE_TYPE) return { kind: 'test-result', testResult: parseTestResult(statement) };
    if (type === APPROVAL_PREDICATE_TYPE) return { kind: 'approval', approval: parseApproval(statement) };
    if (type === VSA_PREDICATE_TYPE) return { kind: 'summary', summary: parseVsa(statement) };
    return { kind: 'other' };
  } catch (error) {
    if (isStemmaError(error)) return { error };
    throw error;
  }
}

/** What the signer calls the model; OMS v0.2 gave models no name. */
export const modelName = ({ content, statement }: ClassifiedStatement): string | undefined =>
  content.kind === 'oms' ? content.oms.subjectName : statement.subject[0]?.name;
