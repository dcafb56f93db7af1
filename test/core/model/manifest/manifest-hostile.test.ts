import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonValue } from '../../../../src/core/bytes/index.ts';
import { readManifest } from '../../../../src/core/model/index.ts';
import { digest, expectCode, MIB, modelOf, sha256, tensorsNamed } from '../support.ts';
import { FILES, inChunks, read, textOf } from './manifest-support.ts';

describe('what is no manifest', () => {
  type Json = Record<string, JsonValue>;
  const parse = (text: string): Json[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
  const print = (lines: readonly Json[]): string => lines.map((line) => `${canonicalJson(line)}\n`).join('');

  /** Changes the first line of a type. */
  const edit =
    (type: string, change: (line: Json, all: Json[], at: number) => void) =>
    (lines: Json[]): Json[] => {
      const at = lines.findIndex(
        (line) => line['type'] === (type === 'header' ? 'https://w3id.org/stemma/manifest/v1' : type),
      );
      change(lines[at] as Json, lines, at);
      return lines;
    };
  const set = (type: string, key: string, value: JsonValue) =>
    edit(type, (line) => {
      line[key] = value;
    });
  const drop = (type: string) =>
    edit(type, (_, all, at) => {
      all.splice(at, 1);
    });
  const twice = (type: string) =>
    edit(type, (line, all, at) => {
      all.splice(at, 0, { ...line });
    });

  const edits: [string, (lines: Json[]) => Json[]][] = [
    ['without a header', drop('header')],
    ['with two headers', twice('header')],
    ['of another version', set('header', 'type', 'https://w3id.org/stemma/manifest/v2')],
    ['with an unknown kind', set('header', 'kind', 'archive')],
    ['with an unknown hash', set('header', 'hash', 'md5')],
    ['by another hash than it says', set('header', 'hash', 'sha256')],
    ['with a wrong number of files', set('header', 'files', 8)],
    ['with a wrong number of bytes', set('header', 'bytes', 1)],
    ['with a wrong number of tensor sets', set('header', 'tensorSets', 1)],
    ['with a wrong file tree', set('header', 'fileTree', { hash: 'sha256', root: 'ab'.repeat(32), size: 7 })],
    ['with a wrong segment tree', set('header', 'segmentTree', { hash: 'blake3', root: 'ab'.repeat(32), size: 7 })],
    ['with an upper-case root', set('header', 'fileTree', { hash: 'sha256', root: 'AB'.repeat(32), size: 7 })],
    ['with an ignored path that leaves the model', set('header', 'ignored', ['../x'])],
    ['with unsorted ignores', set('header', 'ignored', ['b', 'a'])],
    ['with an ignore twice', set('header', 'ignored', ['a', 'a'])],
    ['with an unknown member', set('header', 'created', 'today')],
    ['with a file twice', twice('file')],
    ['without a file', drop('file')],
    ['with a path that leaves the model', set('file', 'path', '../evil')],
    ['with an absolute path', set('file', 'path', '/etc/passwd')],
    ['with a Windows path', set('file', 'path', 'C:\\x')],
    ['with a path of a folder model that is empty', set('file', 'path', '')],
    ['with files out of order', set('file', 'path', 'zzz')],
    ['with a wrong size', set('file', 'size', 2)],
    ['with a size as text', set('file', 'size', '1')],
    ['with a negative size', set('file', 'size', -1)],
    ['with a size beyond 2^53', (lines) => lines],
    ['with a short digest', set('file', 'sha256', 'ab')],
    ['with another digest', set('file', 'sha256', 'ab'.repeat(32))],
    ['with too many segments announced', set('file', 'segments', 2)],
    ['with none announced', set('file', 'segments', 0)],
    ['with a container that it is not', set('file', 'format', 'onnx')],
    ['without a segment', drop('segment')],
    ['with a segment twice', twice('segment')],
    ['with a segment elsewhere', set('segment', 'offset', 1)],
    ['with an empty segment in a file that is not', set('segment', 'length', 0)],
    ['with a segment beyond 16 MiB', set('segment', 'length', 16 * MIB + 1)],
    ['with another segment digest', set('segment', 'digest', 'ab'.repeat(32))],
    ['with a tensor in a plain file', set('segment', 'tensor', 'w')],
    ['with a tensor set by another hash', set('tensorSet', 'hash', 'sha256')],
    ['with a tensor set of unknown files', set('tensorSet', 'files', ['none.gguf'])],
    ['with a tensor set of another format', set('tensorSet', 'format', 'safetensors')],
    ['with a tensor set that leaves the model', set('tensorSet', 'path', '../x')],
    ['with a wrong tensor root', set('tensorSet', 'root', 'ab'.repeat(32))],
    ['with a wrong number of tensors', set('tensorSet', 'size', 1)],
    ['with a wrong number of parameters', set('tensorSet', 'parameters', 5)],
    ['with a tensor set twice', twice('tensorSet')],
    ['without a tensor set', drop('tensorSet')],
    ['without a tensor', drop('tensor')],
    ['with a tensor twice', twice('tensor')],
    ['with a renamed tensor', set('tensor', 'name', 'other')],
    ['with a retyped tensor', set('tensor', 'dtype', 'F16')],
    ['with a reshaped tensor', set('tensor', 'shape', [1, 1])],
    ['with a tensor shape that overflows', set('tensor', 'shape', [2 ** 52, 2 ** 52])],
    ['with a longer tensor', set('tensor', 'length', 8)],
    ['with a tensor in a file that the set lacks', set('tensor', 'file', 1)],
    ['with another chunk root', set('tensor', 'root', 'ab'.repeat(32))],
    ['with a file after the tensor sets', edit('file', (_, all, at) => all.push(...all.splice(at, 2)))],
    ['that begins with a segment', edit('segment', (_, all, at) => all.unshift(...all.splice(at, 1)))],
    ['with a tensor before any set', edit('tensor', (_, all, at) => all.splice(1, 0, ...all.splice(at, 1)))],
  ];

  it.each(edits)('one %s', async (name, change) => {
    const text = textOf(await digest(modelOf(FILES)));
    const edited = print(change(parse(text)));
    const broken = name.endsWith('beyond 2^53') ? edited.replace('"size":1,', '"size":9007199254740993,') : edited;
    expect(broken).not.toBe(text);
    const error = await expectCode(read(broken), 'MANIFEST_INVALID');
    expect(error.details).toEqual({ line: expect.any(Number) as number });
  });

  const spellings: [string, (text: string) => string][] = [
    ['nothing', () => ''],
    ['an empty line', () => '\n'],
    ['an array', () => '[]\n'],
    ['a missing last line feed', (text) => text.slice(0, -1)],
    ['a truncated last line', (text) => text.slice(0, -20)],
    ['a blank line at the end', (text) => `${text}\n`],
    ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['white space', (text) => text.replace('"files":', '"files": ')],
    ['a needless escape', (text) => text.replace('"path":".hidden"', '"path":"\\u002ehidden"')],
    ['an exponent', (text) => text.replace('"tensorSets":2', '"tensorSets":2e0')],
    ['a duplicate member', (text) => text.replace('"kind":', '"kind":"folder","kind":')],
    ['__proto__', (text) => text.replace('"kind":', '"__proto__":{},"kind":')],
    ['members out of order', (text) => text.replace(/^\{("bytes":\d+),("fileTree":\{[^}]*\})/, '{$2,$1')],
    ['deep nesting', () => `${'['.repeat(100_000)}\n`],
    ['two manifests', (text) => text + text],
  ];

  it.each(spellings)('%s', async (_, change) => {
    const text = textOf(await digest(modelOf(FILES)));
    expect(change(text)).not.toBe(text);
    await expectCode(read(change(text)), 'MANIFEST_INVALID');
  });

  it.each(['folder', 'file'])('a %s without files', async (kind) => {
    const empty = { root: sha256('').toString('hex'), size: 0 };
    const trees = { fileTree: { hash: 'sha256', ...empty }, segmentTree: { hash: 'blake3', ...empty } };
    const type = 'https://w3id.org/stemma/manifest/v1';
    await expectCode(
      read(print([{ bytes: 0, files: 0, hash: 'blake3', kind, tensorSets: 0, type, ...trees }])),
      'MANIFEST_INVALID',
    );
  });

  it('bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(textOf(await digest(modelOf({ ab: 'x' }))));
    bytes[bytes.indexOf('"ab"') + 1] = 0xff;
    await expectCode(read(bytes), 'MANIFEST_INVALID');
  });

  it('a line that never ends, refused before it fills the memory', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(MIB, 'x');
    }
    await expectCode(readManifest(endless()), 'MANIFEST_INVALID');
  });

  it('a truncation after any line', async () => {
    const lines = textOf(await digest(modelOf(FILES)))
      .trimEnd()
      .split('\n');
    for (let n = 0; n < lines.length; n++) {
      await expectCode(
        read(
          lines
            .slice(0, n)
            .map((line) => `${line}\n`)
            .join(''),
        ),
        'MANIFEST_INVALID',
      );
    }
  });

  it('one with any byte flipped is refused: the lines no longer make the roots of the header', async () => {
    const bytes = Buffer.from(textOf(await digest(modelOf({ 'm.safetensors': tensorsNamed('a'), b: 'x' }))));
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      await expectCode(read(flipped), 'MANIFEST_INVALID');
    }
  });

  it('is not read on after an abort', async () => {
    const text = Buffer.from(textOf(await digest(modelOf({ a: 'x' }))));
    await expectCode(readManifest(inChunks(text, 10), undefined, { signal: AbortSignal.abort() }), 'INTERRUPTED');
  });
});
