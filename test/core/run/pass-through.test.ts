import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { passThrough } from '../../../src/core/run/pass-through.ts';

const sink = (): Writable => new Writable({ write: (_chunk, _, done) => done() });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('passing a stream through', () => {
  it('says that all of it was read', async () => {
    const taken: Uint8Array[] = [];
    const from = Readable.from([bytes('a'), bytes('b')], { objectMode: false });
    expect(await passThrough(from, sink(), (chunk) => taken.push(chunk))).toBe(true);
    expect(Buffer.concat(taken).toString()).toBe('ab');
  });

  it('says that a stream was cut off', async () => {
    const from = new Readable({ read: () => undefined });
    from.push('half');
    setTimeout(() => from.destroy(), 20);
    expect(await passThrough(from, sink(), () => undefined)).toBe(false);
  });

  it('does not take a stream that fails for one that ended', async () => {
    const from = new Readable({ read: () => undefined });
    setTimeout(() => from.destroy(Object.assign(new Error('io'), { code: 'EIO' })), 20);
    await expect(passThrough(from, sink(), () => undefined)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('does not keep to itself that a chunk could not be taken', async () => {
    const from = Readable.from([bytes('a')], { objectMode: false });
    const take = (): void => {
      throw new TypeError('a bug');
    };
    await expect(passThrough(from, sink(), take)).rejects.toThrow('a bug');
    expect(from.destroyed).toBe(true);
  });
});
