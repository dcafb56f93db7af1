import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('the committed JSON Schemas are the ones that the zod schemas generate', () => {
  const script = path.resolve(import.meta.dirname, '../../../scripts/schemas.mjs');
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('');
});
