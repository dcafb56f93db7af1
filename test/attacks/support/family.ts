import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TRAINER } from './keys.ts';
import { attest, type Scene, signOms } from './scene.ts';
import { statementOf } from './signed.ts';

export const MODEL = 'https://w3id.org/stemma/model/v1';
export const PROVENANCE = 'https://slsa.dev/provenance/v1';

const linesOf = (model: string): string[] =>
  readFileSync(path.join(model, 'model.attestations.jsonl'), 'utf8').trimEnd().split('\n');

export const setOf = (line: string): Record<string, string> => statementOf(line).subject[0]?.digest ?? {};

/** The statement of a type about the model of an attested folder itself. */
export const ownLine = (model: string, type: string): string =>
  linesOf(model).find((line) => statementOf(line).predicateType === type) ?? '';

/** The model of the scene attested as a fine-tune of `base`, whose evidence travels with it. */
export async function family(scene: Scene, { attestBase = true } = {}): Promise<string> {
  const base = scene.other('base', 'base');
  if (attestBase) await attest(base);
  else await signOms(base);
  await scene.attestAnew({ base: `finetuned-from=${base}` });
  return base;
}

/** Puts the base's files in the place of the child's; evidence stays as it is. */
export function baseWeights(scene: Scene, base: string): void {
  for (const name of ['README.md', 'config.json', 'model.safetensors'])
    scene.write(name, readFileSync(path.join(base, name)));
}

/** Drops the child's own statements of a type. */
export const strip = (scene: Scene, type: string, about: Record<string, string>): void => {
  scene.lines = scene.lines.filter((line) => {
    const { predicateType } = statementOf(line);
    return predicateType !== type || setOf(line)['sha256'] !== about['sha256'];
  });
};

export const MODES = ['', '--fast', '--full'] as const;
export const modeArguments = (mode: string): string[] => ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
