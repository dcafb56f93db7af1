import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../src/core/keys/index.ts';
import { formatCheckpoint, openNote, parseCheckpoint, runInvocation, runOrigin } from '../../../src/core/log/index.ts';
import { leafHash, merkleRoot } from '../../../src/core/merkle/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { sha256 } from '../merkle/support.ts';
import { keyOfVkey, parsed, signerOf } from './support.ts';

const ROOT = Buffer.alloc(32, 1).toString('base64');
const MAX = 2n ** 64n - 1n;

describe('a checkpoint', () => {
  it.each([0n, 1n, 9n, 10n, 2n ** 53n + 1n, MAX])('of %d records is read as it was written', (size) => {
    const checkpoint = { origin: 'stemma.run/x/stdout', size, root: new Uint8Array(32).fill(9) };
    expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
  });

  it('may have extension lines, which are passed over', () => {
    expect(parseCheckpoint(`o\n1\n${ROOT}\nmore\nand more\n`)).toMatchObject({ origin: 'o', size: 1n });
  });

  it.each([
    ['nothing', ''],
    ['an origin alone', 'o\n'],
    ['no root', 'o\n1\n'],
    ['no newline at the end', `o\n1\n${ROOT}`],
    ['no origin', `\n1\n${ROOT}\n`],
    ['a space in the origin', `a b\n1\n${ROOT}\n`],
    ['a plus in the origin', `a+b\n1\n${ROOT}\n`],
    ['no size', `o\n\n${ROOT}\n`],
    ['a leading zero', `o\n01\n${ROOT}\n`],
    ['two zeros', `o\n00\n${ROOT}\n`],
    ['a sign', `o\n+1\n${ROOT}\n`],
    ['a negative size', `o\n-1\n${ROOT}\n`],
    ['an exponent', `o\n1e3\n${ROOT}\n`],
    ['a fraction', `o\n1.0\n${ROOT}\n`],
    ['hexadecimal', `o\n0x1\n${ROOT}\n`],
    ['a space before the size', `o\n 1\n${ROOT}\n`],
    ['digits of another script', `o\n\u0661\n${ROOT}\n`],
    ['2^64 records', `o\n${MAX + 1n}\n${ROOT}\n`],
    ['21 digits', `o\n${'9'.repeat(21)}\n${ROOT}\n`],
    ['a root of 31 bytes', `o\n1\n${Buffer.alloc(31).toString('base64')}\n`],
    ['a root of 33 bytes', `o\n1\n${Buffer.alloc(33).toString('base64')}\n`],
    ['an empty root', 'o\n1\n\n'],
    ['a root in hexadecimal', `o\n1\n${'0'.repeat(64)}\n`],
    ['a root without padding', `o\n1\n${ROOT.slice(0, -1)}\n`],
    ['a root with trailing bits', `o\n1\n${ROOT.slice(0, -2)}F=\n`],
    ['an empty extension line', `o\n1\n${ROOT}\n\n`],
    ['an empty line between extensions', `o\n1\n${ROOT}\na\n\nb\n`],
  ])('with %s is refused (attack rows 36 and 48)', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_INVALID' }));
  });

  it.each([
    ['an origin with a space', { origin: 'a b', size: 1n, root: new Uint8Array(32) }],
    ['a negative size', { origin: 'o', size: -1n, root: new Uint8Array(32) }],
    ['a size of 2^64', { origin: 'o', size: MAX + 1n, root: new Uint8Array(32) }],
    ['a root of 31 bytes', { origin: 'o', size: 1n, root: new Uint8Array(31) }],
  ])('with %s is not written', (_, checkpoint) => {
    expect(() => formatCheckpoint(checkpoint)).toThrow(RangeError);
  });
});

describeVectors('tlog', (dir) => {
  const { name, id, key } = keyOfVkey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx');
  const entries = (size: number): Buffer[] => {
    const bundle = readFileSync(path.join(dir, `log/tile/entries/000.p/${size}`));
    const out: Buffer[] = [];
    for (let at = 0; at < bundle.length; ) {
      const end = at + 2 + bundle.readUInt16BE(at);
      out.push(bundle.subarray(at + 2, end));
      at = end;
    }
    return out;
  };

  it.each(Array.from({ length: 15 }, (_, i) => i + 1))('checkpoint %d of the tile log verifies', async (size) => {
    const note = parsed(readFileSync(path.join(dir, `log/checkpoint.${size}`), 'utf8'));
    expect(await openNote(note, name, [key], verifySignature)).toEqual({ outcome: 'signed', key });
    const checkpoint = parseCheckpoint(note.text);
    expect([checkpoint.origin, checkpoint.size]).toEqual([name, BigInt(size)]);
    const leaves = entries(size).map((entry) => leafHash(sha256, entry));
    expect(checkpoint.root).toEqual(Uint8Array.from(merkleRoot(sha256, leaves)));
    expect(Buffer.from(note.signatures[0]!.keyId).toString('hex')).toBe(id);
  });
});

describe('the origin of a log of a run', () => {
  it('holds the beginning and the key where there is no CI system', async () => {
    const { publicKey } = await signerOf('p256');
    const startedOn = '2026-11-23T17:00:00Z';
    const expected = createHash('sha256')
      .update('stemma/run/v1\0')
      .update(startedOn)
      .update(publicKey.spki)
      .digest('hex');
    const invocation = runInvocation(undefined, startedOn, publicKey.spki);
    expect(invocation).toBe(expected.slice(0, 32));
    expect(runOrigin(invocation, 'stdout')).toBe(`stemma.run/${invocation}/stdout`);
  });

  it('holds what the CI system calls the run, and which of its runs it is', () => {
    const id = 'https://ci.example/o/r/actions/runs/1/attempts/2';
    const run = (ci: string | undefined, startedOn: string): string => runInvocation(ci, startedOn, new Uint8Array(0));
    const [first, second] = ['2026-11-23T17:00:00.000Z', '2026-11-23T17:00:00.001Z'];
    expect(runOrigin(run(id, first), '0')).toBe(`stemma.run/${id}/${run(undefined, first)}/0`);
    expect(run(id, first)).not.toBe(run(id, second));
    expect(run('', first)).toBe(run(undefined, first));
  });

  it('escapes what no key may have in its name', () => {
    const run = runInvocation(undefined, '', new Uint8Array(0));
    expect(runInvocation('a+b c\u00a0d\n', '', new Uint8Array(0))).toBe(`a%2Bb%20c%C2%A0d%0A/${run}`);
  });

  it.each(['', ' ', 'a/b', 'a+b', '../x'])('is not made of a log called %j', (log) => {
    expect(() => runOrigin('x', log)).toThrow(RangeError);
  });
});
