import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { BlockSource } from '../ipfs/index.ts';
import { type Evidence, EvidenceIndex, readingOf } from '../lineage/index.ts';
import type { CollectedBundle } from './checks/authenticate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { EvidenceFetcher } from './fetch-evidence.ts';
import { claimedEvidence, judgedAnew } from './lineage-evidence.ts';
import { DEFAULT_MAX_DEPTH } from './lineage-options.ts';
import type { VerifyOptions } from './options.ts';

/** What came of asking for the evidence about an ancestor. */
export interface EvidenceFetch {
  /** As a signed link says it: `ipfs://` and a CID. */
  readonly uri: string;
  readonly bundles: number;
  /** Why there is none. */
  readonly error?: StemmaError;
}

export interface FromOnline {
  readonly statements: readonly ClassifiedStatement[];
  readonly fetches: readonly EvidenceFetch[];
}

type OnlineOptions = Pick<VerifyOptions, 'ancestors' | 'policy' | 'maxDepth' | 'at' | 'signal'>;

/** Hostile input: evidence may name any number of CIDs. */
const MAX_FETCHES = 1000;
const AT_ONCE = 8;

/**
 * The evidence about ancestors that is not at hand, from where signed links say that it is: from link to evidence to link, generation
 * by generation. A source is believed in nothing, and what it gives is about ancestors and nothing else.
 *
 * @param atHand every statement that was found already
 * @param isStart whether one is about the model, or an ancestor of it
 * @param judge authenticates bundles and reads what they say
 * @throws StemmaError TRUSTED_ROOT_INVALID, BACKEND_UNAVAILABLE, INTERRUPTED
 */
export async function evidenceFromOnline(
  source: BlockSource,
  atHand: readonly ClassifiedStatement[],
  isStart: (statement: ClassifiedStatement) => boolean,
  judge: (bundles: readonly CollectedBundle[]) => Promise<readonly ClassifiedStatement[]>,
  options: OnlineOptions,
): Promise<FromOnline> {
  const fetcher = new EvidenceFetcher(source, options.signal);
  const known = await asEvidence(atHand, options);
  const statements: ClassifiedStatement[] = [];
  const fetches = new Map<string, EvidenceFetch>();
  let frontier = known.filter((_, i) => isStart(atHand[i] as ClassifiedStatement));
  const seen = new Set(frontier);
  for (let depth = 0; depth < (options.maxDepth ?? DEFAULT_MAX_DEPTH) && frontier.length > 0; depth++) {
    const { wanted, about } = linksOf(frontier, new EvidenceIndex(known), options);
    const bundles = await fetchAll(
      wanted.filter((uri) => !fetches.has(uri)),
      fetcher,
      fetches,
    );
    const fresh = await judge(bundles);
    const judged = await asEvidence(fresh, options);
    for (const each of fresh) statements.push(each);
    for (const each of judged) known.push(each);
    frontier = [...about, ...judged].filter((each) => !seen.has(each));
    for (const each of frontier) seen.add(each);
  }
  return { statements, fetches: [...fetches.values()] };
}

/** As the run will judge them for lineage. */
async function asEvidence(
  statements: readonly ClassifiedStatement[],
  { ancestors, policy, at }: OnlineOptions,
): Promise<Evidence[]> {
  const trust = ancestors?.trust ?? policy?.trust;
  return trust === undefined ? claimedEvidence(statements) : judgedAnew(statements, { trust, at });
}

/**
 * What is at hand about the parents that statements name, and where the evidence is said to be of those about which nobody at hand says,
 * of those who count, what they are.
 */
function linksOf(
  frontier: readonly Evidence[],
  index: EvidenceIndex,
  { ancestors, policy }: OnlineOptions,
): { readonly wanted: readonly string[]; readonly about: ReadonlySet<Evidence> } {
  const anybody = ancestors === undefined && policy === undefined;
  const isToldBy = (evidence: Evidence): boolean =>
    (anybody || evidence.signers.length > 0) && IDENTITY.has(readingOf(evidence).kind);
  const wanted = new Set<string>();
  const about = new Set<Evidence>();
  for (const { digest, attestations } of frontier.flatMap((evidence) => readingOf(evidence).links)) {
    const found = index.about(digest).evidence;
    for (const each of found) about.add(each);
    if (attestations !== undefined && !found.some(isToldBy)) wanted.add(attestations);
  }
  return { wanted: [...wanted], about };
}

const IDENTITY: ReadonlySet<string> = new Set(['oms', 'model', 'dataset']);

/** In the order of `uris`, whatever comes first. Where nobody answers at all, the rest is not waited for. */
async function fetchAll(
  uris: readonly string[],
  fetcher: EvidenceFetcher,
  fetches: Map<string, EvidenceFetch>,
): Promise<CollectedBundle[]> {
  const found: CollectedBundle[] = [];
  for (let at = 0; at < uris.length; at += AT_ONCE) {
    const batch = uris.slice(at, at + AT_ONCE);
    const answers = await Promise.all(batch.map((uri) => fetchOne(uri, fetcher, fetches)));
    for (const [i, answer] of answers.entries()) {
      const uri = batch[i] as string;
      if (answer instanceof StemmaError) fetches.set(uri, { uri, bundles: 0, error: answer });
      else {
        fetches.set(uri, { uri, bundles: answer.length });
        for (const bundle of answer) found.push(bundle);
      }
    }
  }
  return found;
}

async function fetchOne(
  uri: string,
  fetcher: EvidenceFetcher,
  fetches: ReadonlyMap<string, EvidenceFetch>,
): Promise<readonly CollectedBundle[] | StemmaError> {
  const before = [...fetches.values()];
  if (before.length >= MAX_FETCHES)
    return new StemmaError('LIMIT_EXCEEDED', `the evidence of more than ${MAX_FETCHES} ancestors would be fetched`);
  const down = before.length > 0 && before.every(({ error }) => error?.code === 'REMOTE_UNAVAILABLE');
  if (down) return new StemmaError('REMOTE_UNAVAILABLE', 'not asked for, since nobody answered before');
  try {
    return await fetcher.fetch(uri);
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    return error;
  }
}
