import { compareUtf8 } from '../bytes/index.ts';
import type { DigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { fileSet, isIgnored, type ModelListing, walkProblemError } from '../model/index.ts';
import type { Candidate } from './checks/candidate.ts';
import { isIdentity } from './checks/contradiction.ts';
import { type ObserveOptions, Observer } from './observe.ts';
import { recorded } from './questions.ts';
import { fileRoots } from './roots.ts';

/** What a verdict is about: the bytes that lay there, and what their digests leave out (design §3). */
export interface SummarySubject {
  readonly digest: DigestSet;
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
}

/**
 * The model by digests that were recomputed in this run: those under which a trusted identity statement was compared with it, those
 * of the one that leaves out least; where there is none, the files are read for it.
 *
 * @throws StemmaError LIMIT_EXCEEDED; FILE_UNREADABLE, FILE_CHANGED, NOT_A_REGULAR_FILE, SYMLINK_REFUSED, PATH_INVALID, MODEL_EMPTY
 */
export async function summarySubject(
  listing: ModelListing,
  candidates: readonly Candidate[],
  options: ObserveOptions & { readonly maxBytes?: number },
): Promise<SummarySubject> {
  const [known] = candidates
    .filter((entry) => !entry.isAncestor && isIdentity(entry.statement) && hasKeys(entry.match.observed))
    .map((entry) => ({ digest: entry.match.observed, ...leftOut(entry, listing) }))
    .toSorted((a, b) => a.ignored.length - b.ignored.length);
  return known ?? { digest: await digestsOf(listing, options), ignored: [], opaque: [] };
}

const hasKeys = (digest: DigestSet): boolean => Object.keys(digest).length > 0;

/** What an OMS statement ignores is mostly not there, and left out by everybody: only what is there makes a difference. */
function leftOut({ statement }: Candidate, listing: ModelListing): Omit<SummarySubject, 'digest'> {
  const { ignored, opaque } = recorded(statement);
  if (statement.content.kind !== 'oms') return { ignored, opaque };
  const { files } = fileSet(listing, { ignored: [] });
  const makesDifference = (path: string): boolean => {
    const only = new Set([path]);
    return files.find((file) => isIgnored(file.path, only)) !== undefined;
  };
  return { ignored: ignored.filter(makesDifference).toSorted(compareUtf8), opaque };
}

async function digestsOf(
  listing: ModelListing,
  options: ObserveOptions & { readonly maxBytes?: number },
): Promise<DigestSet> {
  const set = fileSet(listing, { ignored: [] });
  const [problem] = set.problems;
  if (problem !== undefined) throw walkProblemError(problem);
  if (set.files.length === 0) throw new StemmaError('MODEL_EMPTY', 'there is no file that a digest could name');
  const observer = new Observer();
  const view = await observer.add({ set, whole: () => ['sha256'] }, options);
  if (options.maxBytes !== undefined && observer.bytes > options.maxBytes)
    throw new StemmaError('LIMIT_EXCEEDED', `to name the model, ${observer.bytes} bytes would have to be read`);
  await observer.run(options);
  const failure = view.failure();
  if (failure !== undefined) throw failure;
  return fileRoots(view.files(), listing.kind);
}
