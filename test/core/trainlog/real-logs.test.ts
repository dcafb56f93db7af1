import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestLog } from '../../../src/core/trainlog/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { rootOfRecords } from '../records/support.ts';

const LOGS = path.resolve(import.meta.dirname, '../../../fixtures/digits/logs');

/** Cuts an event file by the lengths in its headers. */
function framesOf(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + 12 + Number(file.readBigUInt64LE(at)) + 4;
    frames.push(file.subarray(at, end));
    at = end;
  }
  return frames;
}

const linesOf = (file: Buffer): Buffer[] =>
  file
    .toString('latin1')
    .split(/(?<=\n)/)
    .map((line) => Buffer.from(line, 'latin1'));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the logs of fixtures/digits', () => {
  it.each(['base.jsonl', 'finetuned.jsonl', 'metrics.csv'])('%s is a tree of its lines', async (name) => {
    const file = path.join(LOGS, name);
    const lines = linesOf(readFileSync(file));
    const { kind, size, digests } = await digestLog(file, {});
    expect([kind, size, digests['stemmaLogTreeV1']]).toEqual(['lf', lines.length, hex(rootOfRecords(lines))]);
  });

  it.each(['base', 'finetuned'])(
    '%s events are frames as tensorboardX wrote them, two a line of the JSONL',
    async (run) => {
      const file = path.join(LOGS, 'tensorboard', run, 'events.out.tfevents.1735689600.digits');
      const content = readFileSync(file);
      const frames = framesOf(content);
      const lines = linesOf(readFileSync(path.join(LOGS, `${run}.jsonl`)));
      const digest = await digestLog(file, {});
      expect(digest).toMatchObject({ kind: 'tfrecord', size: 1 + 2 * lines.length, truncated: false });
      expect(digest.digests['stemmaLogTreeV1']).toBe(hex(rootOfRecords(frames)));
    },
  );
});

interface Expected {
  readonly digestSet: Readonly<Record<string, string>>;
  readonly size: number;
}

describeVectors('trees', (vectors) => {
  const all: Record<string, Expected> = JSON.parse(readFileSync(path.join(vectors, 'expected.json'), 'utf8'));
  const logs = Object.entries(all).filter(([name]) => name.startsWith('logs/'));

  it.each(logs)('%s has the expected digest set', async (name, { digestSet, size }) => {
    const digest = await digestLog(path.join(vectors, name), {});
    expect(digest.digests).toEqual(digestSet);
    expect(digest).toMatchObject({ name: path.basename(name), size, kind: 'lf', truncated: false });
  });
});
