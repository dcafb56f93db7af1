import { LINEAGE_VERIFIED, parseVsa, VSA_PREDICATE_TYPE } from '../attestation/index.ts';
import { isStemmaError } from '../errors/index.ts';
import type { Ancestor, AncestorVerdict, Evidence, Signer } from '../lineage/index.ts';
import { ageProblem } from './age.ts';
import { type BoundPolicy, idsOf } from './bind.ts';
import { distinct } from './distinct.ts';
import { type RevokedIds, revokedIds, standing } from './revoked.ts';
import type { LineageRulesDocument } from './schema-lineage.ts';

type SummaryRule = NonNullable<LineageRulesDocument['stopAt']>[number]['vsa'];

interface Problem {
  readonly outcome: 'missing' | 'unknown';
  readonly message: string;
}

/**
 * What the verification summaries about one ancestor come to by `lineage.stopAt`: `pass` where one of its rules is met, with that the
 * ancestor and its own stand; why not, where a verifier whom a rule trusts did sign one; undefined where none did.
 */
export function judgeSummaries(
  { evidence }: Pick<Ancestor, 'evidence'>,
  policy: BoundPolicy,
  at: Date,
): AncestorVerdict | undefined {
  const revoked = revokedIds(policy.document);
  const problems: Problem[] = [];
  for (const { vsa } of policy.document.lineage?.stopAt ?? []) {
    const found = findings(evidence, vsa, { trusted: idsOf(vsa.signers.anyOf, policy), revoked, at });
    if (found.signers.length >= vsa.signers.threshold) {
      const message = `verified by ${vsa.verifier}, whose summary the policy accepts`;
      return { outcome: 'pass', message, signers: found.signers, vouched: true };
    }
    problems.push(...found.problems);
    if (found.signers.length > 0) {
      const message = `has ${found.signers.length} of ${vsa.signers.threshold} distinct signers`;
      problems.push({ outcome: 'missing', message: said(vsa, message) });
    }
  }
  const [worst] = problems.toSorted((a, b) => Number(b.outcome === 'unknown') - Number(a.outcome === 'unknown'));
  return worst === undefined ? undefined : { ...worst, signers: [] };
}

const said = ({ verifier }: SummaryRule, what: string): string => `the summary by ${verifier} ${what}`;

interface Judging {
  readonly trusted: ReadonlySet<string>;
  readonly revoked: RevokedIds;
  readonly at: Date;
}

function findings(
  evidence: readonly Evidence[],
  rule: SummaryRule,
  { trusted, revoked, at }: Judging,
): { readonly signers: readonly Signer[]; readonly problems: readonly Problem[] } {
  const signers: Signer[] = [];
  const problems: Problem[] = [];
  for (const entry of evidence) {
    if (entry.statement.predicateType !== VSA_PREDICATE_TYPE) continue;
    const ours = standing(entry, revoked).filter(({ id }) => trusted.has(id));
    if (ours.length === 0) continue;
    const problem = problemOf(entry, rule, at);
    if (problem === undefined) signers.push(...ours);
    else if (problem !== 'another') problems.push({ ...problem, message: said(rule, problem.message) });
  }
  return { signers: distinct(signers), problems };
}

/** `another`: by another verifier, whom this rule does not mean. */
function problemOf({ statement, signedAt }: Evidence, rule: SummaryRule, at: Date): Problem | 'another' | undefined {
  const missing = (message: string): Problem => ({ outcome: 'missing', message });
  try {
    const { verifier, result, verifiedLevels } = parseVsa(statement);
    if (verifier.id !== rule.verifier) return 'another';
    if (result !== 'PASSED') return missing(`says ${result}`);
    if (rule.levels === undefined && !verifiedLevels.includes(LINEAGE_VERIFIED))
      return missing(`does not say that the lineage was verified: expected the level ${LINEAGE_VERIFIED}`);
    const lacking = rule.levels?.find((level) => !verifiedLevels.includes(level));
    if (lacking !== undefined) return missing(`does not have the level ${lacking}`);
  } catch (error) {
    if (isStemmaError(error)) return missing(`is malformed: ${error.message}`);
    throw error;
  }
  const age = ageProblem(rule, statement, signedAt, at);
  return age === undefined ? undefined : { ...age, message: `does not stand: ${age.message}` };
}
