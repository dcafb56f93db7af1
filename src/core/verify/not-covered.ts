import { compareUtf8 } from '../bytes/index.ts';
import { fileSet, isIgnored, type LeftOut, type ModelListing, SIDE_FILES } from '../model/index.ts';
import type { AuthenticatedStatement } from './checks/authenticate.ts';
import type { Candidate } from './checks/candidate.ts';
import type { ManifestShelf } from './manifest-shelf.ts';
import type { VerifyOptions } from './options.ts';
import type { Report } from './report.ts';

export interface NotCoveredContext {
  readonly listing: ModelListing;
  readonly options: VerifyOptions;
  readonly shelf: ManifestShelf;
  /** Every bundle that was collected, with what came of it. */
  readonly judged: readonly AuthenticatedStatement[];
  readonly matched: readonly Candidate[];
  /** The matched statements that the verdict rests on. */
  readonly identityEvidence: readonly Candidate[];
}

const CACHE = '.cache/huggingface';
const CACHES: ReadonlySet<string> = new Set([CACHE]);

/**
 * What lies in the folder and the verdict says nothing about: what the matched statements leave out, what no model has as its part
 * (design §3), and side files whose bytes nobody vouches for.
 */
export function notCovered(context: NotCoveredContext): Report['notCovered'] {
  const { listing, options, identityEvidence } = context;
  const out = new Map<string, string>();
  const isCovered = (path: string): boolean => identityEvidence.some(({ match }) => match.covered.has(path));
  if (identityEvidence.length > 0) {
    const { files, problems, leftOut } = fileSet(listing, { ignored: [] });
    for (const list of [files, problems]) {
      for (const { path } of list) {
        if (!isCovered(path)) out.set(path, 'left out by every matched statement, or unsigned');
      }
    }
    for (const { path, because } of leftOut) {
      const reason = path === CACHE ? undefined : reasonFor(path, because, context);
      if (reason !== undefined && !isCovered(path)) out.set(path, reason);
    }
    // Statements of others may list these files; a link among them is followed by nobody.
    const isUncoveredCache = ({ path }: { readonly path: string }): boolean =>
      isIgnored(path, CACHES) && !isCovered(path);
    if (listing.files.find(isUncoveredCache) ?? listing.problems.find(isUncoveredCache))
      out.set(CACHE, 'Hugging Face bookkeeping, part of no model');
  }
  for (const path of options.ignore) out.set(path, 'ignored by the caller');
  return [...out].map(([path, because]) => ({ path, because })).toSorted((a, b) => compareUtf8(a.path, b.path));
}

/** Undefined for a side file that is vouched for. */
function reasonFor(path: string, because: LeftOut['because'], context: NotCoveredContext): string | undefined {
  const { listing, shelf, judged, matched } = context;
  if (because !== 'side file') return 'Git bookkeeping, part of no model';
  const here = judged.filter(({ origin, inModel }) => origin === 'model' && inModel === path);
  switch (path) {
    case SIDE_FILES.manifest: {
      const location = listing.files.named(path)?.location;
      const statements = matched.map(({ statement }) => statement);
      return shelf.holdsManifestOf(statements, location) ? undefined : 'a manifest that no matched statement signs';
    }
    case SIDE_FILES.signature: {
      const isVouchedFor = here.some(({ ref, trust }) => trust === 'trusted' || isMatched(ref.pae, matched));
      return isVouchedFor ? undefined : 'a signature of nobody who is trusted';
    }
    default: {
      const unusable = here.filter(({ trust }) => trust === 'malformed' || trust === 'named').length;
      return unusable === 0 ? undefined : `${unusable} line${unusable === 1 ? ' is' : 's are'} not signed evidence`;
    }
  }
}

const isMatched = (pae: string | undefined, matched: readonly Candidate[]): boolean =>
  matched.some(({ statement }) => statement.isSignatureFile && statement.ref.pae === pae);
