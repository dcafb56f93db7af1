import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { safetensorsFile } from '../core/model/formats/support.ts';
import { both } from './support/both.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { STRANGER, stranger, TRAINER, trainer } from './support/keys.ts';
import { MODEL_LINE, type Scene } from './support/scene.ts';
import { resign, rewrap } from './support/signed.ts';

/** What a terminal, a log of GitHub Actions or one of Azure Pipelines would act on, and text that hides what it is. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['an escape sequence', '\u001b[31mred\u001b]8;;http://x\u0007link'],
  ['a CR that overwrites the line', 'a\rpassed'],
  ['a bell', 'a\u0007b'],
  ['a C1 control', 'a\u009b31mb'],
  ['a right-to-left override', 'a\u202egpj.exe'],
  ['a line separator', 'a\u2028::error::b'],
  ['a workflow command', 'a\n::set-output name=x::y'],
  ['an Azure command', 'a ##[error]b ##vso[task.complete]c'],
  ['zero-width characters', 'a\u200b\u2060\ufeffb'],
  ['a tag character', 'a\u{e0041}b'],
];

const addedFile = (name: string) => (scene: Scene) => scene.write(`n${name}`, 'x');

const fileNames: AttackCase[] = HOSTILE.flatMap(([what, text]): AttackCase[] => [
  {
    row: 71,
    title: `${what} in the name of an added file`,
    build: addedFile(text),
    exit: text.includes(':') || text.includes('/') ? 4 : 1,
  },
  {
    row: 71,
    title: `${what} in the name of a file that was attested`,
    build: async (scene) => {
      const name = `n${text.replaceAll(/[:/]/g, '')}`;
      scene.write(name, 'x');
      await scene.attestAnew();
      scene.write(name, 'y');
    },
    exit: 1,
  },
]);

/** The parser lets no control character into the name of a tensor. */
const tensors: AttackCase[] = HOSTILE.filter(([, text]) => !/\p{Cc}/u.test(text)).map(([what, text]) => ({
  row: 71,
  title: `${what} in the name of a tensor that changed`,
  build: async (scene) => {
    const header = JSON.stringify({ [text]: { dtype: 'U8', shape: [4], data_offsets: [0, 4] } });
    const file = safetensorsFile(header, 4);
    scene.write('model.safetensors', file);
    await scene.attestAnew();
    scene.write(
      'model.safetensors',
      file.map((byte, index) => (index === file.length - 1 ? 1 : byte)),
    );
  },
  exit: 1,
  also: ({ changes }) => expect(changes.flatMap(({ tensors: names = [] }) => names)).toEqual([text]),
}));

const statements: AttackCase[] = HOSTILE.flatMap(([what, text]): AttackCase[] => [
  {
    row: 71,
    title: `${what} in the name that the signer gives`,
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), trainer, ({ subject: [subject] }) => {
        if (subject !== undefined) subject.name = text;
      });
      scene.onlyLines(line);
    },
    exit: 0,
  },
  {
    row: 71,
    title: `${what} in a predicate type and in a digest's name`,
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), trainer, (statement) => {
        statement.predicateType = text;
        Object.assign(statement.subject[0]?.digest ?? {}, { [text]: '00' });
      });
      scene.lines = [...scene.lines, line];
      return ['--key', TRAINER, '--require', 'https://example.com/none'];
    },
    exit: 3,
    check: 'policy.require',
  },
  {
    row: 71,
    title: `${what} in the hint of a stranger's bundle`,
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), stranger, () => undefined);
      scene.onlyLines(
        rewrap(line, (bundle) => void (bundle.verificationMaterial = { publicKey: { hint: text }, tlogEntries: [] })),
      );
    },
    exit: 3,
  },
  {
    row: 71,
    title: `${what} in a parameter and a builder`,
    build: async (scene) => {
      await scene.attestAnew({ parameters: { [text]: text } });
      return ['--key', TRAINER, '--require', 'provenance'];
    },
    exit: 0,
    check: 'policy.require',
  },
  {
    row: 71,
    title: `${what} in the name of an ignored path, a malformed digest and an unknown member`,
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), trainer, ({ predicate, subject: [subject] }) => {
        Object.assign(predicate, { [text]: text, ignored: [text] });
        Object.assign(subject?.digest ?? {}, { [text]: text });
      });
      scene.onlyLines(line);
    },
    exit: 4,
  },
]);

const long: AttackCase[] = [
  {
    row: 71,
    title: 'a name of a megabyte in a statement',
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), trainer, ({ subject: [subject] }) => {
        if (subject !== undefined) subject.name = 'x'.repeat(1_000_000);
      });
      scene.onlyLines(line);
    },
    exit: 0,
    also: (_report, { stdout }) => expect(stdout.length).toBeLessThan(20_000),
  },
  {
    row: 71,
    title: 'a predicate type of a megabyte',
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), trainer, (statement) => {
        statement.predicateType = `https://x/${'y'.repeat(1_000_000)}`;
      });
      scene.onlyLines(line);
    },
    exit: 4,
    also: (_report, { stdout }) => expect(stdout.length).toBeLessThan(20_000),
  },
  {
    row: 71,
    title: 'ten thousand lines of strangers',
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), stranger, () => undefined);
      scene.lines = [...scene.lines, ...Array.from({ length: 10_000 }, () => line)];
    },
    exit: 0,
  },
  ...both(
    71,
    'an escape sequence in the name of a link',
    (scene) => scene.link('nowhere', '\u001b[2Jlink'),
    { exit: 5 },
    'SYMLINK_REFUSED',
  ),
];

const strangers: AttackCase[] = [
  {
    row: 71,
    title: 'a key file whose own name is hostile',
    build: (scene) => ['--key', scene.beside('\u001b[31m##[error]\u202e.pub', readFileSync(STRANGER))],
    exit: 3,
  },
];

describeAttacks('hostile text', [...fileNames, ...tensors, ...statements, ...long, ...strangers]);
