import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { newSecret, readSecret, requireSecret, writeSecret } from '../../../src/core/dataset/index.ts';
import { tempDir } from '../model/support.ts';
import { errorOf, SECRET } from './support.ts';

function secretFile(content: Uint8Array, mode = 0o600): string {
  const file = path.join(tempDir(), 'data.secret');
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

describe('a secret', () => {
  it('is written for its owner alone, and read back', async () => {
    const file = path.join(tempDir(), 's');
    const secret = newSecret();
    await writeSecret(file, secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readSecret(file)).toEqual(secret);
  });

  it('is another one each time', () => {
    expect(newSecret()).not.toEqual(newSecret());
    expect(newSecret()).toHaveLength(32);
  });

  it('is never written over anything', async () => {
    const file = secretFile(SECRET);
    expect((await errorOf(writeSecret(file, newSecret()))).code).toBe('WOULD_OVERWRITE');
    expect(new Uint8Array(readFileSync(file))).toEqual(SECRET);
  });

  it('goes away again where it was of no use', async () => {
    const file = path.join(tempDir(), 's');
    await (await writeSecret(file, newSecret())).discard();
    expect(await readSecret(file)).toBe(undefined);
  });

  it('that cannot be written is said so', async () => {
    expect((await errorOf(writeSecret(path.join(tempDir(), 'no/s'), newSecret()))).code).toBe('WRITE_FAILED');
  });

  it.each([0, 16, 31, 33, 64])('of %i bytes is refused', async (length) => {
    expect((await errorOf(readSecret(secretFile(Buffer.alloc(length, 'abcdefghijklmnop'))))).code).toBe(
      'SECRET_INVALID',
    );
  });

  it('of hexadecimal digits is refused, and not shown', async () => {
    const digits = Buffer.from(SECRET).toString('hex');
    const error = await errorOf(readSecret(secretFile(Buffer.from(digits))));
    expect(error.code).toBe('SECRET_INVALID');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(digits.slice(0, 8));
  });

  it.each([0, 0xff])('of 32 bytes of %i is refused', async (byte) => {
    expect((await errorOf(readSecret(secretFile(new Uint8Array(32).fill(byte))))).code).toBe('SECRET_INVALID');
  });

  it.each([0o640, 0o604, 0o666])('that others can read (%o) is refused', async (mode) => {
    expect((await errorOf(readSecret(secretFile(SECRET, mode)))).hint).toBe('chmod 600 data.secret');
  });

  it('is no folder', async () => {
    const dir = path.join(tempDir(), 'd');
    mkdirSync(dir);
    expect((await errorOf(readSecret(dir))).code).toBe('NOT_A_REGULAR_FILE');
  });

  it('that has to be there and is not is said so', async () => {
    expect((await errorOf(requireSecret(path.join(tempDir(), 's')))).code).toBe('PATH_NOT_FOUND');
  });
});
