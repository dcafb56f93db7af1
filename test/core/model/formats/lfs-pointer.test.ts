import { describe, expect, it } from 'vitest';
import { isLfsPointer, parseLfsPointer } from '../../../../src/core/model/formats/index.ts';

const OID = '4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393';
const VERSION = 'version https://git-lfs.github.com/spec/v1';
const encoder = new TextEncoder();
const parse = (text: string) => parseLfsPointer(encoder.encode(text));

describe('a Git-LFS pointer', () => {
  it.each([
    ['as git-lfs writes it', `${VERSION}\noid sha256:${OID}\nsize 12345\n`],
    ['without the last newline', `${VERSION}\noid sha256:${OID}\nsize 12345`],
    ['with CRLF', `${VERSION}\r\noid sha256:${OID}\r\nsize 12345\r\n`],
    ['with an extension', `${VERSION}\next-0-foo sha256:${'0'.repeat(64)}\noid sha256:${OID}\nsize 12345\n`],
    ['of the old version line', `version https://hawser.github.com/spec/v1\noid sha256:${OID}\nsize 12345\n`],
    ['padded with white space', `${VERSION}\noid sha256:${OID}\nsize 12345\n${'\n'.repeat(800)}`],
  ])('%s is read', (_, text) => expect(parse(text)).toEqual({ oid: OID, size: 12_345 }));

  it.each([
    ['an empty file', ''],
    ['the version alone', `${VERSION}\n`],
    ['no size', `${VERSION}\noid sha256:${OID}\n`],
    ['no oid', `${VERSION}\nsize 1\n`],
    ['another version', `version https://git-lfs.github.com/spec/v2\noid sha256:${OID}\nsize 1\n`],
    ['an oid in upper case', `${VERSION}\noid sha256:${OID.toUpperCase()}\nsize 1\n`],
    ['a short oid', `${VERSION}\noid sha256:${OID.slice(1)}\nsize 1\n`],
    ['another hash', `${VERSION}\noid sha1:${OID}\nsize 1\n`],
    ['a negative size', `${VERSION}\noid sha256:${OID}\nsize -1\n`],
    ['a size beyond 2^53-1', `${VERSION}\noid sha256:${OID}\nsize 9007199254740992\n`],
    ['more than 1,024 bytes', `${VERSION}\noid sha256:${OID}\nsize 1\n${'\n'.repeat(1024)}`],
    ['the version not first', `oid sha256:${OID}\n${VERSION}\nsize 1\n`],
  ])('%s is none', (_, text) => {
    expect(parse(text)).toBeUndefined();
    expect(isLfsPointer(encoder.encode(text))).toBe(false);
  });

  it('is recognised among bytes', () => {
    expect(isLfsPointer(encoder.encode(`${VERSION}\noid sha256:${OID}\nsize 0\n`))).toBe(true);
    expect(isLfsPointer(Uint8Array.of(0xff, 0xfe, 0x00))).toBe(false);
  });
});
