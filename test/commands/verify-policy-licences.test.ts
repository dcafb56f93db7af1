import { appendFileSync, cpSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Draft } from '../support/policies.ts';
import { type Decided, decide, descentPolicy, LINES, makeDescent, stemma } from './policy-ancestors-support.ts';
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

it('takes the licence of an ancestor that a summary stands for from the verifier, and not from whoever else is in the policy', async () => {
  const own = await makeDescent();
  const verifier = 'https://gate.example/v1';
  const vsa = ['--vsa', 'vsa.jsonl', '--vsa-key', 'gate.key', '--verifier-id', verifier];
  await stemma(own, 'verify', 'base', '--key', 'publisher.pub', '--ancestor-key', 'publisher.pub', ...vsa);
  const policy = descentPolicy({
    ancestors: undefined,
    stopAt: [{ vsa: { verifier, signers: { anyOf: ['gate'] } } }],
    licences: { allow: ['MIT'] },
    origins: {},
  });
  const licensedBy = async (who: string): Promise<Decided> => {
    for (const name of ['config.json', 'model.safetensors'])
      cpSync(path.join(own, 'base', name), path.join(own, who, name));
    await stemma(own, 'attest', who, '--key', `${who}.key`, '--param', 'license=MIT');
    appendFileSync(path.join(own, LINES), readFileSync(path.join(own, who, path.basename(LINES))));
    return decide(own, policy, '--attestations', 'vsa.jsonl');
  };

  try {
    const byTrainer = await licensedBy('trainer');
    expect([byTrainer.exitCode, requirementOf(byTrainer, 'lineage-licences')?.message]).toEqual([
      3,
      'nobody who is asked about it states the licence of base "base"',
    ]);
    expect((await licensedBy('gate')).exitCode).toBe(0);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
});
