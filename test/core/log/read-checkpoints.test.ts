import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoints } from '../../../src/core/log/index.ts';
import { tempDir } from '../model/support.ts';
import { noteOf, signerOf } from './support.ts';

const root = (size: number): Uint8Array => new Uint8Array(32).fill(size);
const trusted = async (...names: readonly string[]) =>
  Promise.all(names.map(async (label) => ({ label, key: (await signerOf(label)).publicKey })));

function fileOf(notes: readonly string[]): string {
  const file = path.join(tempDir(), 'checkpoints');
  writeFileSync(file, notes.join(''));
  return file;
}

describe('a file of checkpoints', () => {
  it.each(['ed25519', 'p256', 'p384', 'p521', 'secp256k1'])('keeps the order of what %s signed', async (signer) => {
    const notes = await Promise.all([3, 1, 2].map((size) => noteOf(size, root(size), { signer })));
    const read = await readCheckpoints(fileOf(notes), await trusted(signer));
    expect(read.map((one) => [one.number, one.kind, one.kind === 'malformed' ? 0 : one.checkpoint.size])).toEqual([
      [1, 'signed', 3n],
      [2, 'signed', 1n],
      [3, 'signed', 2n],
    ]);
  });

  it('of more than are looked at side by side says of each alone what it is', async () => {
    const [good, strange] = [await noteOf(1, root(1)), await noteOf(1, root(1), { signer: 'p256' })];
    const [line = ''] = good.split('\n').slice(-2);
    const [otherLine = ''] = (await noteOf(2, root(2))).split('\n').slice(-2);
    const kinds = {
      signed: good,
      untrusted: strange,
      bad: good.replace(line, otherLine),
      malformed: 'x\n\n\u2014 y z\n',
    };
    const order = Array.from({ length: 600 }, (_, i) => (['signed', 'untrusted', 'bad', 'malformed'] as const)[i % 4]!);
    const read = await readCheckpoints(fileOf(order.map((kind) => kinds[kind])), await trusted('ed25519'));
    expect(read.map(({ kind }) => kind)).toEqual(order);
    expect(read.map(({ number }) => number)).toEqual(order.map((_, i) => i + 1));
  });

  it('names the key that signed, of several that are trusted', async () => {
    const notes = [await noteOf(1, root(1), { signer: 'p256' }), await noteOf(2, root(2))];
    const read = await readCheckpoints(fileOf(notes), await trusted('ed25519', 'p256'));
    expect(read.map((one) => (one.kind === 'signed' ? one.signer.label : one.kind))).toEqual(['p256', 'ed25519']);
  });

  it('can be interrupted', async () => {
    const reading = readCheckpoints(fileOf([await noteOf(1, root(1))]), [], { signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('that is empty is no evidence', async () => {
    await expect(readCheckpoints(fileOf([]), [])).rejects.toMatchObject({ code: 'CHECKPOINT_INVALID' });
  });
});
