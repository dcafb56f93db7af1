import { setTimeout as sleep } from 'node:timers/promises';
import { isStemmaError, StemmaError } from '../../errors/index.ts';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;
/** A server may ask for more patience than this; then the user is told instead. */
const MAX_PAUSE_MS = 30_000;

/**
 * Does the work again where trying again soon may help: no connection, a cut one, 429 and 502 to 504, but no time limit. Pauses double from a quarter of a
 * second, each somewhere between half and all of it so that many clients do not come back at once; `Retry-After` is heeded.
 *
 * @param work idempotent
 */
export async function retrying<T>(
  work: () => Promise<T>,
  { random, signal }: { readonly random: () => number; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const pause = pauseAfter(error, attempt, random);
      if (pause === undefined) throw error;
      await rest(pause, signal);
    }
  }
}

function pauseAfter(error: unknown, attempt: number, random: () => number): number | undefined {
  if (attempt >= ATTEMPTS || !isStemmaError(error) || error.code !== 'REMOTE_UNAVAILABLE') return undefined;
  const { status, retryAfterMs, timedOut } = error.details ?? {};
  if (timedOut === true) return undefined;
  if (typeof status === 'number' && status !== 429 && (status < 502 || status > 504)) return undefined;
  if (typeof retryAfterMs === 'number') return retryAfterMs <= MAX_PAUSE_MS ? retryAfterMs : undefined;
  return FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + random() / 2);
}

/** @throws StemmaError INTERRUPTED */
export async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new StemmaError('INTERRUPTED', 'interrupted', { cause });
  }
}
