import type { ProgressOptions } from '../../progress/index.ts';
import { carLength } from '../car/write.ts';
import type { Dag } from '../dag.ts';

/** The same bytes, reporting how many went by. @param options.moved called for each chunk */
export async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  dag: Dag,
  { onProgress, moved }: ProgressOptions & { readonly moved?: () => void },
): AsyncGenerator<Uint8Array> {
  const total = carLength(dag);
  let done = 0;
  let told = 0;
  for await (const chunk of bytes) {
    yield chunk;
    moved?.();
    done += chunk.length;
    // About a hundred times in all.
    if (done - told >= total / 100) {
      told = done;
      onProgress?.({ phase: 'pinning', done, total });
    }
  }
}
