import { describe, expect, it } from 'vitest';
import { LineReader } from '../../../src/core/dataset/line-reader.ts';
import { readJsonRecord, tableReader } from '../../../src/core/dataset/signal-values.ts';
import { SignalHint } from '../../../src/core/dataset/signals.ts';
import { modelOf } from '../model/support.ts';
import { plainTrees, saltedTrees } from './support.ts';

const text = (value: string): Uint8Array => Buffer.from(value);

describe('reservations of rights in a dataset', () => {
  it('are found in policy files and in records, and counted', async () => {
    const dir = modelOf({
      'robots.txt': 'User-agent: *\nDisallow: /\n',
      'site/robots.txt': '',
      '.well-known/tdmrep.json': '[]',
      'a.jsonl': '{"noai":true}\n{"text":"x"}\n{"NoAI":true,"tdm_reservation":1}\n{"x":{"noai":true}}\n',
      'b.csv': 'url,X-Robots-Tag\nhttps://a,"noai, noimageai"\nhttps://b,\n',
    });
    const expected = [
      { signal: 'noai', value: 'true', records: 2 },
      { signal: 'robots.txt', files: 2 },
      { signal: 'tdm-reservation', value: '1', records: 1 },
      { signal: 'tdmrep.json', files: 1 },
      { signal: 'x-robots-tag', value: 'noai, noimageai', records: 1 },
    ];
    expect((await plainTrees(dir)).signals).toEqual(expected);
    expect((await saltedTrees(dir)).signals).toEqual(expected);
  });

  it('are none where there are none', async () => {
    const dir = modelOf({
      'a.jsonl': '{"text":"do not train, noai"}\n',
      'robots.txt.bak': '',
      'b.txt': 'noai: true\n',
    });
    expect((await plainTrees(dir)).signals).toEqual([]);
  });

  it('are told apart up to sixteen values', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `{"content-usage":"train-ai=${i}"}\n`).join('');
    const { signals } = await plainTrees(modelOf({ 'a.ndjson': lines }));
    expect(signals).toHaveLength(17);
    expect(signals.find((signal) => 'value' in signal && signal.value === 'other')).toMatchObject({ records: 84 });
  });

  it('never repeat text of the data', async () => {
    const secret = 'hf_notapublicvalue <script>';
    const dir = modelOf({
      'a.jsonl': `{"noai":${JSON.stringify(secret)}}\n{"noai":"${'a'.repeat(65)}"}\n{"noai":[1]}\n`,
    });
    expect((await plainTrees(dir)).signals).toEqual([{ signal: 'noai', value: 'other', records: 3 }]);
  });

  it('of a line of more than a MiB, or of broken lines, are not counted', async () => {
    const long = `{"noai":true,"x":"${'x'.repeat(1 << 20)}"}\n`;
    const dir = modelOf({
      'a.jsonl': `${long}{"noai":tru\n{"noai":true,"noai":true}\n\n[{"noai":true}]\n{"noai":null}\n{"noai":false}`,
    });
    expect((await plainTrees(dir)).signals).toEqual([{ signal: 'noai', value: 'false', records: 1 }]);
  });
});

describe('the hint that a file may reserve rights', () => {
  const found = (...chunks: readonly string[]): boolean => {
    const hint = new SignalHint();
    for (const chunk of chunks) hint.push(text(chunk));
    return hint.found;
  };

  it('is seen wherever chunks are cut', () => {
    const data = '{"a":1,"TDM_Reservation":1}';
    for (let at = 0; at <= data.length; at++) expect(found(data.slice(0, at), data.slice(at))).toBe(true);
    expect(found(...data.split(''))).toBe(true);
  });

  it('is not seen where there is none', () => {
    expect(found('{"text":"contents"}', '{"tdm":1}', '')).toBe(false);
  });
});

describe('a table', () => {
  const rows = (separator: ',' | '\t', ...lines: readonly string[]): unknown[] => {
    const read = tableReader(separator);
    return lines.flatMap((line) => read(text(line)));
  };

  it('is read by the names of its columns, quoted or not', () => {
    expect(rows(',', '"id","noai"\r\n', '1,yes\r\n', '"a,""b",no\n', '3,\n')).toEqual([
      ['noai', 'yes'],
      ['noai', 'no'],
    ]);
    expect(rows('\t', 'noai\n', 'y')).toEqual([['noai', 'y']]);
  });

  it.each(['1\n', '1,2,3\n', '"1,yes\n', '"1"x,yes\n', '1,"yes', ''])('says nothing in the line %j', (line) => {
    expect(rows(',', 'id,noai\n', line)).toEqual([]);
  });

  it('is no table without UTF-8', () => {
    expect(tableReader(',')(Uint8Array.of(0xff, 0x0a))).toEqual([]);
  });

  it('of one long quoted cell is read in a straight line', () => {
    expect(rows(',', 'noai\n', `"${'""'.repeat(500_000)}`)).toEqual([]);
  });
});

describe('a record of JSON Lines', () => {
  it.each(['', 'null', '1', '"noai"', '[["noai",1]]', '{"__proto__":{"noai":1}}', '{"noai":1', '{"ai":1}'])(
    'says nothing as %j',
    (line) => {
      expect(readJsonRecord(text(line))).toEqual([]);
    },
  );
});

describe('lines put together again', () => {
  const linesOf = (maxBytes: number, ...chunks: readonly string[]): string[] => {
    const lines: string[] = [];
    const reader = new LineReader(maxBytes, (line) => lines.push(Buffer.from(line).toString()));
    const buffer = new Uint8Array(64);
    for (const chunk of chunks) {
      buffer.set(text(chunk));
      reader.push(buffer.subarray(0, chunk.length));
    }
    reader.finish();
    return lines;
  };

  it('are the same wherever chunks are cut', () => {
    const data = 'a\n\nbcd\ne';
    for (let at = 0; at <= data.length; at++) {
      expect(linesOf(10, data.slice(0, at), data.slice(at))).toEqual(['a\n', '\n', 'bcd\n', 'e']);
    }
    expect(linesOf(10, ...data.split(''))).toEqual(['a\n', '\n', 'bcd\n', 'e']);
  });

  it('leave out what is too long', () => {
    expect(linesOf(3, 'abc\nde\nfghij', 'kl\nm\n')).toEqual(['de\n', 'm\n']);
    expect(linesOf(3, 'abcd')).toEqual([]);
  });
});
