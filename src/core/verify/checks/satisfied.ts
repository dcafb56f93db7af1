import type { Check, PolicyReport } from '../report.ts';

/**
 * Step 2 judges signatures by the trust root of the model. Who is in a policy alone was judged by that one: where his statement met a
 * requirement, the check of its signature says so, and not that nobody trusts him.
 */
export function withSatisfied(checks: readonly Check[], policy: PolicyReport | undefined): readonly Check[] {
  if (policy === undefined) return checks;
  const met = new Map<string, { readonly signers: Set<string>; readonly requirements: Set<string> }>();
  for (const { id: requirement, evidence } of policy.requirements) {
    for (const { id, source, line, outcome, signers } of evidence) {
      if (outcome !== 'pass') continue;
      const key = placeOf(id, source, line);
      const entry = met.get(key) ?? { signers: new Set(), requirements: new Set() };
      for (const label of signers) entry.signers.add(label);
      entry.requirements.add(requirement);
      met.set(key, entry);
    }
  }
  return checks.map((check) => {
    const { id, outcome, evidence } = check;
    if (id !== 'authenticate.signature' || outcome !== 'skip' || evidence?.pae === undefined) return check;
    const found = met.get(placeOf(evidence.pae, evidence.source, evidence.line));
    if (found === undefined) return check;
    const message = `signed by ${[...found.signers].join(', ')} of the policy, which it meets: ${[...found.requirements].join(', ')}`;
    return { ...check, outcome: 'pass', message };
  });
}

/** The same payload may lie there under several signatures, each in its own line. */
const placeOf = (pae: string, source: string, line: number | undefined): string => JSON.stringify([pae, source, line]);
