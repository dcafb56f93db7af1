import type { DigestSet } from '../../digest/pure.ts';
import type { Check, Fact, Outcome, Report, SignerRef } from '../report.ts';
import type { AuthenticatedStatement, Trust } from './authenticate.ts';
import type { Candidate } from './candidate.ts';
import { contradictsBytes } from './contradiction.ts';
import { evaluationFacts } from './evaluation-facts.ts';
import { provenanceFacts } from './provenance-facts.ts';

/** As the caller named a trusted signer; otherwise what the bundle says of itself. */
export function signerLabel({ signers, signer }: AuthenticatedStatement): string {
  return signers.length === 0 ? signer : signers.map(({ label }) => label).join(', ');
}

const TRUST_OUTCOMES: Readonly<Record<Trust, Outcome>> = {
  trusted: 'pass',
  named: 'fail',
  expired: 'missing',
  untrusted: 'skip',
  malformed: 'error',
  unauthenticated: 'skip',
};

/**
 * One check per bundle: whose signature it is; and one for each further signature in an envelope that names a trusted signer who
 * did not make it. A genuine signature under a payload type that we do not know is `unknown`.
 */
export function signatureChecks(entry: AuthenticatedStatement, requireAll: boolean): Check[] {
  const unsupported = entry.trust === 'trusted' && entry.statement === undefined;
  const base = {
    id: 'authenticate.signature',
    step: 'authenticate',
    title: `signature of ${entry.ref.source}${entry.ref.line === undefined ? '' : ` line ${entry.ref.line}`}`,
    evidence: entry.ref,
  } as const;
  return [
    {
      ...base,
      outcome: unsupported ? 'unknown' : TRUST_OUTCOMES[entry.trust],
      ...(entry.trust === 'malformed' ? { errorClass: 'malformed' as const } : {}),
      required: requireAll && entry.trust === 'named',
      message: unsupported ? `${entry.message}, but its payload type is not supported` : entry.message,
    },
    ...(entry.alsoNamed ?? []).map((label) => ({
      ...base,
      outcome: 'fail' as const,
      required: requireAll,
      message: `a further signature names ${label}, but it does not verify`,
    })),
  ];
}

const MATCH_OUTCOMES: Readonly<Record<Candidate['match']['outcome'], Outcome>> = {
  match: 'pass',
  contradicts: 'fail',
  different: 'fail',
  unknown: 'unknown',
  skip: 'skip',
  unavailable: 'error',
  malformed: 'error',
};

/**
 * One check per statement: whether it is about these bytes. The requirements built on it count for the exit code; with `--full`,
 * which recomputes every root, so does a statement whose keys are not all of the same bytes (design §5, "Speeds").
 */
export function matchCheck({ statement, match, isAncestor }: Candidate, mode: Report['mode']): Check {
  const type = statement.statement.predicateType;
  const base = {
    id: 'match.statement',
    step: 'match',
    title: `${type} is about these bytes`,
    required: mode === 'full' && match.mixed === true && !isAncestor,
    evidence: statement.ref,
  } as const;
  if (isAncestor) return { ...base, outcome: 'skip', message: 'evidence of an ancestor' };
  if (match.outcome === 'different' && !contradictsBytes({ statement, match, isAncestor })) {
    return { ...base, outcome: 'skip', message: `another model: ${match.message}` };
  }
  if (match.outcome === 'match' && statement.content.kind === 'other') {
    return { ...base, outcome: 'unknown', message: `${match.message}, but what this type says is not read here` };
  }
  const errorClass =
    match.outcome === 'unavailable' || match.outcome === 'malformed' ? { errorClass: match.outcome } : {};
  return { ...base, outcome: MATCH_OUTCOMES[match.outcome], ...errorClass, message: match.message };
}

/** A `model.sig` by a trusted signer that contradicts the bytes fails, whatever else matches (design §5). */
export function modelSignatureCheck(candidates: readonly Candidate[]): Check[] {
  return candidates
    .filter(({ statement, match }) => {
      const counts = statement.trust === 'trusted' || statement.trust === 'unauthenticated';
      return statement.isSignatureFile && counts && (match.outcome === 'different' || match.outcome === 'contradicts');
    })
    .map(({ statement, match }) => ({
      id: 'match.model-sig',
      step: 'match',
      title: `${statement.ref.source} is about these bytes`,
      outcome: 'fail',
      required: true,
      message: match.message,
      evidence: statement.ref,
    }));
}

export function signerList(candidates: readonly Candidate[]): SignerRef[] {
  const byName = new Map<string, { trustedAs: string; statements: Set<string> }>();
  for (const { statement, match, isAncestor } of candidates) {
    if (statement.trust !== 'trusted' || match.outcome !== 'match' || isAncestor) continue;
    const entry = byName.get(statement.signer) ?? {
      trustedAs: statement.signers.map(({ label }) => label).join(', '),
      statements: new Set(),
    };
    entry.statements.add(statement.statement.predicateType);
    byName.set(statement.signer, entry);
  }
  return [...byName].map(([name, { trustedAs, statements }]) => ({
    name,
    trustedAs,
    statements: [...statements].toSorted(),
  }));
}

export function evidenceList(all: readonly AuthenticatedStatement[]): Report['evidence'] {
  const counts = new Map<string, { statements: number; trusted: number }>();
  for (const { ref, trust } of all) {
    const type = ref.predicateType ?? 'not readable';
    const entry = counts.get(type) ?? { statements: 0, trusted: 0 };
    entry.statements++;
    if (trust === 'trusted') entry.trusted++;
    counts.set(type, entry);
  }
  return [...counts]
    .map(([predicateType, entry]) => ({ predicateType, ...entry }))
    .toSorted((a, b) => (a.predicateType < b.predicateType ? -1 : 1));
}

/** What trusted signers say beyond what was recomputed here: claims, each with who makes it. */
export function claims(matched: readonly Candidate[]): Fact[] {
  const claimed: Fact[] = [];
  for (const { statement, match } of matched) {
    const { content } = statement;
    const signer = signerLabel(statement);
    const say = (name: string, value: string): void => void claimed.push({ name, value, by: signer });
    const unproven = (set: DigestSet): void => {
      for (const [key, value] of Object.entries(set)) if (!Object.hasOwn(match.observed, key)) say(key, value);
    };
    if (content.kind === 'model') {
      say('name', statement.statement.subject[0]?.name ?? '');
      unproven(statement.statement.subject[0]?.digest ?? {});
      for (const set of content.model.tensorSets)
        say(`tensor root of ${set.path === '' ? 'the file' : set.path}`, set.root);
    } else if (content.kind === 'oms') {
      say('name', content.oms.subjectName ?? '');
    } else if (content.kind === 'test-result') {
      say('test result', content.testResult.result);
    } else if (content.kind === 'approval') {
      say('approved', `as ${content.approval.role}`);
    } else if (content.kind === 'summary') {
      const { result, verifier, policy } = content.summary;
      say('verdict of another verification', `${result} by ${verifier.id} under ${policy.uri}`);
    } else if (content.kind === 'evaluation') {
      for (const { name, value } of evaluationFacts(content.evaluation)) say(name, value);
    } else if (content.kind === 'provenance') {
      for (const { name, value } of provenanceFacts(content.provenance)) say(name, value);
    }
  }
  const seen = new Set<string>();
  return claimed.filter((fact) => {
    const key = JSON.stringify(fact);
    return fact.value !== '' && !seen.has(key) && Boolean(seen.add(key));
  });
}
