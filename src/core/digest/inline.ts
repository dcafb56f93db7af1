import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../errors/index.ts';
import type { Collector } from './collector.ts';
import { hashTask, reusedBlock } from './hash-task.ts';
import type { Task } from './task.ts';

/** How much is hashed before timers and signals get their turn: some milliseconds. */
const TURN_BYTES = 4 * 1024 * 1024;
/** What opening a file costs, as bytes. */
const OPEN_BYTES = 64 * 1024;

/**
 * Carries out batches in this thread, giving way to the event loop every few milliseconds.
 *
 * @param onBytes called with each number of bytes read
 * @throws StemmaError INTERRUPTED
 */
export async function hashInline(
  batches: Iterable<readonly Task[]>,
  collector: Collector,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number, path: string) => void,
): Promise<void> {
  const block = reusedBlock();
  let turn = 0;
  const giveWay = async (bytes: number): Promise<void> => {
    turn += bytes;
    if (turn < TURN_BYTES) return;
    turn = 0;
    await setImmediate();
    throwIfAborted(signal);
  };
  for (const batch of batches) {
    for (const task of batch) {
      const steps = hashTask(task, block);
      try {
        let step = steps.next();
        for (; step.done !== true; step = steps.next()) {
          onBytes(step.value, task.path);
          await giveWay(step.value);
        }
        collector.add(step.value);
      } finally {
        // Stopped halfway, the task still has its file open.
        steps.return({ file: task.file, whole: {}, segments: [] });
      }
      await giveWay(OPEN_BYTES);
    }
  }
}
