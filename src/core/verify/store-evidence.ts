import type { Bundle } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { type DigestSet, sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { EvidenceBudget } from '../evidence/index.ts';
import { fileSet, type ModelListing } from '../model/index.ts';
import { subjectSets } from './checks/ancestors.ts';
import type { CollectedBundle } from './checks/authenticate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { isIdentity } from './checks/contradiction.ts';
import type { SourceProblem } from './collect.ts';
import { DEFAULT_MAX_DEPTH } from './lineage-options.ts';
import { Observer } from './observe.ts';
import type { VerifyOptions } from './options.ts';
import { fileRoots } from './roots.ts';

/** What a store has to say about a model. */
export interface FromStore {
  readonly bundles: readonly CollectedBundle[];
  readonly problems: readonly SourceProblem[];
  readonly warnings: readonly string[];
  readonly manifests: readonly string[];
}

/** By which evidence out of a store is called in a report. */
const SOURCE = 'store';

/**
 * What a store holds about the model and its ancestors. It is asked by what the evidence at hand is about; where nobody who is
 * believed says there what the model is, by the bytes as well, which are read once more for it. The store is believed in nothing:
 * what it holds counts as a file of `--attestations` does.
 *
 * @param artifact the model; without its bytes, the set that it is known by besides
 * @throws StemmaError PATH_NOT_FOUND, STORE_INVALID, FILE_UNREADABLE, INTERRUPTED
 */
export async function evidenceFromStore(
  store: string,
  artifact: { readonly listing: ModelListing } | { readonly digests: DigestSet | undefined },
  statements: readonly ClassifiedStatement[],
  options: Pick<VerifyOptions, 'maxDepth' | 'signal' | 'onProgress' | 'onWarning' | 'jobs'>,
): Promise<FromStore> {
  const { statementsAbout } = await import('../store/index.ts');
  const sets = statements.flatMap((entry) => subjectSets(entry, sha256));
  const isTold = statements.some((entry) => isIdentity(entry) && isBelieved(entry));
  const known = (): Promise<DigestSet | undefined> | DigestSet | undefined =>
    'digests' in artifact ? artifact.digests : isTold ? undefined : digestsOf(artifact.listing, options);
  const observed = await known();
  const { signal, onWarning, maxDepth = DEFAULT_MAX_DEPTH } = options;
  const found = await statementsAbout({
    store,
    digests: observed === undefined ? sets : [observed, ...sets],
    maxDepth,
    signal,
    onWarning,
  });
  const { bundles, rest } = admitted(found.bundles);
  const truncated = found.truncated === undefined ? undefined : new StemmaError('TOO_LARGE', found.truncated);
  return {
    bundles,
    manifests: found.manifests,
    // No problem of this model: whoever can write to the store could spoil the verdict on every other one.
    warnings:
      found.damaged === 0
        ? []
        : [`objects of the store are damaged and not used (${found.damaged}): see stemma store check`],
    problems: [rest, truncated].filter((error) => error !== undefined).map((error) => ({ source: SOURCE, error })),
  };
}

const isBelieved = ({ trust }: ClassifiedStatement): boolean => trust === 'trusted' || trust === 'unauthenticated';

/** As for a file of attestations: no more than one run reads. */
function admitted(found: readonly Bundle[]): {
  readonly bundles: CollectedBundle[];
  readonly rest?: StemmaError;
} {
  const budget = new EvidenceBudget();
  const bundles: CollectedBundle[] = [];
  for (const bundle of found) {
    try {
      budget.admit(bundle.envelope.payload);
    } catch (error) {
      if (!isStemmaError(error)) throw error;
      return { bundles, rest: new StemmaError(error.code, `${quote(SOURCE)}: ${error.message}`, { cause: error }) };
    }
    bundles.push({ origin: 'attestations', ref: { source: SOURCE }, isSignatureFile: false, content: { bundle } });
  }
  return { bundles };
}

/** File tree and `sha256` of the bytes as they are; undefined where they cannot be read whole, which `match` then says. */
async function digestsOf(
  listing: ModelListing,
  options: Pick<VerifyOptions, 'signal' | 'onProgress' | 'onWarning' | 'jobs'>,
): Promise<DigestSet | undefined> {
  const set = fileSet(listing, { ignored: [] });
  if (set.problems.length > 0 || set.files.length === 0) return undefined;
  const observer = new Observer();
  const view = await observer.add({ set, whole: () => ['sha256'] }, options);
  await observer.run(options);
  return view.failure() === undefined ? fileRoots(view.files(), listing.kind) : undefined;
}
