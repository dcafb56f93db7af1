import type { SegmentRequest } from '../digest/index.ts';
import { isIgnored } from '../model/index.ts';
import { changedSegments, fileChanges, summariseChanges } from './checks/changes.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import type { MatchResult } from './checks/match.ts';
import type { EvaluateContext } from './evaluated.ts';
import type { ManifestSegments } from './manifests.ts';
import type { Observer, View } from './observe.ts';
import { settled } from './questions.ts';
import { orIfUnavailable } from './unavailable.ts';

/** Segments drawn for one statement, or why none could be. */
export type SampleDraw =
  | { readonly answer: MatchResult }
  | {
      readonly view: View;
      readonly expected: ReadonlyMap<string, ManifestSegments>;
      readonly drawn: ReadonlyMap<string, Uint32Array>;
      readonly segments: number;
      readonly total: number;
    };

/**
 * Draws a random part of the segments that the authenticated manifest lists; paths and sizes of all files are compared first.
 * Chosen after the statement was made and unknown to its signer, so a changed segment escapes with probability 1 − k/n.
 */
export function drawSample(
  entry: ClassifiedStatement,
  view: View,
  observer: Observer,
  context: EvaluateContext,
): Promise<SampleDraw> {
  return orIfUnavailable(draw(entry, view, observer, context), ({ message }) => ({
    answer: settled('unavailable', message),
  }));
}

async function draw(
  entry: ClassifiedStatement,
  { set }: View,
  observer: Observer,
  { shelf, options }: EvaluateContext,
): Promise<SampleDraw> {
  const manifest = await shelf.forSample(entry);
  if (manifest === undefined || options.sample === undefined) {
    return {
      answer: settled(
        'unknown',
        'a sample is compared with the segments of a manifest whose segment root the statement signs, and there is none',
      ),
    };
  }
  const ignore = new Set(options.ignore);
  const listed = new Map(
    [...manifest.files]
      .filter(({ path }) => !isIgnored(path, ignore))
      .map(({ path, size }) => [path, { size, digest: '' }]),
  );
  const here = set.files
    .filter(({ path }) => !options.ignoreUnsignedFiles || listed.has(path))
    .map(({ path, size }) => ({ path, size, whole: {} }));
  const changes = fileChanges(listed, here, () => '');
  if (changes.length > 0) return { answer: settled('different', summariseChanges(changes), { changes }) };
  const expected = await shelf.segments(entry, (path) => listed.has(path));
  const owners = [...expected.values()].flatMap(({ path, lengths }) =>
    Array.from(lengths, (_, index) => ({ path, index })),
  );
  const count = Math.min(owners.length, Math.ceil(options.sample.fraction * owners.length));
  for (let i = 0; i < count; i++) {
    const j = i + options.sample.random(owners.length - i);
    [owners[i], owners[j]] = [owners[j] as (typeof owners)[0], owners[i] as (typeof owners)[0]];
  }
  const drawn = new Map<string, Uint32Array>();
  for (const [path, group] of Map.groupBy(owners.slice(0, count), (owner) => owner.path)) {
    drawn.set(path, Uint32Array.from(group, ({ index }) => index).toSorted());
  }
  const ranges = new Map<string, SegmentRequest>();
  for (const [path, only] of drawn) {
    ranges.set(path, {
      hash: manifest.summary.segmentHash,
      lengths: (expected.get(path) as ManifestSegments).lengths,
      only,
    });
  }
  const view = await observer.add({ set, whole: () => [], ranges }, options);
  return { view, expected, drawn, segments: count, total: owners.length };
}

/** `match` here means that the sample agrees; that it is only a sample is for the verdict to say. */
export function answerSample(draw: SampleDraw | undefined): MatchResult {
  if (draw === undefined) return settled('unknown', 'no sample was drawn');
  if ('answer' in draw) return draw.answer;
  const found = draw.view.ranges();
  const changes = [...draw.drawn].flatMap(([path, only]) => {
    const { digests, tensors } = draw.expected.get(path) as ManifestSegments;
    const actual = found.get(path) ?? [];
    const changed = [...only].filter((index) => {
      const { outside, tensors: named } = changedSegments(
        { digests: digests.subarray(32 * index, 32 * index + 32), tensors: [tensors[index]] },
        actual[index] ?? new Uint8Array(),
        32,
      );
      return outside || named.length > 0;
    });
    const named = [...new Set(changed.map((index) => tensors[index]))].filter((name) => name !== undefined);
    return changed.length === 0 ? [] : [{ path, change: 'changed' as const, tensors: named }];
  });
  if (changes.length > 0) return settled('different', summariseChanges(changes), { changes });
  if (draw.segments === 0) return settled('unknown', 'the model has no segment to draw');
  const escape = 1 - draw.segments / draw.total;
  const message = `${draw.segments} of ${draw.total} segments drawn and equal; one changed segment escapes with probability ${escape.toFixed(4)}`;
  return settled('match', message, { covered: new Set(draw.expected.keys()) });
}
