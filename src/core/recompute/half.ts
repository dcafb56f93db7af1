/** IEEE 754 binary16 by its bits: Node 22 has no Float16Array, and the bits are wanted anyway. */

/** The nearest binary16 to a binary32 given by its bits, ties to even; beyond the range infinity, as PyTorch and NumPy have it. */
export function halfOfFloat(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  if (magnitude < 0x38800000) return sign | subnormal(magnitude);
  // A carry out of the fraction goes into the exponent, and from the largest one into infinity: as it should.
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** Below 2⁻¹⁴ a binary16 counts units of 2⁻²⁴. */
function subnormal(magnitude: number): number {
  if (magnitude <= 0x33000000) return 0;
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const units = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return rest > tie || (rest === tie && (units & 1) === 1) ? units + 1 : units;
}

/** Every binary16 as a binary32, by its bits; the conversion is exact. */
export const FLOAT_OF_HALF: Float32Array = new Float32Array(65_536).map((_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
});
