import { hexEncode } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import type { SignatureChecks } from './judge-signature.ts';

/** Signatures that one run checks: for hostile input, a bound of a few seconds. */
const MAX_WORK = 20_000;
/** A long message is hashed for each of its signatures: it counts once more for each of these. */
const BYTES_PER_UNIT = 256 * 1024;
/** A keyless bundle takes about as long as this many plain signatures: a chain, a log entry and its proof. */
const KEYLESS_WORK = 50;

/** Whether an error says that the budget is spent: unlike what the caller's own files are refused for. */
export const isBudgetSpent = (error: unknown): error is StemmaError =>
  isStemmaError(error) && error.code === 'TOO_LARGE' && error.details?.['maxWork'] !== undefined;

/**
 * The same checks for one run over many bundles: each signature of one message by one key is checked once, and together they
 * do a bounded amount of work.
 *
 * The checks throw StemmaError TOO_LARGE where more is asked for.
 */
export function budgeted(checks: SignatureChecks, maxWork = MAX_WORK): SignatureChecks {
  const known = new Map<string, boolean>();
  const names = new WeakMap<Uint8Array, string>();
  let work = 0;
  const spend = (units: number): void => {
    work += units;
    if (work > maxWork) {
      throw new StemmaError('TOO_LARGE', `more than ${maxWork} signatures to check`, { details: { maxWork } });
    }
  };
  const nameOf = (message: Uint8Array): string => {
    const name = names.get(message) ?? hexEncode(checks.sha256(message));
    names.set(message, name);
    return name;
  };
  return {
    ...checks,
    verifySignature: (key, message, signature, options) => {
      const id = `${key.fingerprint} ${nameOf(message)} ${options?.hash ?? ''} ${hexEncode(signature)}`;
      const before = known.get(id);
      if (before !== undefined) return before;
      spend(1 + Math.floor(message.length / BYTES_PER_UNIT));
      const verifies = checks.verifySignature(key, message, signature, options);
      known.set(id, verifies);
      return verifies;
    },
    verifyCertificatePath: (options) => {
      spend(options.chain.length);
      return checks.verifyCertificatePath(options);
    },
    verifyKeyless: (options) => {
      spend(KEYLESS_WORK);
      return checks.verifyKeyless(options);
    },
  };
}
