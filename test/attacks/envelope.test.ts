import { type AttackCase, describeAttacks } from './support/cases.ts';
import { editedSignature, signedChange, withPayload } from './support/edits.ts';
import { stranger, trainer } from './support/keys.ts';
import { MODEL_LINE, type Scene } from './support/scene.ts';
import { bareEnvelope, parseLoose, payloadOf, resign, rewrap, sign } from './support/signed.ts';

const manySignatures = (count: number) => async (scene: Scene) => {
  const bad = Array.from({ length: count - 1 }, (_, index) => ({ signer: stranger, keyid: `k${index}` }));
  const line = await bareEnvelope(scene.line(MODEL_LINE), [{ signer: stranger }, { signer: trainer }]);
  const envelope = JSON.parse(line) as { signatures: object[] };
  const [wrong, right] = envelope.signatures;
  envelope.signatures = [...bad.map(({ keyid }) => ({ ...wrong, keyid })), { ...right }];
  scene.onlyLines(JSON.stringify(envelope));
};

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

describeAttacks('base64, signatures and types', [...base64, ...signatures, ...unknownTypes]);
