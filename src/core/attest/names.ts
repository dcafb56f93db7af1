import { StemmaError } from '../errors/index.ts';
import { publicationProblem } from './secrets.ts';

const MAX_NAME = 4096;

/** A name that may stand in a statement: not empty, no path of this machine, nothing that must not be public (design §4); else undefined. */
export function recordableName(name: string | undefined): string | undefined {
  if (name === undefined || name === '' || name.length > MAX_NAME) return undefined;
  const isPath = /^(?:[/\\~]|[A-Za-z]:[/\\])|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(name);
  return isPath || publicationProblem(name) !== undefined ? undefined : name;
}

/** @throws StemmaError USAGE for a `--name` that no statement may hold */
export function requireRecordableName(name: string): void {
  if (recordableName(name) !== undefined) return;
  throw new StemmaError(
    'USAGE',
    'expected a name for people to read, found none, a path, a secret, a URI with more than a place, or a very long one',
    {
      hint: 'a name such as org/model says what the model is, not where it lies',
    },
  );
}
