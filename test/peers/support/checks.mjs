import { isDeepStrictEqual } from 'node:util';
import { describe } from './process.mjs';

const colour = process.env.NO_COLOR === undefined && (process.stdout.isTTY || process.env.CI === 'true');

export const red = (text) => (colour ? `\u001B[31m${text}\u001B[39m` : text);
export const yellow = (text) => (colour ? `\u001B[33m${text}\u001B[39m` : text);

/** Plain assertions that print what they found and count it. A failed one does not stop the peer. */
export class Checks {
  passed = 0;
  failed = 0;

  /** @param temp a folder that is the peer's own and removed after it */
  constructor(temp) {
    this.temp = temp;
  }

  ok(condition, title, detail = '') {
    if (condition) {
      this.passed += 1;
      console.log(`ok   ${title}`);
    } else {
      this.failed += 1;
      console.log(red(`FAIL ${title}`) + (detail === '' ? '' : `\n      ${detail}`));
    }
    return condition;
  }

  equal(actual, expected, title) {
    const show = (value) => JSON.stringify(value) ?? String(value);
    return this.ok(
      isDeepStrictEqual(actual, expected),
      title,
      `expected ${show(expected)}\n      found    ${show(actual)}`,
    );
  }

  /** The process ended with this exit status, or with one of these. */
  exits(result, expected, title) {
    return this.ok([expected].flat().includes(result.status), title, describe(result));
  }
}
