import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordCutter } from '../../../src/core/records/index.ts';
import { isReading, type MetricRecord, metricsIn, readMetric } from '../../../src/core/trainlog/index.ts';
import { frame } from '../records/support.ts';
import { coded } from './support.ts';

const DIGITS = path.resolve(import.meta.dirname, '../../../fixtures/digits/logs');
const EVENTS = 'tensorboard/finetuned/events.out.tfevents.1735689600.digits';
const bytes = (text: string): Uint8Array => Buffer.from(text);
const json = (text: string): MetricRecord => ({ format: 'jsonl', record: bytes(text) });
const event = (...fields: readonly Uint8Array[]): MetricRecord => ({
  format: 'tensorboard',
  record: frame(Buffer.concat(fields)),
});
const values = (record: MetricRecord): Record<string, number> =>
  Object.fromEntries([...metricsIn(record)].map(([name, { value }]) => [name, value]));

/** A length-delimited protobuf field. */
const field = (number: number, ...data: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(data);
  return Buffer.concat([Buffer.of(number * 8 + 2, content.length), content]);
};
const float = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return out;
};
const simple = (tag: string, value: number): Uint8Array =>
  field(1, field(1, bytes(tag)), Buffer.of(2 * 8 + 5), float(value));

describe('the metrics in a record', () => {
  it('of JSON Lines are its numbers, those of inner objects under both names', () => {
    expect(
      values(json('{"step":118,"eval":{"accuracy":0.97,"by":{"f":1}},"name":"x","list":[1],"on":true,"none":null}\n')),
    ).toEqual({
      step: 118,
      'eval.accuracy': 0.97,
      'eval.by.f': 1,
    });
  });

  it('of CSV are the columns with numbers', () => {
    const record = { format: 'csv', header: bytes('run,acc,loss\n'), record: bytes('base,0.970,nan\n') } as const;
    expect(values(record)).toEqual({ acc: 0.97 });
    expect(
      values({ ...record, format: 'tsv', header: bytes('run\tacc\r\n'), record: bytes('base\t1e-3\r\n') }),
    ).toEqual({ acc: 0.001 });
  });

  it('of TensorBoard are its scalars, simple values and tensors', () => {
    const tensor = (...data: readonly Uint8Array[]): Uint8Array => field(1, field(1, bytes('t')), field(8, ...data));
    expect(values(event(field(5, simple('acc', 0.5), simple('loss', 2))))).toEqual({ acc: 0.5, loss: 2 });
    expect(values(event(field(5, tensor(Buffer.of(8, 1), field(2), field(4, float(0.25))))))).toEqual({ t: 0.25 });
    expect(values(event(field(5, tensor(Buffer.of(8, 1), field(5, float(0.25))))))).toEqual({ t: 0.25 });
    expect(
      values(event(field(5, tensor(Buffer.of(8, 2), field(4, Buffer.from(new Float64Array([0.1]).buffer)))))),
    ).toEqual({ t: 0.1 });
    expect(values(event(field(5, tensor(Buffer.of(8, 1), field(2, field(2)), field(4, float(1))))))).toEqual({});
    expect(values(event(bytes('')))).toEqual({});
  });

  it('of real event files are those that were written', () => {
    const tags = new Set<string>();
    const onRecord = (record: Uint8Array): void => {
      for (const name of metricsIn({ format: 'tensorboard', record }).keys()) tags.add(name);
    };
    const cutter = new RecordCutter({ kind: 'tfrecord', maxBytes: 65_536, wants: () => true, onRecord });
    cutter.push(readFileSync(path.join(DIGITS, EVENTS)));
    expect(tags.size).toBeGreaterThan(1);
    expect([...tags].join()).toMatch(/accuracy/);
  });

  it('leave out what two of them could mean', () => {
    expect(values(json('{"a.b":1,"a":{"b":2},"c":3}'))).toEqual({ c: 3 });
    expect(values(event(field(5, simple('x', 1), simple('x', 2))))).toEqual({});
  });
});

describe('reading a metric', () => {
  it('finds the number, and compares as exactly as it was written', () => {
    const held = readMetric(json('{"accuracy": 0.970}'), 'accuracy');
    expect([0.97, 0.9700000000000001, 0.97 + 1e-9].map((value) => isReading(value, held))).toEqual([
      true,
      false,
      false,
    ]);
    const single = readMetric(event(field(5, simple('accuracy', 0.97))), 'accuracy');
    expect(single.value).toBe(Math.fround(0.97));
    expect([0.97, Math.fround(0.97), 0.9701].map((value) => isReading(value, single))).toEqual([true, true, false]);
  });

  it('says what the record holds where it holds no such metric', () => {
    const reading = (): unknown => readMetric(json('{"loss":0.5,"name":"accuracy"}'), 'accuracy');
    expect(reading).toThrow(coded('METRIC_NOT_HELD'));
    expect(reading).toThrow(/no number "accuracy": it holds "loss" 0\.5$/);
    expect(() => readMetric(json('{}'), 'accuracy')).toThrow(/it holds no number/);
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}`, i]));
    expect(() => readMetric(json(JSON.stringify(many)), 'accuracy')).toThrow(/and 12 more$/);
  });

  it.each<[string, MetricRecord, string]>([
    ['a text that is no JSON', json('accuracy=0.97\n'), 'JSON_INVALID'],
    ['NaN', json('{"accuracy":NaN}'), 'JSON_INVALID'],
    ['a name twice', json('{"accuracy":1,"accuracy":0}'), 'JSON_INVALID'],
    ['a number as text', json('{"accuracy":"0.97"}'), 'METRIC_NOT_HELD'],
    ['an inherited name', json('{}'), 'METRIC_NOT_HELD'],
    ['nan in CSV', { format: 'csv', header: bytes('accuracy\n'), record: bytes('nan\n') }, 'METRIC_NOT_HELD'],
    ['CSV without its header', { format: 'csv', record: bytes('0.97\n') }, 'LOG_INVALID'],
    ['a field too few', { format: 'csv', header: bytes('a,accuracy\n'), record: bytes('0.97\n') }, 'LOG_INVALID'],
    ['an infinite scalar', event(field(5, simple('accuracy', Infinity))), 'METRIC_NOT_HELD'],
    ['a NaN scalar', event(field(5, simple('accuracy', Number.NaN))), 'METRIC_NOT_HELD'],
    ['a field longer than the event', event(Buffer.of(42, 9, 1)), 'LOG_INVALID'],
    ['a group', event(Buffer.of(11)), 'LOG_INVALID'],
    ['an endless number', event(Buffer.alloc(12, 0xff)), 'LOG_INVALID'],
    ['a tag that is no UTF-8', event(field(5, field(1, field(1, Buffer.of(0xff))))), 'ENCODING_INVALID'],
  ])('refuses %s', (_, record, code) => {
    expect(() => readMetric(record, 'accuracy')).toThrow(coded(code));
  });

  it('refuses frames that are cut off, doubled, or whose checksum is wrong', () => {
    const { record } = event(field(5, simple('accuracy', 1)));
    const flipped = Buffer.from(record);
    flipped[14]! ^= 1;
    for (const bad of [record.subarray(0, -1), Buffer.concat([record, record]), flipped, new Uint8Array()]) {
      expect(() => readMetric({ format: 'tensorboard', record: bad }, 'accuracy')).toThrow(coded('LOG_INVALID'));
    }
  });
});
