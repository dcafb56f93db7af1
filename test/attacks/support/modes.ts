import { renameSync } from 'node:fs';
import path from 'node:path';
import { type AttackCase } from './cases.ts';
import { TRAINER } from './keys.ts';
import { attest, type Scene } from './scene.ts';

export const MODES = ['', '--fast', '--full', '--sample=100%', '--integrity-only'] as const;
export type Mode = (typeof MODES)[number];

/** The arguments of a mode; nobody is trusted where nobody may be. */
export const argumentsOf = (mode: Mode): string[] => [
  ...(mode === '--integrity-only' ? [] : ['--key', TRAINER]),
  ...(mode === '' ? [] : [mode]),
  ...(mode.startsWith('--sample') ? ['--accept-sample'] : []),
];

export const inEveryMode = (
  title: string,
  spoil: (scene: Scene) => Promise<void> | void,
  exit: (mode: Mode) => AttackCase['exit'],
  more: (mode: Mode) => Pick<AttackCase, 'check' | 'outcome'> = () => ({}),
): AttackCase[] =>
  MODES.map((mode) => ({
    row: '+',
    title: `${title} ${mode}`,
    build: async (scene) => {
      await spoil(scene);
      return argumentsOf(mode);
    },
    exit: exit(mode),
    ...more(mode),
  }));

export async function attestedBase(scene: Scene): Promise<string> {
  const base = scene.other('base', 'base');
  await attest(base);
  return base;
}

export const move = (from: string, scene: Scene, ...names: readonly string[]): void => {
  for (const name of names) renameSync(path.join(from, name), scene.in(name));
};
