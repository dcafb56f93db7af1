import { truncateSync } from 'node:fs';
import { expect } from 'vitest';
import { base64Encode, decodeBase64 } from '../../src/core/bytes/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { editedSignature, flipped, signatureText, signedPayload, signedText, withPayload } from './support/edits.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { MODEL_LINE } from './support/scene.ts';
import { parseLoose, resignText, signatureOf, withSignature } from './support/signed.ts';

const bytesOf = (text: string, at: string, insert: readonly number[]): Uint8Array => {
  const [head = '', tail = ''] = text.split(at);
  return Buffer.concat([Buffer.from(head), Buffer.from(insert), Buffer.from(at), Buffer.from(tail)]);
};

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const bits: AttackCase[] = [
  {
    row: 1,
    title: 'one bit of the payload',
    build: editedSignature((text) =>
      withPayload(text, base64Encode(flipped(decodeBase64(parseLoose(text).dsseEnvelope.payload)))),
    ),
    exit: 1,
    says: /names p256\.pub, but its signature does not verify/,
  },
  {
    row: 1,
    title: 'one bit of the signature',
    build: editedSignature((text) => withSignature(text, flipped(signatureOf(text)))),
    exit: 1,
  },
  {
    row: 1,
    title: 'another payload type',
    build: editedSignature((text) => text.replace(PAYLOAD_TYPE, 'application/vnd.in-toto+jsom')),
    exit: 1,
  },
];

const json: AttackCase[] = [
  {
    row: 2,
    title: 'the payload twice in an envelope',
    build: editedSignature((text) => text.replace('"payload":', '"payload":"e30=","payload":')),
    exit: 4,
  },
  {
    row: 2,
    title: 'two lists of subjects',
    build: signedText((text) => text.replace('"subject":', '"subject":[],"subject":')),
    exit: 4,
  },
  {
    row: 3,
    title: '__proto__ in a bundle',
    build: editedSignature((text) => text.replace('{', '{"__proto__":{"polluted":true},')),
    exit: 4,
  },
  {
    row: 3,
    title: '__proto__ in a signed statement',
    build: signedText((text) => text.replace('"predicate":{', '"predicate":{"__proto__":{"polluted":true},')),
    exit: 4,
  },
  {
    row: 3,
    title: 'constructor and toString in a signed predicate',
    build: signedText((text) => text.replace('"predicate":{', '"predicate":{"constructor":{},"toString":1,')),
    exit: 4,
  },
  {
    row: 3,
    title: 'constructor and toString beside the members of a bundle and of a statement',
    build: async (scene) => {
      const line = await resignText(scene.line(MODEL_LINE), trainer, (text) =>
        text.replace('{', '{"constructor":{"prototype":{"polluted":true}},"toString":"x","hasOwnProperty":1,'),
      );
      scene.onlyLines(line.replace('{', '{"constructor":{},"toString":0,'));
    },
    exit: 0,
    also: () => expect(({} as Record<string, unknown>)['polluted']).toBeUndefined(),
  },
  {
    row: 3,
    title: 'a digest named constructor',
    build: signedText((text) => text.replace('"digest":{', '"digest":{"constructor":"00","valueOf":"00",')),
    exit: 0,
  },
  {
    row: 4,
    title: '2^53 + 1 bytes',
    build: signedText((text) => text.replace(/"bytes":\d+/, '"bytes":9007199254740993')),
    exit: 4,
  },
  { row: 4, title: '1e400 bytes', build: signedText((text) => text.replace(/"bytes":\d+/, '"bytes":1e400')), exit: 4 },
  { row: 4, title: '-0 bytes', build: signedText((text) => text.replace(/"bytes":\d+/, '"bytes":-0')), exit: 4 },
  { row: 4, title: '3.0 files', build: signedText((text) => text.replace(/"files":3/, '"files":3.0')), exit: 4 },
  { row: 4, title: '3e0 files', build: signedText((text) => text.replace(/"files":3/, '"files":3e0')), exit: 4 },
  {
    row: 5,
    title: 'five million nested arrays as model.sig',
    build: (scene) => scene.onlySignature('['.repeat(5_000_000)),
    exit: 4,
  },
  {
    row: 5,
    title: 'five million nested arrays as a line',
    build: (scene) => scene.onlyLines('['.repeat(5_000_000)),
    exit: 4,
  },
  {
    row: 5,
    title: 'a signed statement nested a thousand deep',
    build: signedText((text) =>
      text.replace('"predicate":{', `"predicate":{"x":${'['.repeat(1000)}${']'.repeat(1000)},`),
    ),
    exit: 4,
  },
  {
    row: 6,
    title: '600 MB of model.sig',
    build: (scene) => {
      scene.onlySignature('{');
      truncateSync(scene.in('model.sig'), 600e6);
    },
    exit: 4,
    says: /at most \d+ are read/,
  },
  {
    row: 6,
    title: '600 MB of attestations',
    build: (scene) => {
      scene.remove('model.sig', 'model.manifest.jsonl');
      truncateSync(scene.in('model.attestations.jsonl'), 600e6);
    },
    exit: 4,
  },
  {
    row: 6,
    title: '600 MB given as --signature',
    build: (scene) => {
      const file = scene.beside('huge.sig', '{');
      truncateSync(file, 600e6);
      return ['--key', TRAINER, '--signature', file];
    },
    exit: 4,
  },
  {
    row: 6,
    title: 'a key file of 600 MB',
    build: (scene) => {
      const file = scene.beside('huge.pub', '-----BEGIN PUBLIC KEY-----\n');
      truncateSync(file, 600e6);
      return ['--key', file];
    },
    exit: 4,
    error: 'TOO_LARGE',
  },
];

type Texts = readonly (readonly [string, (text: string) => string | Uint8Array])[];

const ENCODINGS: Texts = [
  ['invalid UTF-8', (text) => bytesOf(text, '"', [0xff])],
  ['an overlong encoding', (text) => bytesOf(text, '":', [0xc0, 0xaf])],
  ['a surrogate in UTF-8', (text) => bytesOf(text, '":', [0xed, 0xa0, 0x80])],
  ['an escaped lone surrogate', (text) => text.replace('{', '{"x":"\\ud800",')],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['a NUL byte', (text) => text.replace('{', '{\0')],
  ['a NUL byte in a string', (text) => text.replace('{', '{"x":"a\0b",')],
];

const CONTINUATIONS: Texts = [
  ['trailing garbage', (text) => `${text}x`],
  ['a second document', (text) => `${text}${text}`],
];

const inBoth = (row: number, texts: Texts): AttackCase[] =>
  texts.flatMap(([what, edit]): AttackCase[] => [
    { row, title: `${what} in model.sig`, build: (scene) => scene.onlySignature(edit(signatureText(scene))), exit: 4 },
    { row, title: `${what} in a signed statement`, build: signedPayload(edit), exit: 4 },
  ]);

describeAttacks('bits and JSON', [...bits, ...json, ...inBoth(7, ENCODINGS), ...inBoth(11, CONTINUATIONS)]);
