import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../../shared/vectors');

/** The folder of a public vector set, or undefined where the checkout stands alone. */
export function vectorsDir(name: string): string | undefined {
  const dir = path.join(ROOT, name);
  return existsSync(dir) ? dir : undefined;
}

/** Runs the suite over a public vector set; where the set is absent the skip is visible in the report. */
export function describeVectors(name: string, suite: (dir: string) => void): void {
  const dir = vectorsDir(name);
  if (dir === undefined) {
    describe.skip(`public vectors ${name}: not found in ../shared/vectors`, () => undefined);
  } else {
    describe(`public vectors ${name}`, () => suite(dir));
  }
}
