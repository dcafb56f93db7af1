import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { attest, MODEL_LINE, type Scene } from './support/scene.ts';
import { resign } from './support/signed.ts';

/** The manifest edited, and the model statement signed anew so that it names the edited one. */
const signedManifest = (edit: (lines: string[]) => string[]) => async (scene: Scene) => {
  const lines = scene.read('model.manifest.jsonl').toString('utf8').trimEnd().split('\n');
  const text = `${edit(lines).join('\n')}\n`;
  scene.write('model.manifest.jsonl', text);
  const digest = createHash('sha256').update(text).digest('hex');
  const line = await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => {
    predicate['manifest'] = { sha256: digest };
  });
  scene.onlyLines(line);
  return ['--key', TRAINER, '--require', 'manifest'];
};

const isFile = (line: string): boolean => line.includes('"type":"file"');
const pathOf = (line: string): string => (JSON.parse(line) as { path: string }).path;

/** Files with their segments, so that they can be put into another order. */
function blocks(lines: readonly string[]): {
  readonly head: string[];
  readonly files: string[][];
  readonly rest: string[];
} {
  const first = lines.findIndex(isFile);
  const last = lines.findLastIndex((line) => /"type":"(?:file|segment)"/.test(line)) + 1;
  const files: string[][] = [];
  for (const line of lines.slice(first, last)) {
    if (isFile(line)) files.push([line]);
    else files.at(-1)?.push(line);
  }
  return { head: lines.slice(0, first), files, rest: lines.slice(last) };
}

const malformedManifest = (title: string, edit: (lines: string[]) => string[]): AttackCase => ({
  row: 39,
  title,
  build: signedManifest(edit),
  exit: 4,
  check: 'content.manifest',
});

const manifests: AttackCase[] = [
  malformedManifest('a path twice', (lines) => {
    const { head, files, rest } = blocks(lines);
    return [...head, ...(files[0] ?? []), ...files.flat(), ...rest];
  }),
  malformedManifest('paths out of order', (lines) => {
    const { head, files, rest } = blocks(lines);
    return [...head, ...files.toReversed().flat(), ...rest];
  }),
  malformedManifest('no header', (lines) => lines.slice(1)),
  malformedManifest('a member twice', (lines) => lines.map((line) => line.replace('{', '{"type":"file",'))),
  malformedManifest('not JSON', (lines) => [...lines, '{']),
  ...['../x', '/etc/passwd', 'a/../../x', 'C:\\x', '\\\\host\\x', 'a\\..\\b', 'con', 'x.', 'x:ads', ''].map(
    (name): AttackCase => ({
      ...malformedManifest(`a file named ${JSON.stringify(name)}`, (lines) =>
        lines.map((line) =>
          isFile(line) && pathOf(line) === 'config.json' ? line.replace('"config.json"', JSON.stringify(name)) : line,
        ),
      ),
      row: 55,
    }),
  ),
  {
    row: 39,
    title: 'a manifest that lacks a file, named by its signer',
    build: signedManifest((lines) => {
      const { head, files, rest } = blocks(lines);
      return [...head, ...files.slice(1).flat(), ...rest];
    }),
    exit: 4,
    check: 'content.manifest',
  },
  {
    row: 39,
    title: 'names that differ only by case',
    build: async (scene) => {
      scene.write('README.MD', 'another');
      await scene.attestAnew();
    },
    exit: 0,
    says: /case/,
  },
  {
    row: 39,
    title: 'names that differ only by their Unicode form',
    build: async (scene) => {
      scene.write('caf\u00e9.txt', 'composed');
      scene.write('cafe\u0301.txt', 'decomposed');
      await scene.attestAnew();
    },
    exit: 0,
    says: /caf/,
  },
  {
    row: '+',
    title: 'the manifest of another model',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await attest(base);
      renameSync(`${base}/model.manifest.jsonl`, scene.in('model.manifest.jsonl'));
      return ['--key', TRAINER, '--require', 'manifest'];
    },
    exit: 3,
    check: 'content.manifest',
  },
  {
    row: '+',
    title: 'the manifest of another model, signed for as this one’s',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await attest(base);
      renameSync(`${base}/model.manifest.jsonl`, scene.in('model.manifest.jsonl'));
      return signedManifest((lines) => lines)(scene);
    },
    exit: 1,
    check: 'content.manifest',
    says: /roots are not those of the statement/,
  },
  {
    row: '+',
    title: 'another manifest, where none is required',
    build: (scene) => scene.write('model.manifest.jsonl', '{}\n'),
    exit: 0,
    check: 'content.manifest',
    outcome: 'skip',
    says: /another manifest/,
  },
];

describeAttacks('manifests', manifests);
