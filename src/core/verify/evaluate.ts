import type { DigestSet } from '../digest/index.ts';
import { isIgnored, type ModelListing, type ModelPlan, type SegmentHash } from '../model/index.ts';
import { summariseChanges } from './checks/changes.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { type MatchResult, matchDigests, matchOms } from './checks/match.ts';
import { ComparisonBudget } from './comparison-budget.ts';
import type { EvaluateContext, Evaluated } from './evaluated.ts';
import { Observer, type View } from './observe.ts';
import { ObservedRoots } from './observed-roots.ts';
import type { VerifyOptions } from './options.ts';
import { ask, type Question, settled } from './questions.ts';
import { fileRoots, type Patch, segmentRoots } from './roots.ts';
import { answerSample, drawSample, type SampleDraw } from './sample.ts';
import { orIfUnavailable } from './unavailable.ts';

interface AnswerContext extends EvaluateContext {
  readonly roots: ObservedRoots;
}

/**
 * Compares every statement with the bytes, reading each byte at most once (design §5, `match`). Hostile input: copies of one
 * statement, which differ in what nobody signed, are compared once.
 */
export async function evaluate(
  statements: readonly ClassifiedStatement[],
  context: EvaluateContext,
): Promise<readonly Evaluated[]> {
  const copies = [...Map.groupBy(statements, sameBytes).values()];
  const found = await evaluateEach(
    copies.map(([first]) => first as ClassifiedStatement),
    context,
  );
  return found.flatMap((evaluated, index) => (copies[index] ?? []).map((statement) => ({ ...evaluated, statement })));
}

/** What was signed, and where it lies in the model: all that a comparison depends on. */
const sameBytes = (entry: ClassifiedStatement): unknown =>
  entry.ref.pae === undefined ? entry : `${entry.ref.pae} ${entry.inModel ?? ''}`;

async function evaluateEach(
  statements: readonly ClassifiedStatement[],
  context: EvaluateContext,
): Promise<readonly Evaluated[]> {
  const { listing, options } = context;
  const observer = new Observer(context.headers);
  const budget = new ComparisonBudget(listing.files.length);
  const asked: {
    readonly statement: ClassifiedStatement;
    readonly question: Question;
    readonly draw?: SampleDraw | undefined;
  }[] = [];
  for (const statement of statements) {
    if (!budget.admits(statement)) {
      const message =
        'not compared: there are more statements about different files than one run compares with so many';
      asked.push({ statement, question: { answer: settled('unknown', message) } });
      continue;
    }
    const question = await orIfUnavailable(
      ask(statement, { ...context, observer }),
      ({ message }): Question => ({
        answer: settled('unavailable', message),
      }),
    );
    const draw =
      options.mode === 'sample' && 'view' in question
        ? await orIfUnavailable(
            drawSample(statement, question.view, observer, context),
            ({ message }): SampleDraw => ({ answer: settled('unavailable', message) }),
          )
        : undefined;
    asked.push({ statement, question, draw });
  }
  const bytes = observer.bytes;
  if (options.maxBytes !== undefined && bytes > options.maxBytes) {
    const message = `${bytes} bytes would have to be read, more than --max-bytes ${options.maxBytes}`;
    return statements.map((statement) => ({ statement, match: settled('unknown', message) }));
  }
  await observer.run(options);
  const roots = new ObservedRoots();
  const out: Evaluated[] = [];
  for (const { statement, question, draw } of asked) {
    if ('answer' in question) out.push({ statement, match: question.answer });
    else if (question.view.failure() !== undefined)
      out.push({ statement, match: settled('unavailable', question.view.failure()?.message ?? '') });
    else if (options.mode === 'sample') out.push({ statement, match: answerSample(draw), view: question.view });
    else if (statement.content.kind === 'oms')
      out.push({ statement, match: answerOms(statement, question.view, listing, options), view: question.view });
    else {
      const match = await orIfUnavailable(answerDigests(statement, question, { ...context, roots }), ({ message }) =>
        settled('unavailable', message),
      );
      out.push({ statement, match, view: question.view });
    }
  }
  return out;
}

function answerOms(
  { content }: ClassifiedStatement,
  view: View,
  listing: ModelListing,
  options: VerifyOptions,
): MatchResult {
  if (content.kind !== 'oms') throw new Error('not an OMS statement');
  const ignore = new Set(options.ignore);
  const { changes, covered, unsigned } = matchOms(content.oms, {
    files: view.files(),
    kind: listing.kind,
    shardDigests: view.ranges(),
    isIgnored: (path) => isIgnored(path, ignore),
    ignoreUnsigned: options.ignoreUnsignedFiles,
  });
  if (changes.length > 0) {
    const message = summariseChanges(changes);
    return { outcome: 'different', message, changes, covered: new Set(), observed: {} };
  }
  const extra = unsigned.length > 0 ? `; ${unsigned.length} unsigned files are not covered` : '';
  return {
    outcome: covered.size === 0 ? 'unknown' : 'match',
    message: covered.size === 0 ? 'every file that it lists is ignored' : `${covered.size} files equal${extra}`,
    changes: [],
    covered,
    observed: fileRootsOrNone(view, listing),
  };
}

/** The roots are only formed where every file was hashed with SHA-256, as foreign OMS statements need not be. */
function fileRootsOrNone(view: View, { kind }: ModelListing): DigestSet {
  const files = view.files();
  const unhashed = files.find(({ whole }) => whole.sha256 === undefined);
  return files.length > 0 && unhashed === undefined ? fileRoots(files, kind) : {};
}

async function answerDigests(
  entry: ClassifiedStatement,
  question: Extract<Question, { readonly view: View }>,
  context: AnswerContext,
): Promise<MatchResult> {
  const { view } = question;
  const { listing, options } = context;
  const compare = (patch?: Patch): MatchResult => {
    const observed = observe(question, context, patch);
    const { files } = view.set;
    const covered = patch === undefined ? files : files.filter(({ path }) => patch.manifest.files.has(path));
    const results = entry.statement.subject.map(({ digest }) => matchDigests(digest, observed, listing.kind));
    const best = (['match', 'contradicts', 'unknown', 'different'] as const)
      .map((outcome) => results.find((result) => result.outcome === outcome))
      .find((result) => result !== undefined);
    // Roots that were completed from the manifest were not recomputed from the bytes.
    const recomputed = patch !== undefined && patch.ignore.size > 0 ? {} : observed;
    const base = { ...(best ?? settled('unknown', 'has no subject')), changes: [], observed: recomputed };
    if (base.outcome !== 'match') return { ...base, covered: new Set() };
    // Nothing compared is nothing verified: the manifest alone would give the signed root.
    return covered.length > 0 ? { ...base, covered } : settled('unknown', 'every file that it lists is ignored');
  };
  const plain = compare();
  if (plain.outcome === 'match') return agreeWithPredicate(entry, question, context, plain);
  if (options.ignore.length === 0 && !options.ignoreUnsignedFiles) return plain;
  const manifest = await context.shelf.for(entry);
  if (manifest === undefined) {
    return settled(
      'unknown',
      'without its manifest what --ignore or --ignore-unsigned-files leaves out cannot be told from a change',
      {
        observed: plain.observed,
      },
    );
  }
  const ignore = new Set(options.ignore);
  const segments = options.mode === 'verify' ? {} : { segments: await context.shelf.segments(entry, () => true) };
  return compare({ manifest, ...segments, ignore, ignoreUnsigned: options.ignoreUnsignedFiles });
}

function observe(
  question: Extract<Question, { readonly view: View }>,
  { listing, options, roots }: AnswerContext,
  patch?: Patch,
): DigestSet {
  const { view, segmentHash } = question;
  const plan = options.mode === 'verify' ? undefined : view.plan;
  const segments = (hash: SegmentHash, cut: ModelPlan): DigestSet =>
    patch === undefined ? roots.segments(view, cut, hash) : segmentRoots(view.segments(), hash, patch);
  const files = (): DigestSet =>
    patch === undefined ? roots.files(view) : fileRoots(view.files(), listing.kind, patch);
  return {
    ...(options.mode === 'fast' ? {} : files()),
    ...(plan === undefined || segmentHash === undefined ? {} : segments(segmentHash, plan)),
  };
}

/** What a model statement says beside its subject must be true of the same bytes, as far as this run recomputed it. */
function agreeWithPredicate(
  entry: ClassifiedStatement,
  { view, segmentHash }: Extract<Question, { readonly view: View }>,
  { listing, options, roots }: AnswerContext,
  match: MatchResult,
): MatchResult {
  if (entry.content.kind !== 'model') return match;
  const { model } = entry.content;
  const wrong = (message: string): MatchResult => ({
    ...match,
    outcome: 'contradicts',
    mixed: true,
    message,
    covered: new Set(),
  });
  const { files } = view.set;
  const bytes = files.bytes();
  if (files.length !== model.files) return wrong(`says ${model.files} files; there are ${files.length}`);
  if (bytes !== model.bytes) return wrong(`says ${model.bytes} bytes; there are ${bytes}`);
  if (options.mode !== 'full' || segmentHash === undefined || view.plan === undefined) return match;
  const found = roots.tensorSets(view, view.plan, segmentHash);
  const listed = JSON.stringify(model.tensorSets.map(tensorSetKey));
  return JSON.stringify(found.map(tensorSetKey)) === listed
    ? match
    : wrong(
        `the tensor roots are not those of the same bytes in ${listing.kind === 'file' ? 'the file' : 'the folder'}`,
      );
}

const tensorSetKey = (set: {
  readonly path: string;
  readonly format: string;
  readonly hash: string;
  readonly size: number;
  readonly parameters: number;
  readonly root: string;
}): readonly unknown[] => [set.path, set.format, set.hash, set.size, set.parameters, set.root];
