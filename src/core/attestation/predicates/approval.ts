import type { DigestSet } from '../../digest/pure.ts';
import { JsonFields, malformed } from '../json-fields.ts';
import { buildStatement, type Statement } from '../statement.ts';
import { approvalPredicateSchema } from './approval-schema.ts';
import { evaluatedSubject } from './evaluation-build.ts';
import { INTERPRETED } from './interpreted.ts';
import { readFileSet } from './link.ts';
import { APPROVAL_PREDICATE_TYPE } from './types.ts';
import { schemaError } from './zod-errors.ts';

/** That somebody, in a role, wants these very bytes to be used. */
export interface Approval {
  /** As the signer calls it: that he has it is for a policy to say, by his key. */
  readonly role: string;
  readonly comment: string | undefined;
  /** RFC 3339 in UTC, as the signer says. */
  readonly approvedOn: string | undefined;
  /** From the annotations of the subject (design §3). */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
}

export interface ApprovalInput extends Approval {
  /** `subject[0].name`. */
  readonly name: string;
  /** The model's own DigestSet. */
  readonly digest: DigestSet;
}

/**
 * Reads an `approval/v1` statement (docs/formats/approval.md). Unknown members and a second subject are malformed.
 *
 * @throws StemmaError PREDICATE_INVALID with the JSON pointer
 */
export function parseApproval(statement: Statement): Approval {
  if (statement.predicateType !== APPROVAL_PREDICATE_TYPE)
    throw malformed('PREDICATE_INVALID', '/predicateType', `expected ${APPROVAL_PREDICATE_TYPE}, found another`);
  const [subject] = statement.subject;
  if (subject === undefined || statement.subject.length !== 1)
    throw malformed('PREDICATE_INVALID', '/subject', `expected one subject, found ${statement.subject.length}`);
  const parsed = approvalPredicateSchema().safeParse(statement.predicate, INTERPRETED);
  if (!parsed.success) throw schemaError(parsed.error, 'PREDICATE_INVALID', '/predicate');
  const { role, comment, approvedOn } = parsed.data;
  const annotations =
    subject.annotations === undefined
      ? undefined
      : JsonFields.of(subject.annotations, '/subject/0/annotations', 'PREDICATE_INVALID');
  return { role, comment, approvedOn, ...readFileSet(annotations) };
}

/**
 * The payload of an `approval/v1` statement: compact JSON in the order of docs/formats/approval.md, equal bytes for equal inputs,
 * checked by the rules of `parseApproval`.
 *
 * @throws StemmaError PREDICATE_INVALID, DIGEST_SET_INVALID
 */
export function buildApprovalStatement(input: ApprovalInput): Uint8Array {
  const { role, comment, approvedOn } = input;
  const json = {
    role,
    ...(comment === undefined ? {} : { comment }),
    ...(approvedOn === undefined ? {} : { approvedOn }),
  };
  const checked = approvalPredicateSchema().safeParse(json, INTERPRETED);
  if (!checked.success) throw schemaError(checked.error, 'PREDICATE_INVALID', '/predicate');
  return buildStatement(evaluatedSubject(input), APPROVAL_PREDICATE_TYPE, json);
}
