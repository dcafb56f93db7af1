import { concatBytes } from '../bytes/index.ts';
import { readChunks } from '../evidence/index.ts';
import { MAX_OBJECT_BYTES } from './objects.ts';

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Absent for a line that is longer than any bundle. */
  readonly bytes: Uint8Array | undefined;
}

const LF = 0x0a;
const BLANK: ReadonlySet<number> = new Set([0x09, 0x0d, 0x20]);

/**
 * The lines of a JSON Lines file of any length that are not blank, without LF and surrounding blanks. Hostile input: of a line
 * that is too long nothing is held.
 *
 * @throws StemmaError as `readChunks`
 */
export async function* readLines(file: string, options: { readonly followLink: boolean }): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  const line = (): Line | undefined => {
    number++;
    const bytes = length > MAX_OBJECT_BYTES.bundles ? undefined : trimmed(concatBytes(...parts));
    parts = [];
    length = 0;
    return bytes?.length === 0 ? undefined : { number, bytes };
  };
  const hold = (part: Uint8Array): void => {
    length += part.length;
    if (length > MAX_OBJECT_BYTES.bundles) parts = [];
    else parts.push(part);
  };
  for await (const chunk of readChunks(file, options)) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      hold(chunk.subarray(start, end));
      const read = line();
      if (read !== undefined) yield read;
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  const last = line();
  if (last !== undefined) yield last;
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && BLANK.has(bytes[start] as number)) start++;
  while (end > start && BLANK.has(bytes[end - 1] as number)) end--;
  return bytes.subarray(start, end);
}
