/** Licence ids and exceptions (`Apache-2.0`, `GPL-2.0+`), and references to licences outside of the SPDX list. */
const ID = /^(?:DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9][A-Za-z0-9.-]*\+?$/;
const OPERATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'WITH']);

/**
 * Whether a text has the form of an SPDX licence expression (SPDX 3.0, annex B): `CC-BY-4.0`, `MIT OR (Apache-2.0 AND
 * LicenseRef-ours)`. Whether its ids are on the SPDX list, which grows, is not asked.
 */
export function isLicenseExpression(text: string): boolean {
  let depth = 0;
  let expectsOperand = true;
  for (const token of text.match(/[()]|[^()\s]+/g) ?? []) {
    if (token === '(' || (token !== ')' && !OPERATORS.has(token))) {
      if (!expectsOperand) return false;
      if (token === '(') depth++;
      else if (!ID.test(token)) return false;
      expectsOperand = token === '(';
    } else {
      if (expectsOperand) return false;
      if (token === ')' && --depth < 0) return false;
      expectsOperand = token !== ')';
    }
  }
  return depth === 0 && !expectsOperand;
}
