import { quote } from '../bytes/index.ts';
import { invalid } from './invalid.ts';
import { compileMatcher } from './match.ts';
import { isEvaluation, isIdentity, isProvenance, typesOf } from './predicate-kinds.ts';
import type { PolicyDocument } from './schema.ts';
import type { Requirement } from './schema-requirement.ts';

/** Ids of what every policy decides besides its requirements. */
const RESERVED = /^(?:expires|forbid|require|revoked|signature)$|^lineage(?:-|$)/;

/**
 * What a schema cannot say: names that are defined, rules that some evidence could satisfy, and at least one requirement that is
 * about the bytes of the model or dataset. A policy without that would be vacuous: evidence of any model would meet it.
 *
 * @throws StemmaError POLICY_INVALID
 */
export function checkDocument(policy: PolicyDocument): void {
  const names = trustNames(policy);
  const ids = new Set<string>();
  const check = (requirement: Requirement, at: string): void => {
    if (RESERVED.test(requirement.id)) throw invalid(`the id ${requirement.id} is taken by Stemma itself`, `${at}/id`);
    if (ids.has(requirement.id)) throw invalid(`the id ${quote(requirement.id)} is given twice`, `${at}/id`);
    ids.add(requirement.id);
    checkRequirement(requirement, names, at);
  };
  for (const [i, requirement] of policy.requirements.entries()) check(requirement, `/requirements/${i}`);
  if (!policy.requirements.some(isIdentity)) {
    throw invalid(
      'vacuous: expected a requirement for model/v1, an OMS signature or dataset/v1 alone, which says what the bytes are, found none',
      '/requirements',
      { reason: 'vacuous' },
    );
  }
  for (const [i, rule] of (policy.lineage?.ancestors ?? []).entries()) {
    const at = `/lineage/ancestors/${i}/requirements`;
    for (const [j, requirement] of rule.requirements.entries()) check(requirement, `${at}/${j}`);
    if (!rule.requirements.some(isIdentity))
      throw invalid('vacuous: expected a requirement that says what the ancestor is, found none', at, {
        reason: 'vacuous',
      });
  }
  for (const [i, { vsa }] of (policy.lineage?.stopAt ?? []).entries())
    checkSigners(vsa.signers, names, `/lineage/stopAt/${i}/vsa/signers`);
  checkWaivers(policy);
}

function trustNames({ trust: { keys = {}, identities = {} } }: PolicyDocument): ReadonlySet<string> {
  const both = Object.keys(keys).find((name) => Object.hasOwn(identities, name));
  if (both !== undefined) throw invalid(`${quote(both)} is both a key and an identity`, '/trust');
  const all = [...Object.keys(keys), ...Object.keys(identities)];
  if (all.length === 0) throw invalid('expected somebody to trust, found nobody', '/trust');
  return new Set(all);
}

function checkSigners({ anyOf, threshold }: Requirement['signers'], names: ReadonlySet<string>, at: string): void {
  const unknown = anyOf.find((name) => !names.has(name));
  if (unknown !== undefined) throw invalid(`expected a name of trust, found ${quote(unknown)}`, `${at}/anyOf`);
  if (threshold > anyOf.length)
    throw invalid(`expected a threshold of at most ${anyOf.length}, found ${threshold}`, `${at}/threshold`);
}

function checkRequirement(requirement: Requirement, names: ReadonlySet<string>, at: string): void {
  const types = typesOf(requirement);
  checkSigners(requirement.signers, names, `${at}/signers`);
  if (requirement.builderIds !== undefined && !types.every(isProvenance))
    throw invalid('expected builderIds with provenance alone: no other statement names a builder', `${at}/builderIds`);
  if (requirement.slices !== undefined && !types.every(isEvaluation))
    throw invalid('expected slices with evaluation/v1 alone: no other statement has them', `${at}/slices`);
  if (requirement.namesNotBound !== undefined && isIdentity(requirement))
    throw invalid('expected no namesNotBound where a statement says what the bytes are', `${at}/namesNotBound`);
  for (const [i, matcher] of (requirement.match ?? []).entries()) {
    const compiled = compileMatcher(matcher);
    if (typeof compiled.problem === 'string') throw invalid(compiled.problem, `${at}/match/${i}`);
  }
}

function checkWaivers({ requirements, waivers = [] }: PolicyDocument): void {
  for (const [i, waiver] of waivers.entries()) {
    const at = `/waivers/${i}`;
    const waived = requirements.find(({ id }) => id === waiver.requirement);
    if (waived === undefined)
      throw invalid(`expected the id of a requirement, found ${quote(waiver.requirement)}`, `${at}/requirement`);
    if (isIdentity(waived))
      throw invalid('expected no waiver of the requirement that says what the bytes are', `${at}/requirement`);
    if (waiver.effectiveFrom !== undefined && !(Date.parse(waiver.effectiveFrom) < Date.parse(waiver.effectiveUntil)))
      throw invalid('expected effectiveFrom before effectiveUntil', at);
  }
}
