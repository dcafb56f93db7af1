/**
 * JSON with a final line feed that is safe to print: the same values, with everything that a terminal or a CI log would interpret written as
 * `\uXXXX` (controls, bidirectional and zero-width marks, and the second character of `::` and `##`).
 */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(UNSAFE, escapeUnit)}\n`;
}

// Outside strings JSON has none of these, so replacing in the whole text changes no value.
const UNSAFE =
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\udb40-\udb43][\udc00-\udfff]|(?<=:):|(?<=#)#/g;

function escapeUnit(match: string): string {
  return match
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
