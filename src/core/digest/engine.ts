import { availableParallelism } from 'node:os';
import { throwIfAborted } from '../errors/index.ts';
import { Collector } from './collector.ts';
import { hashInline } from './inline.ts';
import type { LazyList, List } from './lazy-list.ts';
import { Meter } from './meter.ts';
import { hasNativeBlake3 } from './native.ts';
import { planBatches, plannedBytes } from './plan.ts';
import { Pool } from './pool.ts';
import type { EngineOptions, FileRequest, FileResult } from './request.ts';

/** Below this many bytes, starting workers (some 50 ms) costs more than they save. */
const INLINE_BYTES = 128 * 1024 * 1024;

let warned = false;

/**
 * Digests files in one read of each byte, on all cores: big files with whole-file digests side by side, everything else in
 * spans of some 32 MiB. Memory does not grow with the bytes, except for the digests asked for.
 *
 * A file that cannot be read, is no regular file or is not exactly the file of its `identity` before and after reading has an
 * `error` in its result and no digest; the other files are not affected. The results are in the order of the requests.
 *
 * @throws StemmaError INTERRUPTED once `options.signal` is aborted; no thread of ours is then left
 * @throws RangeError if the segment lengths of a request are not the size of its file together
 */
export async function hashFiles(files: List<FileRequest>, options: EngineOptions): Promise<LazyList<FileResult>> {
  const { signal, jobs = availableParallelism() } = options;
  throwIfAborted(signal);
  const total = plannedBytes(files);
  const collector = new Collector(files);
  const batches = planBatches(files, (file) => collector.hasFailed(file));
  if (jobs <= 1 || total < INLINE_BYTES) {
    if (collector.asksBlake3 && !hasNativeBlake3()) warnOfPortableBlake3(options);
    let done = 0;
    const meter = new Meter(options, total, () => done);
    try {
      await hashInline(batches, collector, signal, (bytes, path) => {
        done += bytes;
        meter.startFile(path);
      });
    } finally {
      meter.stop();
    }
  } else {
    // This thread computes no BLAKE3 itself, and the module takes 10 ms to load.
    const onPortable = (): void => warnOfPortableBlake3(options);
    const pool = new Pool(batches, collector, (path) => meter.startFile(path), onPortable);
    const meter = new Meter(options, total, () => pool.bytesRead());
    try {
      await pool.run(jobs, signal);
    } finally {
      meter.stop();
    }
  }
  return collector.results();
}

function warnOfPortableBlake3({ onWarning }: EngineOptions): void {
  if (warned || onWarning === undefined) return;
  warned = true;
  onWarning(
    'no native BLAKE3 for this host (@napi-rs/blake-hash did not load): the portable one is about ten times slower',
  );
}
