import { type DigestSet, LazyList } from '../digest/index.ts';
import {
  type FileSegments,
  type FileSet,
  type ModelPlan,
  type SegmentHash,
  type TensorSetRoot,
  tensorSetRoots,
} from '../model/index.ts';
import type { View } from './observe.ts';
import { fileRoots, segmentRoots } from './roots.ts';

/** The roots of the bytes as read. Hostile input: formed once for each file set, however many statements ask for it. */
export class ObservedRoots {
  readonly #files = new Map<FileSet, DigestSet>();
  readonly #segments = new Map<ModelPlan, Map<SegmentHash, DigestSet>>();
  readonly #tensors = new Map<ModelPlan, Map<SegmentHash, readonly TensorSetRoot[]>>();

  /** File tree and `sha256`; every file of the view must have been hashed with SHA-256. */
  files(view: View): DigestSet {
    return memo(this.#files, view.set, () => fileRoots(view.files(), view.set.kind));
  }

  segments(view: View, plan: ModelPlan, hash: SegmentHash): DigestSet {
    const known = memo(this.#segments, plan, () => new Map<SegmentHash, DigestSet>());
    return memo(known, hash, () => segmentRoots(view.segments(), hash));
  }

  tensorSets(view: View, plan: ModelPlan, hash: SegmentHash): readonly TensorSetRoot[] {
    const known = memo(this.#tensors, plan, () => new Map<SegmentHash, readonly TensorSetRoot[]>());
    return memo(known, hash, () => {
      const segments = view.segments();
      const results = new LazyList(segments.length, (i) => ({
        whole: {},
        segments: [(segments.at(i) as FileSegments).digests],
      }));
      return tensorSetRoots(plan, hash, results);
    });
  }
}

function memo<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
