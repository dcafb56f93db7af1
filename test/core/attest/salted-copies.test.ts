import { copyFileSync, existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectCode, tempDir, tensorsNamed, writeFiles } from '../model/support.ts';
import { ATTESTATIONS, link } from './dataset-support.ts';
import { attest, type Overrides } from './support.ts';

const LINES = Array.from({ length: 4000 }, (_, i) => `{"step":${i},"loss":${(1 / (i + 1)).toFixed(6)}}\n`);
const LOG = LINES.join('');

let dir: string;
const at = (...parts: readonly string[]): string => path.join(dir, ...parts);
const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text);
};

beforeEach(() => {
  dir = writeFiles(tempDir(), {
    'model/model.safetensors': tensorsNamed('w'),
    'model/config.json': '{}',
    'data/a.txt': 'a line of data that has nothing to do with any log\n',
    'train.jsonl': LOG,
  });
});

const attestSalted = (overrides: Overrides = {}) =>
  attest(at('model'), { saltedLogs: [{ file: at('train.jsonl'), secret: at('train.secret') }], ...overrides });

/** Each makes a copy at the place that it is given. */
const COPIES: readonly (readonly [string, (place: string) => void])[] = [
  ['a copy', (place) => copyFileSync(at('train.jsonl'), place)],
  ['a second name', (place) => linkSync(at('train.jsonl'), place)],
  ['its beginning', (place) => writeFileSync(place, LINES.slice(0, 2).join(''))],
  ['its beginning, cut in the middle of a record', (place) => writeFileSync(place, LOG.slice(0, 100_001))],
  ['a longer version', (place) => writeFileSync(place, `${LOG}{"step":4000}\n`)],
];

describe('of a salted log', () => {
  it.each(COPIES)('%s in the model is refused', async (_, copy) => {
    copy(at('model/notes'));
    await expectCode(attestSalted(), 'USAGE');
    expect([existsSync(at('model', ATTESTATIONS)), existsSync(at('train.secret'))]).toEqual([false, false]);
  });

  it.each(COPIES)('%s in the folder of a dataset is refused', async (_, copy) => {
    mkdirSync(at('data/deep/er'), { recursive: true });
    copy(at('data/deep/er/notes'));
    await expectCode(attestSalted({ datasets: [link(at('data'))] }), 'USAGE');
    expect([existsSync(at('model', ATTESTATIONS)), existsSync(at('train.secret'))]).toEqual([false, false]);
  });

  it.each(COPIES.filter(([what]) => what !== 'a copy'))(
    '%s as a log or a configuration is refused',
    async (_, copy) => {
      copy(at('other.jsonl'));
      await expectCode(attestSalted({ logs: [at('other.jsonl')] }), 'USAGE');
      await expectCode(attestSalted({ configs: [at('other.jsonl')] }), 'USAGE');
    },
  );

  it('a copy behind a link in a dataset is refused', async () => {
    copyFileSync(at('train.jsonl'), at('elsewhere'));
    symlinkSync(at('elsewhere'), at('data/link'));
    await expect(attestSalted({ datasets: [link(at('data'))] })).rejects.toThrow();
    expect(existsSync(at('train.secret'))).toBe(false);
  });

  it.each([
    ['what differs in its last byte', () => write('model/notes', `${LOG.slice(0, -2)}]\n`)],
    ['what differs after the first blocks', () => write('model/notes', `${LOG.slice(0, 100_000)}x`)],
    ['a header that is as short as any', () => write('model/notes', LOG.slice(0, 31))],
    ['an empty file', () => write('model/notes', '')],
    ['a copy that is left out', () => write('model/left-out', LOG)],
  ])('%s is none', async (_, prepare) => {
    prepare();
    await attestSalted({ ignore: ['left-out'], datasets: [link(at('data'))] });
    expect(existsSync(at('model', ATTESTATIONS))).toBe(true);
  });
});
