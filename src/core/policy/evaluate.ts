import { compareDigestSets, type DigestSet, formatDigestSet } from '../digest/pure.ts';
import { type LineageGraph, readingOf, type Signer } from '../lineage/index.ts';
import { ancestorFacts } from './ancestor-facts.ts';
import { type BoundPolicy, idsOf } from './bind.ts';
import { judgeLineage } from './lineage-rules.ts';
import {
  isDatasetIdentity,
  isDatasetStatement,
  isIdentity,
  isModelIdentity,
  isProvenance,
  typesOf,
} from './predicate-kinds.ts';
import { judgeRequirement, type PolicyEvidence } from './requirement.ts';
import type { RequirementResult } from './result.ts';
import { deniedBecause, isRevoked, revokedIds, standing } from './revoked.ts';
import type { FORBIDDABLE, PolicyDocument } from './schema.ts';
import type { Waiver } from './schema-requirement.ts';

export type Forbiddable = (typeof FORBIDDABLE)[number];

export type ArtifactKind = 'model' | 'dataset';

/** What a policy is held against. */
export interface PolicyQuestion {
  /** What the bytes are: a model says in provenance what it was made from, a dataset in its own statement. */
  readonly kind: ArtifactKind;
  readonly model: {
    /** What was recomputed from the bytes in this run. */
    readonly digests: DigestSet;
    /** What statements that match it say of it besides: the run may not have recomputed every digest. */
    readonly claimed: readonly DigestSet[];
    /** Whether it is a single file, whose `sha256` binds its bytes. */
    readonly isFile: boolean;
    /** Who else vouches for it: the keys that the caller named. */
    readonly signers: readonly Signer[];
  };
  /** Every statement that was collected, authenticated against the policy's own trust. */
  readonly evidence: readonly PolicyEvidence[];
  readonly graph: LineageGraph;
  /** Flags of this run that leave something out. */
  readonly weakened: readonly Forbiddable[];
  readonly at: Date;
}

/**
 * Holds a policy against everything that was found, and says all that is wrong with it in one run, in the order of the document.
 * The policy passes where every result but those that are `skip` passes; an expired one never does.
 */
export function evaluatePolicy(policy: BoundPolicy, question: PolicyQuestion): readonly RequirementResult[] {
  const { document } = policy;
  const { evidence, at } = question;
  const requirements = document.requirements.map((requirement) => {
    const result = judgeRequirement(requirement, evidence, policy, at);
    return isIdentity(requirement) ? result : waived(result, document, question);
  });
  return [
    expiry(document, at),
    ...revocation(document, question),
    ...forbidden(document, question.weakened),
    ...requirements,
    ...(document.lineage === undefined
      ? []
      : judgeLineage(
          document.lineage,
          question.graph,
          hasProvenance(policy, question),
          ancestorFacts(policy, question.graph, evidence),
        )),
  ];
}

/**
 * Whether somebody says what the model was made from who may say that this is all: whoever vouches for the model, or is asked for its
 * provenance. Others of the policy are trusted for something else, and with the true provenance removed, an empty one by the
 * owner of a dataset would leave the model without ancestors.
 */
function hasProvenance(policy: BoundPolicy, { kind, model, evidence }: PolicyQuestion): boolean {
  const revoked = revokedIds(policy.document);
  const saysOrigin = kind === 'model' ? isProvenance : isDatasetStatement;
  const saysWhat = kind === 'model' ? isModelIdentity : isDatasetIdentity;
  const asked = policy.document.requirements
    .filter((each) => saysWhat(each) || typesOf(each).some(saysOrigin))
    .flatMap(({ signers }) => [...idsOf(signers.anyOf, policy)]);
  const wanted = new Set([...asked, ...model.signers.map(({ id }) => id)]);
  return evidence.some(
    (entry) =>
      saysOrigin(entry.statement.predicateType) &&
      entry.about === 'artifact' &&
      // Of another build type it says nothing about parents that is read here.
      readingOf(entry).isOrigin &&
      standing(entry, revoked).some(({ id }) => wanted.has(id)),
  );
}

function expiry({ expires }: PolicyDocument, at: Date): RequirementResult {
  const base = { id: 'expires', evidence: [], needed: 'a policy that is in force' };
  return at < new Date(expires)
    ? { ...base, outcome: 'pass', reason: 'satisfied', message: `in force until ${expires}` }
    : { ...base, outcome: 'missing', reason: 'expired', message: `the policy expired at ${expires}` };
}

function revocation(document: PolicyDocument, { kind, model }: PolicyQuestion): readonly RequirementResult[] {
  if (document.revoked === undefined && document.lineage?.denyDigests === undefined) return [];
  const revoked = revokedIds(document);
  const base = { id: 'revoked', evidence: [], needed: `a ${kind} and signers that the policy does not deny` };
  const because = deniedBecause(document, [model.digests, ...model.claimed]);
  if (because !== undefined) {
    const message = `the policy denies ${formatDigestSet(model.digests)}: ${because}`;
    return [{ ...base, outcome: 'fail', reason: 'denied', message }];
  }
  const signer = model.signers.find(({ id }) => isRevoked(id, revoked));
  if (signer !== undefined) {
    const message = `the policy has revoked ${signer.label}: ${revoked.get(signer.id) ?? ''}`;
    return [{ ...base, outcome: 'fail', reason: 'revoked', message }];
  }
  return [
    { ...base, outcome: 'pass', reason: 'satisfied', message: `neither the ${kind} nor who vouches for it is denied` },
  ];
}

function forbidden({ forbid }: PolicyDocument, weakened: readonly Forbiddable[]): readonly RequirementResult[] {
  if (forbid === undefined) return [];
  const used = forbid.filter((flag) => weakened.includes(flag)).map((flag) => `--${flag}`);
  const base = { id: 'forbid', evidence: [], needed: `no ${forbid.map((flag) => `--${flag}`).join(', ')}` };
  return used.length === 0
    ? [{ ...base, outcome: 'pass', reason: 'satisfied', message: 'nothing was left out' }]
    : [{ ...base, outcome: 'fail', reason: 'forbidden', message: `the policy forbids ${used.join(', ')}` }];
}

/** A waiver is for one model, one requirement and a time; what it stands in for stays in the message. */
function waived(
  result: RequirementResult,
  { waivers = [] }: PolicyDocument,
  { model, at }: PolicyQuestion,
): RequirementResult {
  if (result.outcome === 'pass') return result;
  const isFor = ({ requirement, subject, effectiveFrom, effectiveUntil }: Waiver): boolean =>
    requirement === result.id &&
    compareDigestSets(subject, model.digests, model.isFile).kind === 'match' &&
    (effectiveFrom === undefined || new Date(effectiveFrom) <= at) &&
    at < new Date(effectiveUntil);
  const waiver = waivers.find(isFor);
  if (waiver === undefined) return result;
  const waivedBy = { reason: waiver.reason, until: waiver.effectiveUntil };
  const message = `waived until ${waiver.effectiveUntil} (${waiver.reason}); without that: ${result.message}`;
  return { ...result, outcome: 'pass', reason: 'waived', message, waivedBy };
}
