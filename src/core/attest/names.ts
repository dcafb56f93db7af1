import { StemmaError } from '../errors/index.ts';

const MAX_NAME = 4096;

/** A name that may stand in a statement: not empty, and no path of this machine (design §4); else undefined. */
export function recordableName(name: string | undefined): string | undefined {
  if (name === undefined || name === '' || name.length > MAX_NAME) return undefined;
  return /^(?:[/\\~]|[A-Za-z]:[/\\])/.test(name) ? undefined : name;
}

/** @throws StemmaError USAGE for a `--name` that no statement may hold */
export function requireRecordableName(name: string): void {
  if (recordableName(name) !== undefined) return;
  throw new StemmaError('USAGE', 'expected a name for people to read, found none, a path or a very long one', {
    hint: 'a name such as org/model says what the model is, not where it lies',
  });
}
