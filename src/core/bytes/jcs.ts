import type { JsonValue } from './json.ts';

/**
 * RFC 8785 (JCS) for the values that our own formats hold: strings, safe integers, booleans, null, arrays, objects.
 * Never used for signatures, which are over exact bytes (DSSE).
 *
 * @throws TypeError for a number that is not a safe integer or is -0, and for a lone surrogate
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      throw new TypeError(`"value" expected safe integer, got ${value}`);
    return String(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('"value" expected well-formed text, got a lone surrogate');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Readonly<Record<string, JsonValue>>;
  // RFC 8785 §3.2.3 orders members by UTF-16 code units, which is what sort() does.
  const members = Object.keys(object)
    .toSorted()
    .map((key) => `${canonicalJson(key)}:${canonicalJson(object[key] as JsonValue)}`);
  return `{${members.join(',')}}`;
}
