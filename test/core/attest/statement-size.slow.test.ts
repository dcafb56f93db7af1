import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { expectCode } from '../model/support.ts';
import { attest, linesOf, sign, smallModel } from './support.ts';

/** Paths as long as a file system takes them reach the limit with fewer files. */
const FOLDERS = Array.from({ length: 14 }, (_, depth) => `${depth}`.padEnd(250, 'x')).join('/');
const ENOUGH = 14_000;

it('a model with more files than an OMS signature can list is refused unhashed, and attested without one', async () => {
  const model = smallModel();
  const folder = path.join(model, FOLDERS);
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < ENOUGH; i++) writeFileSync(path.join(folder, `${i}`.padEnd(200, 'y')), '');
  const phases: string[] = [];
  const onProgress = ({ phase }: { readonly phase: string }): number => phases.push(phase);
  const before = readdirSync(model);

  const attested = await expectCode(attest(model, { onProgress }), 'TOO_LARGE');
  const signed = await expectCode(sign(model, { onProgress }), 'TOO_LARGE');

  for (const { hint } of [attested, signed]) expect(hint).toContain('--no-model-sig');
  expect([phases, readdirSync(model)]).toEqual([[], before]);

  await attest(model, { modelSig: false, manifest: false });
  expect(linesOf(path.join(model, 'model.attestations.jsonl'))).toHaveLength(2);
});
