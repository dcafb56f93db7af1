import type { ExitCode } from '../exit-codes.ts';

/** One step of the demonstration, with what really happened in it. Texts may name files and tensors: renderers escape them. */
export interface DemoStep {
  readonly id: string;
  /** What is done and what should come of it, in a sentence. */
  readonly title: string;
  /** Command lines that do the same in the demonstration's folder. */
  readonly commands: readonly string[];
  /** What those command lines exit with, from the same report or result. */
  readonly exitCode: ExitCode;
  readonly found: readonly string[];
  /** What the title promised and did not happen; empty where all went as told. */
  readonly broken: readonly string[];
}

export interface DemoResult {
  readonly asTold: boolean;
  readonly steps: readonly DemoStep[];
  /** Where the files are, when they were to be kept. */
  readonly folder?: string;
}

/** What a title promises, and whether it was kept. */
export type Promised = readonly (readonly [text: string, kept: boolean])[];

export function brokenPromises(promises: Promised): string[] {
  return promises.flatMap(([text, kept]) => (kept ? [] : [text]));
}
