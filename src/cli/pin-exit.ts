import type { PinReport } from '../core/ipfs/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** What a pin and its status leave with, from the report alone. */
export const EXIT_OF_PIN: Readonly<Record<PinReport['result'], ExitCode>> = {
  pass: EXIT.done,
  fail: EXIT.negative,
  incomplete: EXIT.incomplete,
  unavailable: EXIT.unavailable,
};
