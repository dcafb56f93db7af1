import { createInterface } from 'node:readline/promises';
import { StemmaError } from '../core/errors/index.ts';

/** Whether there is somebody to ask. */
export function canAsk(isJson: boolean): boolean {
  return !isJson && process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Asks a question on the terminal; everything but yes is no.
 *
 * @throws StemmaError INTERRUPTED
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } catch (cause) {
    throw new StemmaError('INTERRUPTED', 'interrupted', { cause });
  } finally {
    lines.close();
  }
}
