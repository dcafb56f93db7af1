import { throwIfAborted } from '../errors/index.ts';
import type { AbortOptions } from '../progress/index.ts';

/**
 * Lets others work, such as whoever interrupts.
 *
 * @throws StemmaError INTERRUPTED
 */
export async function turn({ signal }: AbortOptions): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  throwIfAborted(signal);
}
