import {
  APPROVAL_PREDICATE_TYPE,
  EVALUATION_PREDICATE_TYPE,
  PROVENANCE_PREDICATE_TYPE,
  TEST_RESULT_PREDICATE_TYPE,
} from '../attestation/index.ts';
import { encodeUtf8 } from '../bytes/index.ts';
import { parsePolicy, quoted, writePolicyText } from '../policy/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { isIdentity } from './checks/contradiction.ts';
import type { VerifyOptions } from './options.ts';
import { draftLineage } from './policy-draft-lineage.ts';
import { SignerNames } from './policy-draft-names.ts';
import type { Report } from './report.ts';
import { decide } from './verify-model.ts';

const DAY = 86_400_000;
const IN_FORCE = 90 * DAY;

export interface DraftedPolicy {
  readonly report: Report;
  /** The policy, as YAML; absent where the model does not verify. */
  readonly text?: string;
  readonly expires?: string;
}

/**
 * Verifies a model, and writes down what was found as a policy that it meets: who of those whom the caller trusts signed what, and
 * with trust for ancestors, who signed those. Keys and anchors stand in it as PEM, so that it can be signed as it is; of a
 * certificate, whom it names and who issued it.
 *
 * @param trustedRoot path, relative to the policy, of the Sigstore trusted root that keyless signers were judged by; absent: the embedded one
 * @throws StemmaError as `verifyModel`; USAGE where a certificate names nobody; POLICY_INVALID for evidence of a type that
 *   cannot be named
 */
export async function draftPolicy(options: VerifyOptions, trustedRoot?: string): Promise<DraftedPolicy> {
  const { report, candidates, lineageEvidence } = await decide(options);
  if (report.result !== 'pass') return { report };
  const expires = new Date(Math.floor((options.at.getTime() + IN_FORCE) / 1000) * 1000)
    .toISOString()
    .replace('.000Z', 'Z');
  const names = new SignerNames(trustedRoot);
  const own = candidates.filter(
    ({ statement, match, isAncestor }) => statement.trust === 'trusted' && match.outcome === 'match' && !isAncestor,
  );
  const { requirements, comments } = requirementsOf(own, names);
  const lineage =
    options.ancestors === undefined ? undefined : draftLineage(report, lineageEvidence, options.ancestors.trust, names);
  const text = writePolicyText({
    head: headOf(report, lineage !== undefined),
    document: {
      version: 1,
      name: report.subject.name,
      expires,
      trust: names.trust(),
      requirements,
      ...(lineage === undefined ? {} : { lineage }),
    },
    comments,
  });
  // A type that no policy can name is found out here, and not by whoever uses the file.
  parsePolicy(encodeUtf8(text), 'yaml');
  return { report, text, expires };
}

function headOf({ evidence, subject }: Report, hasLineage: boolean): string[] {
  const others = evidence.filter(({ statements, trusted }) => statements > trusted);
  return [
    `What ${quoted(subject.name)} met when this was written, by the signers who were given. Read it before you rely on it: it asks`,
    'for the evidence that there was, and nobody has said that this is enough.',
    ...(hasLineage
      ? []
      : ['Nothing is asked of ancestors: stemma policy init --ancestor-key PUB writes rules for them.']),
    ...others.map(
      ({ predicateType, statements, trusted }) =>
        `Not asked for, signed by others or about others: ${statements - trusted} of ${quoted(predicateType)}.`,
    ),
  ];
}

type Requirement = Readonly<Record<string, unknown>> & { readonly id: string };

function requirementsOf(
  own: readonly Candidate[],
  names: SignerNames,
): { readonly requirements: readonly Requirement[]; readonly comments: ReadonlyMap<string, readonly string[]> } {
  const identity = own.filter(({ statement }) => isIdentity(statement));
  const others = Map.groupBy(
    own.filter((entry) => !isIdentity(entry.statement) && !speaksAgainst(entry)),
    typeOf,
  );
  const comments = new Map<string, readonly string[]>();
  const requirements: Requirement[] = [
    {
      id: 'weights',
      predicateType: [...new Set(identity.map(typeOf))].toSorted(),
      signers: { anyOf: names.ofStatements(identity.map(({ statement }) => statement)) },
    },
  ];
  let unnamed = 0;
  for (const [type, found] of [...others].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const id = IDS[type] ?? `statement-${++unnamed}`;
    const match = matchOf(found);
    const signers = { anyOf: names.ofStatements(found.map(({ statement }) => statement)) };
    requirements.push({ id, predicateType: type, signers, ...(match === undefined ? {} : { match: [match] }) });
    const hint = commentOf(found);
    if (hint.length > 0) comments.set(id, hint);
  }
  return { requirements, comments };
}

const typeOf = ({ statement }: Candidate): string => statement.statement.predicateType;

const IDS: Readonly<Record<string, string>> = {
  [PROVENANCE_PREDICATE_TYPE]: 'trained',
  [EVALUATION_PREDICATE_TYPE]: 'evaluated',
  [TEST_RESULT_PREDICATE_TYPE]: 'tested',
  [APPROVAL_PREDICATE_TYPE]: 'approved',
};

/** A test that did not pass is nothing to ask for. */
const speaksAgainst = ({ statement: { content } }: Candidate): boolean =>
  content.kind === 'test-result' && content.testResult.result !== 'PASSED';

/** What makes a statement of its type one that speaks for the model, where something in it does. */
function matchOf([first]: readonly Candidate[]): object | undefined {
  const content = first?.statement.content;
  if (content?.kind === 'test-result') return { path: 'result', equals: content.testResult.result };
  if (content?.kind === 'approval') return { path: 'role', equals: content.approval.role };
  return undefined;
}

/** What its author may want to ask for: a number that was found is no threshold that anybody chose. */
function commentOf([first]: readonly Candidate[]): string[] {
  const content = first?.statement.content;
  if (content?.kind === 'provenance')
    return [`builder found: ${quoted(content.provenance.builder.id)}; builderIds asks for one`];
  if (content?.kind !== 'evaluation') return [];
  const found = content.evaluation.metrics.slice(0, 8).map(({ name, value }) => `${quoted(name)} ${String(value)}`);
  return [
    `found: ${found.join(', ')}; to ask for a least value: match, with a path such as metrics[name="accuracy"].value`,
  ];
}
