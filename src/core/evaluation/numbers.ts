/** Decimal text as programs print it; no hexadecimal, no `nan` or `inf`, no white space. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;

/** The double that decimal text is nearest to, or undefined for any other text and for what overflows. */
export function parseDecimal(text: string): number | undefined {
  if (text.length > 400 || !DECIMAL.test(text)) return undefined;
  const value = withoutNegativeZero(Number(text));
  return Number.isFinite(value) ? value : undefined;
}

/** JSON would print `-0` as `0`, so that reading back gives another double. */
export const withoutNegativeZero = (value: number): number => (value === 0 ? 0 : value);

/** Whether a statement can hold the number: finite, and as a whole number exact (docs/formats/evaluation.md). */
export const isRecordable = (value: number): boolean =>
  Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value)) && !Object.is(value, -0);
