import { StemmaError } from '../core/errors/index.ts';
import { EXIT } from './exit-codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns the first Ctrl-C (or SIGTERM, SIGHUP) into an abort, so that the work can stop at its next chunk and leave nothing
 * half-written; the second one ends the process at once.
 *
 * @returns the signal to pass to the work, whose reason says in `details.signal` which one came, and a function that restores the default behaviour
 */
export function abortOnInterrupt(onFirst: () => void): { readonly signal: AbortSignal; readonly restore: () => void } {
  const controller = new AbortController();
  const listener = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new StemmaError('INTERRUPTED', 'interrupted', { details: { signal } }));
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: controller.signal,
    restore: () => {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
