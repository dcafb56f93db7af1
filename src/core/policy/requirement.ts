import type { Evidence } from '../lineage/index.ts';
import { ageProblem } from './age.ts';
import { type BoundPolicy, idsOf } from './bind.ts';
import { compileMatcher } from './match.ts';
import { isIdentity, typesOf } from './predicate-kinds.ts';
import type { PolicyOutcome, PolicyReason, RequirementResult, UsedEvidence } from './result.ts';
import { revokedIds, standing } from './revoked.ts';
import type { Requirement } from './schema-requirement.ts';
import { sliceProblem } from './slices.ts';

/** Whether a statement is about the artifact in question; `unbound`: a folder named by a digest that does not bind names. */
export type About = 'artifact' | 'unbound' | 'other' | 'unknown';

export interface PolicyEvidence extends Evidence {
  readonly about: About;
  /** Why not, where it is not about the artifact. */
  readonly aboutMessage: string;
  /** Whether it covers every file of the default file set: several signers must each vouch for all of them (design §5). */
  readonly coversAll: boolean;
}

/** A report names this many statements for each requirement. */
const MAX_NAMED = 20;

interface Judged {
  readonly used: UsedEvidence;
  readonly reason: PolicyReason;
  readonly ids: readonly string[];
}

/**
 * One requirement against all evidence. Statements that satisfy it are counted by their distinct signers; others only explain.
 * Whoever holds the file can remove lines, so that no statement speaks against another.
 */
export function judgeRequirement(
  requirement: Requirement,
  evidence: readonly PolicyEvidence[],
  policy: BoundPolicy,
  at: Date,
): RequirementResult {
  const types = new Set(typesOf(requirement));
  const judge = judgeOne(requirement, policy, at);
  const judged = evidence.filter(({ statement }) => types.has(statement.predicateType)).map(judge);
  const met = new Set(judged.filter(({ used }) => used.outcome === 'pass').flatMap(({ ids }) => ids));
  const { threshold } = requirement.signers;
  const base = { id: requirement.id, needed: describeNeed(requirement), evidence: named(judged) };
  if (met.size >= threshold) {
    const names = [...new Set(judged.flatMap(({ used }) => (used.outcome === 'pass' ? used.signers : [])))];
    return { ...base, outcome: 'pass', reason: 'satisfied', message: `satisfied by ${names.join(', ')}` };
  }
  // What somebody who is asked for signed says more than what strangers did.
  const telling = judged.toSorted((a, b) => Number(a.reason === 'untrusted') - Number(b.reason === 'untrusted'));
  const worst = (['fail', 'unknown', 'missing', 'skip'] as const)
    .map((outcome) => telling.find(({ used }) => used.outcome === outcome))
    .find((entry) => entry !== undefined);
  if (met.size > 0 && worst?.used.outcome !== 'fail') {
    const message = `${met.size} distinct signer${met.size === 1 ? '' : 's'} of ${threshold}`;
    return { ...base, outcome: 'missing', reason: 'threshold', message };
  }
  if (worst === undefined) return { ...base, outcome: 'missing', reason: 'no-statement', message: absence(evidence) };
  const outcome = worst.used.outcome === 'skip' ? 'missing' : worst.used.outcome;
  return { ...base, outcome, reason: worst.reason, message: worst.used.message };
}

/** On a miss, the types that were found: the usual reason is another one than was meant. */
function absence(evidence: readonly PolicyEvidence[]): string {
  const found = [...new Set(evidence.map(({ statement }) => statement.predicateType))].toSorted();
  if (found.length === 0) return 'no statement was found at all';
  return `no statement of this type was found; there are ${found.slice(0, 8).join(', ')}${found.length > 8 ? ', …' : ''}`;
}

function judgeOne(requirement: Requirement, policy: BoundPolicy, at: Date): (entry: PolicyEvidence) => Judged {
  const wanted = idsOf(requirement.signers.anyOf, policy);
  const revoked = revokedIds(policy.document);
  const matchers = (requirement.match ?? []).map(compileMatcher);
  const everyFile = requirement.signers.threshold > 1 && isIdentity(requirement);
  return (entry) => {
    const ours = entry.signers.filter(({ id }) => wanted.has(id));
    const left = standing({ ...entry, signers: ours }, revoked);
    const { statement } = entry;
    const say = (outcome: PolicyOutcome, reason: PolicyReason, message: string): Judged => ({
      reason,
      ids: left.map(({ id }) => id),
      used: {
        id: entry.id,
        source: entry.source,
        ...(entry.line === undefined ? {} : { line: entry.line }),
        predicateType: statement.predicateType,
        signers: left.map(({ label }) => label),
        outcome,
        message,
      },
    });
    if (ours.length === 0) {
      const { because, message } = entry.refused ?? {};
      if (because === 'unchecked') return say('unknown', 'unchecked', message ?? '');
      return say('skip', 'untrusted', message ?? `signed by ${entry.signer}, who is not asked for`);
    }
    const bound = entry.about === 'unbound' && requirement.namesNotBound === 'accept';
    if (entry.about !== 'artifact' && !bound) {
      if (entry.about === 'unbound') return say('unknown', 'names-not-bound', entry.aboutMessage);
      if (entry.about === 'unknown') return say('unknown', 'not-compared', entry.aboutMessage);
      return say('skip', 'another-artifact', entry.aboutMessage);
    }
    if (left.length === 0) {
      const names = ours.map(({ label }) => label).join(', ');
      return say('fail', 'revoked', `signed by ${names} alone, which the policy has revoked`);
    }
    const age = ageProblem(requirement, statement, entry.signedAt, at);
    if (age !== undefined) return say(age.outcome, 'age', age.message);
    if (everyFile && !entry.coversAll)
      return say('skip', 'not-covered', 'leaves files out, and several signers must each vouch for all of them');
    const { builderIds } = requirement;
    const builder = builderOf(statement.predicate);
    if (builderIds !== undefined && (builder === undefined || !builderIds.includes(builder)))
      return say('fail', 'builder', `expected the builder ${builderIds.join(' or ')}, found ${builder ?? 'none'}`);
    for (const { problem } of matchers) {
      const found = typeof problem === 'string' ? problem : problem(statement.predicate);
      if (found !== undefined) return say('fail', 'match', found);
    }
    const gap = requirement.slices === undefined ? undefined : sliceProblem(requirement.slices, statement);
    if (gap !== undefined) return say(gap.outcome, 'slices', gap.message);
    return say('pass', 'satisfied', 'satisfies it');
  };
}

function builderOf(predicate: Evidence['statement']['predicate']): string | undefined {
  const details = memberOf(predicate, 'runDetails');
  const id = memberOf(memberOf(details, 'builder'), 'id');
  return typeof id === 'string' ? id : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** Those that decided come first. */
function named(judged: readonly Judged[]): readonly UsedEvidence[] {
  const rank = { pass: 0, fail: 1, unknown: 2, missing: 3, skip: 4 } as const;
  return judged
    .map(({ used }) => used)
    .toSorted((a, b) => rank[a.outcome] - rank[b.outcome])
    .slice(0, MAX_NAMED);
}

export function describeNeed(requirement: Requirement): string {
  const { anyOf, threshold } = requirement.signers;
  const who = threshold === 1 && anyOf.length === 1 ? anyOf[0] : `${threshold} of ${anyOf.join(', ')}`;
  const parts = [`${typesOf(requirement).join(' or ')} about the artifact, signed by ${who}`];
  if (requirement.builderIds !== undefined) parts.push(`from ${requirement.builderIds.join(' or ')}`);
  if (requirement.maxAge !== undefined)
    parts.push(`not older than ${requirement.maxAge}${requirement.time === 'trusted' ? ' by a trusted time' : ''}`);
  for (const matcher of requirement.match ?? []) {
    const { needed } = compileMatcher(matcher) as { readonly needed?: string };
    parts.push(`with ${needed ?? matcher.path}`);
  }
  for (const { column, metric, maxGap } of requirement.slices ?? [])
    parts.push(`with a gap in ${metric} over ${column} of at most ${maxGap}`);
  return parts.join(', ');
}
