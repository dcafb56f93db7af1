import { compareDigestSets, FILE_TREE } from '../digest/pure.ts';
import type { Evidence, Signer } from './evidence.ts';
import type { Ancestor, AncestorVerdict, Outcome } from './graph.ts';
import { readingOf } from './reading.ts';

/**
 * Whether a statement can say what an ancestor is: an identity statement for a base model, `dataset/v1` or an OMS statement for a
 * dataset (design §5). Whatever else is said about it is evidence of something else.
 */
export function isIdentityFor(role: Ancestor['role'], evidence: Evidence): boolean {
  const { kind } = readingOf(evidence);
  return kind === 'oms' || kind === (role === 'base' ? 'model' : 'dataset');
}

/**
 * The rule of design §5 for an ancestor: an identity statement whose set matches the link itself, signed by somebody trusted for
 * ancestors. A statement by such a signer that cannot be true of the same bytes fails, whatever else matches.
 *
 * @param trusts who of the trust root is trusted for this one; everybody where not given
 */
export function judgeIdentity(ancestor: Ancestor, trusts: (signer: Signer) => boolean = () => true): AncestorVerdict {
  const says = (evidence: Evidence): boolean =>
    isIdentityFor(ancestor.role, evidence) && evidence.signers.some((signer) => trusts(signer));
  const refuted = ancestor.contradicting.filter((each) => says(each));
  const impossible = refuted.find((each) => isImpossible(ancestor, each));
  if (impossible !== undefined)
    return verdict('fail', `${place(impossible)} has the same bytes and other digests: one of them is not true`);
  const vouching = ancestor.evidence.filter((each) => says(each));
  if (vouching.length > 0) {
    const signers = distinct(vouching.flatMap((each) => each.signers.filter((signer) => trusts(signer))));
    return { ...verdict('pass', `signed by ${signers.map(({ label }) => label).join(', ')}`), signers };
  }
  return unmet(ancestor, refuted, says);
}

/** The first reason that applies, a contradiction first and absence last, as for the model itself. */
function unmet(
  ancestor: Ancestor,
  [refuted]: readonly Evidence[],
  says: (evidence: Evidence) => boolean,
): AncestorVerdict {
  const identity = ancestor.evidence.filter((each) => isIdentityFor(ancestor.role, each));
  if (refuted !== undefined)
    return verdict(
      'fail',
      `not what ${refuted.signer} signed in ${place(refuted)}: some digests agree and some differ`,
    );
  const forged = identity.find(({ refused }) => refused?.because === 'named');
  if (forged?.refused !== undefined) return verdict('fail', `${place(forged)}: ${forged.refused.message}`);
  const unbound = ancestor.unbound.find((each) => says(each));
  if (unbound !== undefined)
    return verdict(
      'unknown',
      `names not bound: ${place(unbound)} agrees in sha256 alone, which does not bind file names`,
    );
  const unchecked = identity.find(({ refused }) => refused?.because === 'unchecked');
  if (unchecked?.refused !== undefined) return verdict('unknown', `${place(unchecked)}: ${unchecked.refused.message}`);
  const expired = identity.find(({ refused }) => refused?.because === 'expired');
  if (expired?.refused !== undefined) return verdict('missing', `${place(expired)}: ${expired.refused.message}`);
  const [stranger] = identity;
  if (stranger !== undefined)
    return verdict('missing', `signed by ${stranger.signer}, who is not trusted for this ancestor`);
  const what = ancestor.role === 'base' ? 'identity statement (model.sig or model/v1)' : 'dataset/v1 or OMS statement';
  return ancestor.evidence.length > 0
    ? verdict('missing', `there is evidence about it, and no ${what}`)
    : verdict('missing', 'no statement about it was found');
}

/**
 * Equal in a tree that binds names and bytes, and different in a digest that these determine. Equal in `sha256` alone, it may be a
 * folder whose files were renamed, and segments may be cut otherwise, where a file was opaque: neither is a lie about this one.
 */
function isImpossible({ digests }: Ancestor, { subjects }: Evidence): boolean {
  return subjects.some((set) => {
    const { equal, unequal } = compareDigestSets(digests, set, false);
    const determined = unequal.some((key) => key === 'sha256' || key === FILE_TREE);
    return determined && equal.some((key) => key.startsWith('stemma'));
  });
}

const verdict = (outcome: Outcome, message: string): AncestorVerdict => ({ outcome, message, signers: [] });

/** Where a statement was found. */
export const place = ({ source, line }: Evidence): string => (line === undefined ? source : `${source} line ${line}`);

export function distinct(signers: readonly Signer[]): Signer[] {
  return [...new Map(signers.map((signer) => [signer.id, signer])).values()];
}
