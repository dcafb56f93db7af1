import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Draft } from '../support/policies.ts';
import { decide, descentPolicy, makeDescent } from './policy-ancestors-support.ts';
import { requirementOf } from './policy-support.ts';

let dir: string;

beforeAll(async () => {
  dir = await makeDescent({ parameters: { license: 'gpl-3.0' } });
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each<readonly [string, Draft, number, string]>([
  ['a reading of it is denied', { deny: ['GPL-3.0-or-later'] }, 1, 'base "base" is under gpl-3.0'],
  ['its family is denied', { deny: ['gpl'] }, 1, 'base "base" is under gpl-3.0'],
  ['one reading alone is allowed', { allow: ['GPL-3.0-only'] }, 1, 'base "base" is under gpl-3.0'],
  ['its family is allowed by name', { allow: ['gpl'] }, 1, 'base "base" is under gpl-3.0'],
  ['all its readings are allowed', { allow: ['GPL-3.0-only', 'GPL-3.0-or-later'] }, 0, 'nobody states'],
  ['another licence is denied', { deny: ['LGPL-3.0-only'] }, 0, 'nobody states'],
])('decides about an ancestor under an id of the Hub where %s', async (_, terms, exitCode, message) => {
  const found = await decide(dir, descentPolicy({ licences: { ...terms, unstated: 'warn' } }));

  expect(found.exitCode).toBe(exitCode);
  expect(requirementOf(found, 'lineage-licences')?.message).toContain(message);
});
