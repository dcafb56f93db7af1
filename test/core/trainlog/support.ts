import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';

/** Matches a StemmaError by its code. */
export const coded = (code: string): object => expect.objectContaining({ name: 'StemmaError', code });

export const makeFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'stemma-trainlog-'));

export function writeFile(dir: string, name: string, content: Uint8Array | string): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, content);
  return file;
}
