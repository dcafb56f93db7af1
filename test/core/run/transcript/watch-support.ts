import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, vi } from 'vitest';
import {
  type TranscriptOptions,
  type TranscriptWatch,
  watchTranscript,
} from '../../../../src/core/run/transcript/watch-transcript.ts';
import { workingFolder } from '../wrapping.ts';

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
export let cwd: string;
export let warnings: string[];

beforeEach(() => {
  cwd = workingFolder();
  warnings = [];
});

export const at = (name: string): string => path.join(cwd, name);
export const write = (name: string, text: string): void => writeFileSync(at(name), text);
export const lines = (): string[] => readFileSync(at('transcript.jsonl'), 'utf8').split('\n').slice(0, -1);
export const names = (): unknown[] => lines().map((line) => (JSON.parse(line) as { name: string }).name);

export async function watch(
  patterns: readonly string[],
  rest: Partial<TranscriptOptions> = {},
): Promise<TranscriptWatch> {
  const watching = await watchTranscript({
    cwd,
    patterns,
    file: at('transcript.jsonl'),
    now: () => new Date(Date.UTC(2026, 0, 2)),
    onWarning: (message) => warnings.push(message),
    every: 10,
    ...rest,
  });
  onTestFinished(async () => watching.end());
  return watching;
}
/** Until a checkpoint of that name stands in the transcript so often. */
export const recorded = async (name: string, times = 1): Promise<void> => {
  await vi.waitFor(() => expect(names().filter((other) => other === name)).toHaveLength(times), { timeout: 5000 });
};

/** A clock that does something before each look while nothing is recorded: it is asked before and after it. */
export function beforeLook(act: (look: number) => unknown): () => Date {
  let asked = 0;
  return () => {
    if (asked % 2 === 0) act(asked / 2);
    asked += 1;
    return new Date(0);
  };
}
