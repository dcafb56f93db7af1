import { sha256 } from '../digest/index.ts';
import type { Evidence as LineageEvidence } from '../lineage/index.ts';
import { subjectSets } from './checks/ancestors.ts';
import { isBrokenMaterial, signedMessages } from './checks/authenticate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { judgeSignature } from './checks/judge-signature.ts';
import { budgeted, isBudgetSpent } from './checks/signature-budget.ts';
import { CHECKS } from './gather-evidence.ts';
import { entryId, type TrustEntry } from './trust.ts';

/**
 * Statements as lineage and policy see them, each signature judged anew: against a trust root of its own, so that nobody who is
 * trusted for an ancestor, or by a policy, can sign for the model. Within a budget of its own, one for the model's side files and
 * one for files that the caller named.
 *
 * @throws StemmaError TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE
 */
export async function judgedAnew(
  statements: readonly ClassifiedStatement[],
  { trust, at }: { readonly trust: readonly TrustEntry[]; readonly at: Date },
): Promise<LineageEvidence[]> {
  const budgets = { model: budgeted(CHECKS), named: budgeted(CHECKS) };
  const judged: LineageEvidence[] = [];
  for (const entry of statements) {
    const checks = entry.origin === 'model' ? budgets.model : budgets.named;
    judged.push(evidenceOf(entry, await judge(entry, { trust, at, checks })));
  }
  return judged;
}

/** Statements of which nobody is asked who signed them. */
export function claimedEvidence(statements: readonly ClassifiedStatement[]): LineageEvidence[] {
  return statements.map((entry) => evidenceOf(entry, { signers: [], signer: entry.signer }));
}

/** Statements as the trust root of the model judged them. */
export function believedEvidence(statements: readonly ClassifiedStatement[]): LineageEvidence[] {
  return statements.map((entry) => evidenceOf(entry, entry));
}

async function judge(
  { bundle, statement, signer }: ClassifiedStatement,
  options: Parameters<typeof judgeSignature>[3],
): Promise<Judged> {
  const nobody = { signers: [], signer } as const;
  if (bundle === undefined) return nobody;
  const { messages, historic } = signedMessages(bundle.envelope, statement);
  try {
    const verdict = await judgeSignature(bundle, messages, historic, options);
    const { trust, signers, signer, certifiedKey, signedAt, message } = verdict;
    return {
      signers,
      signer,
      ...(trust === 'named' || trust === 'expired' ? { refused: { because: trust, message } } : {}),
      ...(certifiedKey === undefined ? {} : { certifiedKey }),
      ...(signedAt === undefined ? {} : { signedAt }),
    };
  } catch (error) {
    if (isBudgetSpent(error)) return { ...nobody, refused: { because: 'unchecked', message: error.message } };
    // `authenticate` has said so already of the same bundle.
    if (isBrokenMaterial(error)) return nobody;
    throw error;
  }
}

interface Judged extends Pick<LineageEvidence, 'signer' | 'certifiedKey' | 'signedAt' | 'refused'> {
  readonly signers: readonly TrustEntry[];
}

function evidenceOf(
  entry: ClassifiedStatement,
  { signers, signer, certifiedKey, signedAt, refused }: Judged,
): LineageEvidence {
  const { source, line, pae = '' } = entry.ref;
  return {
    id: pae,
    source,
    ...(line === undefined ? {} : { line }),
    statement: entry.statement,
    subjects: subjectSets(entry, sha256),
    signers: signers.map((each) => ({ id: entryId(each), label: each.label })),
    signer,
    ...(certifiedKey === undefined ? {} : { certifiedKey }),
    ...(signedAt === undefined ? {} : { signedAt }),
    ...(refused === undefined ? {} : { refused }),
  };
}
