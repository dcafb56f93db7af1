import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { StemmaError } from '../../../src/core/errors/index.ts';
import { removeLeftovers, stageFile, temporaryFolderFor, writeFileAtomic } from '../../../src/core/evidence/index.ts';
import { expectCode, tempDir } from '../model/support.ts';

let dir: string;
beforeEach(() => {
  dir = tempDir();
});
const at = (...names: readonly string[]): string => path.join(dir, ...names);

async function* chunks(...parts: readonly (string | Uint8Array | Error)[]): AsyncGenerator<string | Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield await Promise.resolve(part);
  }
}

describe('a secret', () => {
  it.each([
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIG=\n-----END PRIVATE KEY-----\n', 0o600],
    ['an encrypted private key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n', 0o644],
    ['a SEC1 key after its parameters', '-----BEGIN EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\n', 0o600],
    ['an age identity', '# created: today\nAGE-SECRET-KEY-1QQ\n', 0o600],
    ['the secret of salted records', 'x'.repeat(32), 0o600],
  ])('is not replaced: %s', async (_, text, mode) => {
    writeFileSync(at('key'), text, { mode });

    await expectCode(writeFileAtomic(at('key'), 'report'), 'WOULD_OVERWRITE');

    expect(readFileSync(at('key'), 'utf8')).toBe(text);
    expect(readdirSync(dir)).toEqual(['key']);
  });

  it.each([
    ['a public key', '-----BEGIN PUBLIC KEY-----\n', 0o600],
    ['an earlier output of as many bytes as a secret', 'x'.repeat(32), 0o644],
    ['one that nobody else reads', 'x'.repeat(33), 0o600],
  ])('is not what is replaced: %s', async (_, text, mode) => {
    writeFileSync(at('out'), text, { mode });

    await writeFileAtomic(at('out'), 'report');

    expect(readFileSync(at('out'), 'utf8')).toBe('report');
  });
});

describe('writing a file', () => {
  it.each([
    ['text', 'héllo', Buffer.from('héllo')],
    ['bytes', Uint8Array.of(0, 255), Buffer.from([0, 255])],
    ['nothing', '', Buffer.alloc(0)],
  ])('writes %s and leaves nothing else', async (_, content, expected) => {
    await writeFileAtomic(at('x'), content);
    expect(readFileSync(at('x'))).toEqual(expected);
    expect(readdirSync(dir)).toEqual(['x']);
  });

  it('writes chunks in order', async () => {
    await writeFileAtomic(at('x'), chunks('é', Uint8Array.of(10), 'b'.repeat(100_000)));
    expect(readFileSync(at('x'), 'utf8')).toBe(`é\n${'b'.repeat(100_000)}`);
  });

  it('replaces what is there by another file, so that an open one stays whole', async () => {
    writeFileSync(at('x'), 'old');
    const before = statSync(at('x')).ino;
    await writeFileAtomic(at('x'), 'new');
    expect(readFileSync(at('x'), 'utf8')).toBe('new');
    expect(statSync(at('x')).ino).not.toBe(before);
  });

  it('makes the folders that it needs', async () => {
    await writeFileAtomic(at('a/b/x'), 'y');
    expect(readFileSync(at('a/b/x'), 'utf8')).toBe('y');
  });

  it('leaves the old file and nothing else where its content breaks off', async () => {
    writeFileSync(at('x'), 'old');
    const trouble = new StemmaError('INTERRUPTED', 'interrupted');
    await expect(writeFileAtomic(at('x'), chunks('new', trouble))).rejects.toBe(trouble);
    expect(readFileSync(at('x'), 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['x']);
  });

  it('removes the folders that it made for a file that it does not write', async () => {
    mkdirSync(at('a'));
    await expectCode(
      writeFileAtomic(at('a/b/c/x'), chunks(new StemmaError('INTERRUPTED', 'interrupted'))),
      'INTERRUPTED',
    );
    expect(readdirSync(dir)).toEqual(['a']);
    expect(readdirSync(at('a'))).toEqual([]);
  });

  it.each([
    ['a file', (): void => writeFileSync(at('target'), 'precious')],
    ['nothing', (): void => undefined],
  ])('refuses to write through a link to %s', async (_, make) => {
    make();
    symlinkSync(at('target'), at('x'));
    const before = readdirSync(dir);
    await expectCode(writeFileAtomic(at('x'), 'new'), 'SYMLINK_REFUSED');
    expect(readdirSync(dir)).toEqual(before);
    if (existsSync(at('target'))) expect(readFileSync(at('target'), 'utf8')).toBe('precious');
  });

  it.each([
    ['a folder stands in its place', 'x', (): unknown => mkdirSync(at('x/full'), { recursive: true })],
    ['a file stands in the place of its folder', 'f/x', (): unknown => writeFileSync(at('f'), '')],
    ['its name is too long', 'n'.repeat(300), (): unknown => undefined],
  ])('fails, with nothing left behind, where %s', async (_, name, make) => {
    make();
    const before = readdirSync(dir);
    const error = await expectCode(writeFileAtomic(at(name), 'new'), 'WRITE_FAILED');
    expect(error.message).not.toContain(dir);
    expect(readdirSync(dir)).toEqual(before);
  });
});

describe('staging a file', () => {
  it('changes nothing until it is put in place', async () => {
    writeFileSync(at('x'), 'old');
    const staged = await stageFile(at('x'), 'new');
    expect(readFileSync(at('x'), 'utf8')).toBe('old');
    await staged.commit();
    expect(readFileSync(at('x'), 'utf8')).toBe('new');
    expect(readdirSync(dir)).toEqual(['x']);
  });

  it('leaves nothing where it is discarded', async () => {
    const staged = await stageFile(at('a/x'), 'new');
    await staged.discard();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('temporary files', () => {
  beforeEach(() => {
    mkdirSync(at('model/deep'), { recursive: true });
  });

  it('lie outside the model, where others may be hashing', async () => {
    expect(await temporaryFolderFor(at('model/model.sig'), at('model'))).toBe(dir);
    expect(await temporaryFolderFor(at('model/deep/x.sig'), at('model'))).toBe(dir);
  });

  it('lie beside a file that is in no model', async () => {
    expect(await temporaryFolderFor(at('model/model.sig'), undefined)).toBe(at('model'));
  });

  it('lie in the model where the folder around it is gone', async () => {
    expect(await temporaryFolderFor(at('model/model.sig'), at('absent/model'))).toBe(at('model'));
  });

  it.skipIf(process.getuid?.() === 0)('lie in the model where the folder around it is closed to us', async () => {
    chmodSync(dir, 0o500);
    expect(await temporaryFolderFor(at('model/model.sig'), at('model'))).toBe(at('model'));
    chmodSync(dir, 0o700);
  });

  it('that a killed process left are removed, and no others', async () => {
    const target = at('model/model.sig');
    await stageFile(target, 'left', { temporaryFolder: dir });
    await stageFile(target, 'left inside');
    await stageFile(at('other/model.sig'), 'of another model', { temporaryFolder: dir });
    writeFileSync(at('.model.sig.stemma-tmp'), 'of a user');
    expect([readdirSync(dir).length, readdirSync(at('model')).length]).toEqual([5, 2]);

    await removeLeftovers([target], at('model'));

    expect(readdirSync(at('model'))).toEqual(['deep']);
    expect(readdirSync(dir)).toEqual([
      expect.stringMatching(/^\.model\.sig\.[0-9a-f]{16}\.[0-9a-f]{16}\.stemma-tmp$/),
      '.model.sig.stemma-tmp',
      'model',
      'other',
    ]);
  });
});
