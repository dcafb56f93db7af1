import type { ProgressOptions } from '../../progress/index.ts';
import { carLength } from '../car/write.ts';
import type { Dag } from '../dag.ts';

/** The same bytes, reporting how many went by. */
export async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  dag: Dag,
  { onProgress }: ProgressOptions,
): AsyncGenerator<Uint8Array> {
  const total = carLength(dag);
  let done = 0;
  let told = 0;
  for await (const chunk of bytes) {
    yield chunk;
    done += chunk.length;
    // About a hundred times in all.
    if (done - told >= total / 100) {
      told = done;
      onProgress?.({ phase: 'pinning', done, total });
    }
  }
}
