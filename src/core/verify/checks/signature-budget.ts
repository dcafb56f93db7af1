import { hexEncode } from '../../bytes/index.ts';
import { isStemmaError, StemmaError } from '../../errors/index.ts';
import type { CertificateVerdict, PublicKey } from '../../keys/index.ts';
import type { SignatureChecks } from './judge-signature.ts';

/** Work that one run does on signatures, in checks of P-256, some 0.1 ms each: for hostile input, a bound of a second or two. */
const MAX_WORK = 10_000;
/** As measured on Node 24: OpenSSL has fast code for P-256 alone. */
const WORK_OF_KEY = {
  'ecdsa-p256': 1,
  secp256k1: 3,
  ed25519: 3,
  'ecdsa-p384': 8,
  'ecdsa-p521': 18,
} as const satisfies Record<PublicKey['type'], number>;
/** A long message is hashed for each of its signatures: it counts once more for each of these. */
const BYTES_PER_UNIT = 64 * 1024;
/** Of a chain, for each pair of its certificates: in the worst case each is checked against each, with any key. */
const PAIR_WORK = WORK_OF_KEY['ecdsa-p521'];
/** A keyless bundle takes about as long as this many plain signatures: a chain, a log entry and its proof. */
const KEYLESS_WORK = 50;

/** Whether an error says that the budget is spent: unlike what the caller's own files are refused for. */
export const isBudgetSpent = (error: unknown): error is StemmaError =>
  isStemmaError(error) && error.code === 'TOO_LARGE' && error.details?.['maxWork'] !== undefined;

/**
 * The same checks for one run over many bundles: each signature of one message by one key, and each chain, is checked
 * once, and together they
 * do a bounded amount of work.
 *
 * The checks throw StemmaError TOO_LARGE where more is asked for.
 */
export function budgeted(checks: SignatureChecks, maxWork = MAX_WORK): SignatureChecks {
  const known = new Map<string, boolean>();
  const paths = new Map<string, CertificateVerdict>();
  const names = new WeakMap<Uint8Array, string>();
  let work = 0;
  const spend = (units: number): void => {
    work += units;
    if (work > maxWork) {
      throw new StemmaError(
        'TOO_LARGE',
        `more signatures than one run checks: the budget is ${maxWork} checks of P-256`,
        { details: { maxWork } },
      );
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
      spend(WORK_OF_KEY[key.type] + Math.floor(message.length / BYTES_PER_UNIT));
      const verifies = checks.verifySignature(key, message, signature, options);
      known.set(id, verifies);
      return verifies;
    },
    verifyCertificatePath: (options) => {
      const { chain, anchors, at } = options;
      const id = JSON.stringify([chain.map(nameOf), anchors.map(nameOf), at]);
      const before = paths.get(id);
      if (before !== undefined) return before;
      spend(PAIR_WORK * chain.length ** 2);
      const verdict = checks.verifyCertificatePath(options);
      paths.set(id, verdict);
      return verdict;
    },
    verifyKeyless: (options) => {
      spend(KEYLESS_WORK);
      return checks.verifyKeyless(options);
    },
  };
}
