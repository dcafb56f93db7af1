import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The package's folder: `src/cli`, `dist/cli` and `dist/chunks` all lie two below it. */
export const PACKAGE_ROOT = path.resolve(import.meta.dirname, '../..');

/** The version in package.json. */
export function packageVersion(): string {
  const pjson: unknown = JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8'));
  return typeof pjson === 'object' && pjson !== null && 'version' in pjson ? String(pjson.version) : '';
}
