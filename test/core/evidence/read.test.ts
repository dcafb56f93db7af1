import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/core/errors/index.ts';
import {
  MAX_EVIDENCE_LINES,
  readChunks,
  readIfPresent,
  readSmallFile,
  splitLines,
} from '../../../src/core/evidence/index.ts';
import { expectCode, tempDir } from '../model/support.ts';

let dir: string;
beforeEach(() => {
  dir = tempDir();
});
const at = (name: string): string => path.join(dir, name);

async function drain(file: string): Promise<string> {
  let text = '';
  for await (const chunk of readChunks(file)) text += Buffer.from(chunk).toString('latin1');
  return text;
}

describe('reading evidence', () => {
  it('reads a file whole, and in chunks that stay as they are', async () => {
    const text = 'x'.repeat(600_000);
    writeFileSync(at('f'), text);
    expect(Buffer.from(await readSmallFile(at('f'), { maxBytes: 600_000 })).toString()).toBe(text);
    expect(await drain(at('f'))).toBe(text);
  });

  const troubles: readonly [string, ErrorCode, () => unknown][] = [
    ['is not there', 'PATH_NOT_FOUND', () => undefined],
    ['lies in a file', 'PATH_NOT_FOUND', () => undefined],
    ['is a folder', 'NOT_A_REGULAR_FILE', () => mkdirSync(at('f'))],
    ['is a pipe', 'NOT_A_REGULAR_FILE', () => execFileSync('mkfifo', [at('f')])],
    ['is a link', 'SYMLINK_REFUSED', () => symlinkSync('/etc/hostname', at('f'))],
    ['is a link to nothing', 'SYMLINK_REFUSED', () => symlinkSync('nothing', at('f'))],
  ];
  it.each(troubles)('refuses what %s, at once', async (what, code, make) => {
    make();
    if (what === 'lies in a file') writeFileSync(at('file'), '');
    const file = what === 'lies in a file' ? at('file/f') : at('f');
    const error = await expectCode(readSmallFile(file, { maxBytes: 10 }), code);
    expect(error.message).not.toContain(dir);
    await expectCode(drain(file), code);
  });

  it('refuses a terabyte before reading any of it', async () => {
    writeFileSync(at('f'), '');
    truncateSync(at('f'), 2 ** 40);
    await expectCode(readSmallFile(at('f'), { maxBytes: 10 }), 'TOO_LARGE');
  });

  it('follows a link that the caller named', async () => {
    writeFileSync(at('g'), 'x');
    symlinkSync('g', at('f'));
    expect(await readSmallFile(at('f'), { maxBytes: 10, followLink: true })).toEqual(Uint8Array.of(0x78));
  });

  it('says of a file that is not there that it is absent, and of nothing else', async () => {
    expect(await readIfPresent(at('f'), { maxBytes: 10 })).toBeUndefined();
    mkdirSync(at('f'));
    await expectCode(readIfPresent(at('f'), { maxBytes: 10 }), 'NOT_A_REGULAR_FILE');
  });
});

describe('splitting lines', () => {
  const split = (text: string): string[] =>
    splitLines(Buffer.from(text)).map(({ number, bytes }) => `${number}:${Buffer.from(bytes).toString()}`);

  it.each([
    ['a\nb\n', ['1:a', '2:b']],
    ['a\nb', ['1:a', '2:b']],
    ['\n\n a \n\t\n', ['3: a ']],
    ['a\r\n\r\nb\r', ['1:a', '3:b']],
    ['', []],
  ])('of %j gives %j', (text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it('refuses more lines than anybody wrote', async () => {
    await expectCode(
      Promise.resolve().then(() => splitLines(Buffer.from('a\n'.repeat(MAX_EVIDENCE_LINES + 1)))),
      'TOO_LARGE',
    );
    expect(splitLines(Buffer.from('a\n'.repeat(MAX_EVIDENCE_LINES)))).toHaveLength(MAX_EVIDENCE_LINES);
  });
});
