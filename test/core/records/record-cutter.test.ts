import { describe, expect, it } from 'vitest';
import { RecordCutter, type RecordKind } from '../../../src/core/records/index.ts';
import { frame } from './support.ts';

interface Wanted {
  readonly kind?: RecordKind;
  readonly maxBytes?: number;
  readonly wants?: (index: number) => boolean;
  /** Bytes a chunk. */
  readonly step?: number;
}

/** The records that are handed over, as text, by their position. */
function cutOf(content: Uint8Array | string, { kind = 'lf', maxBytes = 100, wants, step = 3 }: Wanted = {}): object {
  const out: Record<number, string> = {};
  const onRecord = (record: Uint8Array, index: number): void =>
    void (out[index] = Buffer.from(record).toString('latin1'));
  const cutter = new RecordCutter({ kind, maxBytes, wants: wants ?? (() => true), onRecord });
  const bytes = Buffer.from(content);
  const buffer = Buffer.alloc(step);
  for (let at = 0; at < bytes.length; at += step) {
    const length = bytes.copy(buffer, 0, at, at + step);
    cutter.push(buffer.subarray(0, length));
  }
  cutter.finish();
  return out;
}

describe('RecordCutter', () => {
  it.each([1, 2, 3, 7, 100])('hands over whole records, whatever the chunks: %d bytes each', (step) => {
    expect(cutOf('one\r\n\nthree\nlast', { step })).toEqual({ 0: 'one\r\n', 1: '\n', 2: 'three\n', 3: 'last' });
  });

  it('hands over those alone that are wanted', () => {
    expect(cutOf('a\nb\nc\n', { wants: (index) => index === 1 })).toEqual({ 1: 'b\n' });
    expect(cutOf('a\n', { wants: (index) => index === 1 })).toEqual({});
    expect(cutOf('')).toEqual({});
  });

  it('hands over whole TFRecord frames, and none that was cut off', () => {
    const [first, second] = ['one', 'two'].map((data) => Buffer.from(frame(Buffer.from(data))));
    const content = Buffer.concat([first!, second!.subarray(0, 14)]);
    expect(cutOf(content, { kind: 'tfrecord' })).toEqual({ 0: first!.toString('latin1') });
  });

  it('refuses a wanted record that is too long, and keeps nothing of another', () => {
    const content = `${'x'.repeat(500)}\nshort\n`;
    expect(cutOf(content, { wants: (index) => index === 1 })).toEqual({ 1: 'short\n' });
    expect(() => cutOf(content)).toThrow(expect.objectContaining({ code: 'TOO_LARGE', details: { index: 0 } }));
    expect(() => cutOf('x'.repeat(101))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
    expect(cutOf('x'.repeat(100))).toEqual({ 0: 'x'.repeat(100) });
  });

  it('refuses a TFRecord with a wrong checksum', () => {
    const bad = Buffer.from(frame(Buffer.from('data')));
    bad[13]! ^= 1;
    expect(() => cutOf(bad, { kind: 'tfrecord' })).toThrow(expect.objectContaining({ code: 'LOG_INVALID' }));
  });
});
