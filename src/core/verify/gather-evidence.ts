import { type DigestSet, sha256 } from '../digest/index.ts';
import { looksLikeP1363, verifyCertificatePath, verifyKeyless, verifySignature } from '../keys/index.ts';
import type { ModelListing } from '../model/index.ts';
import { ancestorStatements } from './checks/ancestors.ts';
import { type AuthenticatedStatement, authenticate, type CollectedBundle } from './checks/authenticate.ts';
import { type ClassifiedStatement, classify } from './checks/classify.ts';
import type { SignatureChecks } from './checks/judge-signature.ts';
import { budgeted } from './checks/signature-budget.ts';
import { type Collected, collect } from './collect.ts';
import { collectPacks, type FromPacks } from './collect-packs.ts';
import type { EvidenceFetch } from './online-evidence.ts';
import type { VerifyOptions } from './options.ts';
import { evidenceFromStore } from './store-evidence.ts';

export const CHECKS: SignatureChecks = {
  sha256,
  verifySignature,
  signatureHint: (key, signature) =>
    looksLikeP1363(key, signature) ? 'it looks like raw r‖s (IEEE P1363); DER is expected' : undefined,
  verifyCertificatePath,
  verifyKeyless,
};

/** What was found, who signed it, and what it says: steps 1 and 2 of design §5. No byte of the model has been read for it, unless a store is asked. */
export interface Evidence {
  readonly collected: Collected;
  readonly authenticated: readonly AuthenticatedStatement[];
  readonly statements: readonly ClassifiedStatement[];
  /** Bundles without a usable statement. */
  readonly others: readonly AuthenticatedStatement[];
  /** Statements by trusted signers; with `--integrity-only` all of them. */
  readonly believed: readonly ClassifiedStatement[];
  /** Statements about an ancestor of this model. */
  readonly ancestors: ReadonlySet<ClassifiedStatement>;
  /** What was asked for by CID; empty unless `online`. */
  readonly fetches: readonly EvidenceFetch[];
}

type GatherOptions = Pick<
  VerifyOptions,
  | 'signature'
  | 'attestations'
  | 'packs'
  | 'store'
  | 'online'
  | 'ancestors'
  | 'policy'
  | 'trust'
  | 'at'
  | 'integrityOnly'
  | 'maxDepth'
  | 'signal'
  | 'onProgress'
  | 'onWarning'
  | 'jobs'
>;

/** Collects the bundles, judges each signature and reads each statement. */
export async function gatherEvidence(listing: ModelListing, options: GatherOptions): Promise<Evidence> {
  const found = await collect(listing, { signature: options.signature, attestations: options.attestations });
  return judged(found, { listing }, options);
}

/**
 * The same where the bytes are not at hand: what the caller named, and what a store holds about an artifact.
 *
 * @param digests by which that is known besides
 */
export async function gatherNamed(digests: DigestSet | undefined, options: GatherOptions): Promise<Evidence> {
  return judged(await collect(undefined, { attestations: options.attestations }), { digests }, options);
}

async function judged(
  own: Collected,
  artifact: Parameters<typeof evidenceFromStore>[1],
  options: GatherOptions,
): Promise<Evidence> {
  const { store, packs = [] } = options;
  const found = packs.length === 0 ? own : together(own, collectPacks(packs));
  const first = await authenticateAll(found.bundles, options);
  if (store === undefined) return withOnline(evidenceOf(found, first), options);
  const stored = await evidenceFromStore(store, artifact, classify(first, sha256).statements, options);
  const all = [...first, ...(await authenticateAll(stored.bundles, options))];
  return withOnline(evidenceOf(together(found, stored), all), options);
}

/** Loaded where it is asked for. What comes from there is about ancestors: it never says what the model is. */
async function withOnline(evidence: Evidence, options: GatherOptions): Promise<Evidence> {
  const { online } = options;
  if (online === undefined) return evidence;
  const { evidenceFromOnline } = await import('./online-evidence.ts');
  const authenticated: AuthenticatedStatement[] = [];
  const judge = async (bundles: readonly CollectedBundle[]): Promise<readonly ClassifiedStatement[]> => {
    const fresh = await authenticateAll(bundles, options);
    authenticated.push(...fresh);
    return classify(fresh, sha256).statements;
  };
  const start = new Set([...evidence.believed, ...evidence.ancestors]);
  const isStart = (statement: ClassifiedStatement): boolean => start.has(statement);
  const { statements, fetches } = await evidenceFromOnline(online, evidence.statements, isStart, judge, options);
  return {
    ...evidence,
    authenticated: [...evidence.authenticated, ...authenticated],
    statements: [...evidence.statements, ...statements],
    ancestors: new Set([...evidence.ancestors, ...statements]),
    fetches,
  };
}

const together = (found: Collected, more: FromPacks & { readonly warnings?: readonly string[] }): Collected => ({
  ...found,
  bundles: [...found.bundles, ...more.bundles],
  problems: [...found.problems, ...more.problems],
  warnings: [...found.warnings, ...(more.warnings ?? [])],
  manifests: [...found.manifests, ...more.manifests],
});

/** Each time within budgets of its own: a flood of signatures in one place must not leave another one unchecked. */
async function authenticateAll(
  bundles: readonly CollectedBundle[],
  { trust, at, integrityOnly }: GatherOptions,
): Promise<AuthenticatedStatement[]> {
  // What the caller named must not go unchecked because the model brings a flood of signatures.
  const budgets = { model: budgeted(CHECKS), named: budgeted(CHECKS) };
  const authenticated: AuthenticatedStatement[] = [];
  for (const bundle of bundles) {
    const checks = bundle.origin === 'model' ? budgets.model : budgets.named;
    authenticated.push(await authenticate(bundle, { trust, checks, at, integrityOnly }));
  }
  return authenticated;
}

function evidenceOf(collected: Collected, authenticated: readonly AuthenticatedStatement[]): Evidence {
  const { statements, others } = classify(authenticated, sha256);
  const believed = statements.filter(({ trust }) => trust === 'trusted' || trust === 'unauthenticated');
  const ancestors = ancestorStatements(statements, sha256);
  return { collected, authenticated, statements, others, believed, ancestors, fetches: [] };
}
