import { quote } from '../bytes/index.ts';
import type { HashName, SegmentRequest } from '../digest/index.ts';
import { type FileSet, type ModelListing, omsFileSet, type SegmentHash, type WalkProblem } from '../model/index.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import type { MatchResult } from './checks/match.ts';
import { ResourcesByPath } from './checks/resources-by-path.ts';
import type { ObserveOptions, Observer, View } from './observe.ts';
import type { VerifyOptions } from './options.ts';

/** What one statement asks of the bytes, or the answer where no byte is needed for it. */
export type Question =
  | { readonly answer: MatchResult }
  | { readonly view: View; readonly own: readonly string[]; readonly segmentHash?: SegmentHash };

const NOTHING = { changes: [], covered: new Set<string>(), observed: {} } as const;

export const settled = (
  outcome: MatchResult['outcome'],
  message: string,
  extra: Partial<MatchResult> = {},
): MatchResult => ({
  ...NOTHING,
  outcome,
  message,
  ...extra,
});

const PROBLEM_OUTCOMES: Readonly<Record<WalkProblem['kind'], MatchResult['outcome']>> = {
  symlink: 'contradicts',
  'side-file-is-folder': 'contradicts',
  'dangling-symlink': 'unavailable',
  'symlink-loop': 'unavailable',
  'not-regular': 'unavailable',
  unreadable: 'unavailable',
  'name-not-utf8': 'malformed',
  'name-refused': 'malformed',
};

/** What lies in a statement's file set and can be no part of a model: the worst decides, all are named. */
export function refused(set: FileSet): MatchResult | undefined {
  const outcomes = (['contradicts', 'malformed', 'unavailable'] as const).map((outcome) => ({
    outcome,
    problems: set.problems.filter(({ kind }) => PROBLEM_OUTCOMES[kind] === outcome),
  }));
  const worst = outcomes.find(({ problems }) => problems.length > 0);
  if (worst === undefined) return undefined;
  const [first] = worst.problems;
  const more = set.problems.length > 1 ? ` (and ${set.problems.length - 1} more)` : '';
  return settled(worst.outcome, `${first?.message}${more}`, {
    changes: set.problems.map(({ path, kind }) => ({
      path,
      change: PROBLEM_OUTCOMES[kind] === 'unavailable' ? 'unreadable' : 'refused',
    })),
  });
}

/** Turns a statement into views of the observer, by the speed asked for (design §5, "Speeds"). */
export async function ask(
  entry: ClassifiedStatement,
  context: {
    readonly listing: ModelListing;
    readonly observer: Observer;
    readonly options: VerifyOptions;
    readonly allowSymlinks: boolean;
  },
): Promise<Question> {
  const { listing, observer, options } = context;
  const { content } = entry;
  const observe: ObserveOptions = options;
  if (content.kind === 'oms') {
    if (options.mode === 'fast' || options.mode === 'sample') {
      return { answer: settled('skip', `an OMS statement lists whole files, which --${options.mode} does not hash`) };
    }
    return askOms(entry, context);
  }
  if (content.kind === 'model' && content.model.kind !== listing.kind) {
    return { answer: settled('different', `is about a ${content.model.kind}, not a ${listing.kind}`) };
  }
  const { ignored, opaque } = recorded(entry);
  const allowSymlinks = content.kind === 'model' ? content.model.allowSymlinks : context.allowSymlinks;
  const set = observer.fileSet(listing, { ignored: [...ignored, ...options.ignore], allowSymlinks });
  const answer = refused(set);
  if (answer !== undefined) return { answer };
  const hash = statementSegmentHash(entry);
  const wantsSegments = options.mode === 'fast' || options.mode === 'full';
  if (options.mode === 'fast' && hash === undefined) {
    return { answer: settled('unknown', 'has no segment tree, which --fast compares') };
  }
  // Sampling reads only the drawn segments, which are asked for once the manifest is known.
  const sha256: readonly HashName[] = options.mode === 'verify' || options.mode === 'full' ? ['sha256'] : [];
  const segments = wantsSegments && hash !== undefined ? { segments: { hash, opaque } } : {};
  const view = await observer.add({ set, whole: () => sha256, ...segments }, observe);
  if (hash !== undefined) {
    const plan = view.plan ?? (await observer.plan(set, opaque, options));
    const broken = plan.problems.find(({ blocks }) => blocks === 'always');
    // Design §3: a container that does not parse and is not recorded opaque contradicts a statement with a segment key.
    if (broken?.error.errorClass === 'unavailable') return { answer: settled('unavailable', broken.error.message) };
    if (broken !== undefined) {
      const changes = [{ path: broken.path, change: 'refused' as const }];
      return { answer: settled('contradicts', `${quote(broken.path)}: ${broken.error.message}`, { changes }) };
    }
  }
  return { view, own: ignored, ...(hash === undefined ? {} : { segmentHash: hash }) };
}

async function askOms(
  entry: ClassifiedStatement,
  {
    listing,
    observer,
    options,
  }: { readonly listing: ModelListing; readonly observer: Observer; readonly options: VerifyOptions },
): Promise<Question> {
  if (entry.content.kind !== 'oms') throw new Error('not an OMS statement');
  const { oms } = entry.content;
  if (listing.kind === 'file' && !oms.singleFile)
    return { answer: settled('different', 'is about a folder, not a file') };
  const set = omsFileSet(listing, {
    ignored: [...oms.ignorePaths, ...options.ignore],
    allowSymlinks: oms.allowSymlinks,
    // The bundle itself is no file of the statement that it carries (OMS v1.0 §6.1).
    ...(entry.inModel === undefined ? {} : { bundle: entry.inModel }),
  });
  const answer = refused(set);
  if (answer !== undefined) return { answer };
  const listed = new ResourcesByPath(oms, listing.kind);
  const ranges = new Map<string, SegmentRequest>();
  for (const { path, size } of set.files) {
    const resources = listed.of(path);
    if (resources.at(-1)?.shard?.end !== size) continue;
    const lengths = Float64Array.from(resources, ({ shard }) => (shard === undefined ? 0 : shard.end - shard.start));
    ranges.set(path, { hash: resources[0]?.hash ?? 'sha256', lengths });
  }
  // An unlisted file is read too: its digest tells a renamed file from a new one.
  const whole = (path: string): readonly HashName[] => {
    const [first] = listed.of(path);
    return first === undefined ? ['sha256'] : first.shard === undefined ? [first.hash] : [];
  };
  const view = await observer.add({ set, whole, ranges }, options);
  return { view, own: oms.ignorePaths };
}

/** What the statement itself records about its file set (design §3). */
export function recorded({ content }: ClassifiedStatement): {
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
} {
  switch (content.kind) {
    case 'model':
      return content.model;
    case 'provenance':
      return content.provenance;
    case 'evaluation':
      return content.evaluation;
    case 'test-result':
      return content.testResult;
    case 'oms':
      return { ignored: content.oms.ignorePaths, opaque: [] };
    case 'approval':
      return content.approval;
    case 'summary':
      return content.summary;
    case 'other':
      return { ignored: [], opaque: [] };
  }
}

/** The content hash of the statement's own segment key, from its subject. */
export function statementSegmentHash({ statement }: ClassifiedStatement): SegmentHash | undefined {
  for (const { digest } of statement.subject) {
    if (Object.hasOwn(digest, 'stemmaSegmentTreeBlake3V1')) return 'blake3';
    if (Object.hasOwn(digest, 'stemmaSegmentTreeSha256V1')) return 'sha256';
  }
  return undefined;
}
