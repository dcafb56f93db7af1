import { truncateSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { base64Encode, decodeBase64 } from '../../src/core/bytes/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { stranger, TRAINER, trainer } from './support/keys.ts';
import { MODEL_LINE, PROVENANCE_LINE, type Scene } from './support/scene.ts';
import {
  bareEnvelope,
  type LooseStatement,
  parseLoose,
  payloadOf,
  resign,
  resignText,
  rewrap,
  sign,
  signatureOf,
  withSignature,
} from './support/signed.ts';

const signatureText = (scene: Scene): string => scene.read('model.sig').toString('utf8');

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 10 ? byte ^ 1 : byte));

const withPayload = (line: string, payload: string): string =>
  rewrap(line, ({ dsseEnvelope }) => {
    dsseEnvelope.payload = payload;
  });

/** `model.sig` alone, its text edited. */
const editedSignature = (edit: (text: string) => string) => (scene: Scene) => {
  scene.onlySignature(edit(signatureText(scene)));
};

/** The model statement alone, its text edited and signed again by its signer. */
const signedText = (edit: (text: string) => string) => async (scene: Scene) => {
  scene.onlyLines(await resignText(scene.line(MODEL_LINE), trainer, edit));
};

/** The same with its members changed. */
const signedChange =
  (change: (statement: LooseStatement) => void, ...argv: readonly string[]) =>
  async (scene: Scene) => {
    scene.onlyLines(await resign(scene.line(MODEL_LINE), trainer, change));
    return ['--key', TRAINER, ...argv];
  };

const signedPayload = (edit: (payload: string) => string | Uint8Array) => async (scene: Scene) => {
  scene.onlyLines(await sign(edit(payloadOf(scene.line(MODEL_LINE))), trainer));
};

const bytesOf = (text: string, at: string, insert: readonly number[]): Uint8Array => {
  const [head = '', tail = ''] = text.split(at);
  return Buffer.concat([Buffer.from(head), Buffer.from(insert), Buffer.from(at), Buffer.from(tail)]);
};

const manySignatures = (count: number) => async (scene: Scene) => {
  const bad = Array.from({ length: count - 1 }, (_, index) => ({ signer: stranger, keyid: `k${index}` }));
  const line = await bareEnvelope(scene.line(MODEL_LINE), [{ signer: stranger }, { signer: trainer }]);
  const envelope = JSON.parse(line) as { signatures: object[] };
  const [wrong, right] = envelope.signatures;
  envelope.signatures = [...bad.map(({ keyid }) => ({ ...wrong, keyid })), { ...right }];
  scene.onlyLines(JSON.stringify(envelope));
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

const TEXTS: readonly (readonly [string, (text: string) => string | Uint8Array])[] = [
  ['invalid UTF-8', (text) => bytesOf(text, '"', [0xff])],
  ['an overlong encoding', (text) => bytesOf(text, '":', [0xc0, 0xaf])],
  ['a surrogate in UTF-8', (text) => bytesOf(text, '":', [0xed, 0xa0, 0x80])],
  ['an escaped lone surrogate', (text) => text.replace('{', '{"x":"\\ud800",')],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['a NUL byte', (text) => text.replace('{', '{\0')],
  ['a NUL byte in a string', (text) => text.replace('{', '{"x":"a\0b",')],
  ['trailing garbage', (text) => `${text}x`],
  ['a second document', (text) => `${text}${text}`],
];

const texts: AttackCase[] = TEXTS.flatMap(([what, edit]): AttackCase[] => {
  const row = what === 'trailing garbage' || what === 'a second document' ? 11 : 7;
  return [
    {
      row,
      title: `${what} in model.sig`,
      build: (scene) => scene.onlySignature(edit(signatureText(scene))),
      exit: 4,
    },
    { row, title: `${what} in a signed statement`, build: signedPayload(edit), exit: 4 },
  ];
});

const lastCharacter = (text: string, by: (base64: string) => string): string =>
  rewrap(text, ({ dsseEnvelope }) => {
    const [signature] = dsseEnvelope.signatures;
    if (signature !== undefined) signature.sig = by(signature.sig);
  });

const NON_ZERO_BITS: Readonly<Record<string, string>> = {
  A: 'B',
  E: 'F',
  I: 'J',
  M: 'N',
  Q: 'R',
  U: 'V',
  Y: 'Z',
  c: 'd',
  g: 'h',
  k: 'l',
  o: 'p',
  s: 't',
  w: 'x',
  '0': '1',
  '4': '5',
  '8': '9',
};

const base64: AttackCase[] = [
  ...(
    [
      ['junk', (text: string) => `!${text}`],
      ['a space', (text: string) => `${text.slice(0, 4)} ${text.slice(4)}`],
      ['a line feed', (text: string) => `${text}\n`],
      ['too much padding', (text: string) => `${text}=`],
      ['padding in the middle', (text: string) => `${text.slice(0, 3)}=${text.slice(4)}`],
      ['both alphabets', (text: string) => `+-${text.slice(2)}`],
    ] as const
  ).map(
    ([what, edit]): AttackCase => ({
      row: 8,
      title: `base64 with ${what}`,
      build: editedSignature((text) => lastCharacter(text, edit)),
      exit: 4,
    }),
  ),
  {
    row: 8,
    title: 'base64 with trailing bits that are not zero',
    build: async (scene) => {
      // A payload whose length leaves bits over: the same bytes to a lenient reader.
      let payload = payloadOf(scene.line(MODEL_LINE));
      while (Buffer.byteLength(payload) % 3 !== 2) payload = `${payload} `;
      const line = await sign(payload, trainer);
      const { payload: text } = parseLoose(line).dsseEnvelope;
      const last = text.at(-2) ?? '';
      scene.onlyLines(withPayload(line, `${text.slice(0, -2)}${NON_ZERO_BITS[last]}=`));
    },
    exit: 4,
  },
  {
    row: 8,
    title: 'the URL-safe alphabet',
    build: editedSignature((text) => {
      const { dsseEnvelope } = parseLoose(text);
      const safe = (part: string): string => part.replaceAll('+', '-').replaceAll('/', '_');
      return lastCharacter(withPayload(text, safe(dsseEnvelope.payload)), safe);
    }),
    exit: 0,
  },
];

const signatures: AttackCase[] = [
  {
    row: 9,
    title: 'no signature in a bundle',
    build: editedSignature((text) => rewrap(text, ({ dsseEnvelope }) => void (dsseEnvelope.signatures = []))),
    exit: 4,
  },
  {
    row: 9,
    title: 'no signature in an envelope',
    build: async (scene) => scene.onlyLines(await bareEnvelope(scene.line(MODEL_LINE), [])),
    exit: 4,
  },
  { row: 9, title: 'ten thousand signatures', build: manySignatures(10_000), exit: 4 },
  { row: 9, title: 'sixteen signatures, the last one good', build: manySignatures(16), exit: 0 },
];

const unknownTypes: AttackCase[] = [
  {
    row: 10,
    title: 'a genuine signature under an unknown payload type',
    build: async (scene) => {
      scene.onlyLines(await bareEnvelope(scene.line(MODEL_LINE), [{ signer: trainer }], 'application/x-other+json'));
    },
    exit: 3,
    says: /payload type is not supported/,
  },
  {
    row: 10,
    title: 'a genuine signature over an unknown predicate type',
    build: signedChange((statement) => void (statement.predicateType = 'https://example.com/unknown/v1')),
    exit: 3,
  },
  {
    row: 10,
    title: 'the next version of our own predicate type',
    build: signedChange((statement) => void (statement.predicateType = 'https://w3id.org/stemma/model/v2')),
    exit: 3,
  },
  {
    row: 10,
    title: 'both beside other evidence',
    build: async (scene) => {
      const line = scene.line(MODEL_LINE);
      scene.lines = [
        ...scene.lines,
        await bareEnvelope(line, [{ signer: trainer }], 'application/x-other+json'),
        await resign(line, trainer, (statement) => void (statement.predicateType = 'https://example.com/unknown/v1')),
      ];
    },
    exit: 0,
    says: /payload type is not supported/,
  },
];

const DIGESTS: readonly (readonly [string, (hex: string) => string])[] = [
  ['too short', (hex) => hex.slice(2)],
  ['too long', (hex) => `${hex}00`],
  ['of odd length', (hex) => hex.slice(1)],
  ['in upper case', (hex) => hex.toUpperCase().replace(/^[0-9]/, 'A')],
  ['with a prefix', (hex) => `sha256:${hex}`],
  ['empty', () => ''],
];

const digests: AttackCase[] = [
  ...DIGESTS.map(
    ([what, edit]): AttackCase => ({
      row: 12,
      title: `a digest ${what}`,
      build: signedChange(({ subject: [subject] }) => {
        if (subject !== undefined) subject.digest['sha256'] = edit(subject.digest['sha256'] ?? '');
      }),
      exit: 4,
    }),
  ),
  {
    row: 12,
    title: 'no digest at all',
    build: signedChange(({ subject: [subject] }) => void (subject !== undefined && (subject.digest = {}))),
    exit: 4,
  },
  ...(['md5', 'sha1', 'stemmaFileTreeV9'] as const).map(
    (algorithm): AttackCase => ({
      row: 13,
      title: `provenance whose subject has only ${algorithm}`,
      build: async (scene) => {
        const line = await resign(scene.line(PROVENANCE_LINE), trainer, ({ subject: [subject] }) => {
          if (subject !== undefined) subject.digest = { [algorithm]: 'ab'.repeat(16) };
        });
        scene.lines = [scene.line(MODEL_LINE), line];
        return ['--key', TRAINER, '--require', 'provenance'];
      },
      exit: 3,
      check: 'policy.require',
      outcome: 'unknown',
      says: /no digest in common/,
    }),
  ),
  {
    row: 13,
    title: 'a model statement whose subject has only md5: our format backs each root by a digest',
    build: signedChange(
      ({ subject: [subject] }) => void (subject !== undefined && (subject.digest = { md5: 'ab'.repeat(16) })),
    ),
    exit: 4,
  },
];

const WRONG_TYPES: readonly (readonly [string, RegExp, (predicate: Record<string, unknown>) => void])[] = [
  ['an array for a tree', /\/predicate\/fileTree/, (predicate) => void (predicate['fileTree'] = [])],
  ['a string for a count', /\/predicate\/files/, (predicate) => void (predicate['files'] = '3')],
  ['a number for a kind', /\/predicate\/kind/, (predicate) => void (predicate['kind'] = 1)],
  ['an object for a list', /\/predicate\/tensorSets/, (predicate) => void (predicate['tensorSets'] = {})],
  ['null for a manifest', /\/predicate\/manifest/, (predicate) => void (predicate['manifest'] = null)],
  ['a string for a flag', /\/predicate\/allowSymlinks/, (predicate) => void (predicate['allowSymlinks'] = 'true')],
];

const wrongTypes: AttackCase[] = [
  ...WRONG_TYPES.map(
    ([what, says, change]): AttackCase => ({
      row: 14,
      title: `${what} in a model statement`,
      build: signedChange(({ predicate }) => change(predicate)),
      exit: 4,
      says,
    }),
  ),
  {
    row: 14,
    title: 'an array for the predicate',
    build: signedChange((statement) => void Object.assign(statement, { predicate: [] })),
    exit: 4,
    says: /predicate/,
  },
  {
    row: 14,
    title: 'a string for the resources of an OMS statement',
    build: async (scene) => {
      const line = await resign(
        signatureText(scene),
        trainer,
        ({ predicate }) => void (predicate['resources'] = 'all'),
      );
      scene.onlySignature(line);
    },
    exit: 4,
    says: /\/predicate\/resources/,
  },
  {
    row: 14,
    title: 'a number for the subjects',
    build: signedText((text) => text.replace(/"subject":\[.*?\}\]/, '"subject":1')),
    exit: 4,
    says: /\/subject/,
  },
  {
    row: 14,
    title: 'an empty file for model.sig',
    build: (scene) => {
      scene.onlySignature('');
      writeFileSync(scene.in('model.sig'), '');
    },
    exit: 4,
  },
];

describeAttacks('envelope and JSON', [
  ...bits,
  ...json,
  ...texts,
  ...base64,
  ...signatures,
  ...unknownTypes,
  ...digests,
  ...wrongTypes,
]);
