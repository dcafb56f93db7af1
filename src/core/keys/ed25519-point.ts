import { bigFromBytes } from './key-types.ts';

/** The field and the d of edwards25519 (RFC 8032 §5.1). */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * The y of every point whose order divides 8: 1 (the identity), −1 (order 2), 0 (order 4) and ±y of the order-8 points,
 * where d·y⁴ + 2·y² − 1 = 0. Each stands for both signs of x.
 */
const ORDER_8_Y = 55188659117513257062467267217118295137698188065244968500265048394206261417927n;
const SMALL_ORDER_Y: readonly bigint[] = [0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y];

/**
 * Whether 32 bytes, if they encode a curve point, are its canonical encoding, and it is not of small order: the rule for R in
 * strict verification. That R is on the curve, the equation shows.
 */
export function isStrictEd25519Encoding(bytes: Uint8Array): boolean {
  return bytes.length === 32 && isStrictY(yOf(bytes));
}

/**
 * Whether 32 bytes are the one canonical encoding of a curve point that is not of small order: the rule for A in strict
 * verification. A small-order key would accept signatures over any message.
 */
export function isStrictEd25519Point(bytes: Uint8Array): boolean {
  if (!isStrictEd25519Encoding(bytes)) return false;
  const y = yOf(bytes);
  // x² = (y² − 1) / (d·y² + 1); a quotient is a square exactly when the product is, so no inversion is needed.
  const y2 = (y * y) % P;
  const product = ((y2 - 1n + P) * (D * y2 + 1n)) % P;
  return power(product, (P - 1n) / 2n) === 1n;
}

const yOf = (bytes: Uint8Array): bigint => bigFromBytes(bytes.toReversed()) & (2n ** 255n - 1n);

const isStrictY = (y: bigint): boolean => y < P && !SMALL_ORDER_Y.includes(y);

function power(base: bigint, exponent: bigint): bigint {
  let out = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) out = (out * square) % P;
    square = (square * square) % P;
  }
  return out;
}
