import { mkdirSync, renameSync } from 'node:fs';
import { expect } from 'vitest';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { attest, MODEL_LINE, signOms } from './support/scene.ts';
import { resign, sign, statementOf } from './support/signed.ts';

const subjects: AttackCase[] = [
  {
    row: 42,
    title: 'a statement about another model, in the side file',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await attest(base);
      scene.remove('model.sig', 'model.manifest.jsonl');
      renameSync(`${base}/model.attestations.jsonl`, scene.in('model.attestations.jsonl'));
    },
    exit: 1,
  },
  {
    row: 42,
    title: 'a statement about another model, by --attestations',
    build: async (scene) => {
      scene.remove('model.sig', 'model.manifest.jsonl', 'model.attestations.jsonl');
      const base = scene.other('base', 'base');
      await attest(base);
      return ['--key', TRAINER, '--attestations', `${base}/model.attestations.jsonl`];
    },
    exit: 3,
    says: /another model/,
  },
  {
    row: 42,
    title: 'the signature of another model, by --signature',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await signOms(base);
      return ['--key', TRAINER, '--signature', `${base}/model.sig`];
    },
    exit: 1,
  },
  {
    row: 42,
    title: 'no subject',
    build: async (scene) =>
      scene.onlyLines(await resign(scene.line(MODEL_LINE), trainer, (statement) => void (statement.subject = []))),
    exit: 4,
  },
  {
    row: 42,
    title: 'a million subjects',
    build: async (scene) => {
      const statement = statementOf(scene.line(MODEL_LINE));
      const [subject] = statement.subject;
      const many = Array.from({ length: 1_000_000 }, () => '{"digest":{"sha1":"00"}}').join(',');
      const text = JSON.stringify({ ...statement, subject: [] }).replace(
        '"subject":[]',
        `"subject":[${JSON.stringify(subject)},${many}]`,
      );
      scene.onlyLines(await sign(text, trainer));
    },
    exit: 4,
    says: /subject/,
  },
];

const ignores: AttackCase[] = [
  ...['.stemmaignore', '.gitignore', '.gitattributes', 'model.ignore'].map(
    (name): AttackCase => ({
      row: 43,
      title: `an ignore list in ${name}, signed by nobody`,
      build: (scene) => {
        scene.write(name, '*\nextra.bin\nextra.bin filter=lfs\n');
        scene.write('extra.bin', 'x');
      },
      exit: 1,
      says: /extra\.bin/,
    }),
  ),
  {
    row: 43,
    title: 'ignores beside the statement instead of in it',
    build: async (scene) => {
      scene.write('extra.bin', 'x');
      const line = await resign(scene.line(MODEL_LINE), trainer, (statement) =>
        Object.assign(statement, { ignored: ['extra.bin'], annotations: { ignored: ['extra.bin'] } }),
      );
      scene.onlyLines(line);
    },
    exit: 1,
  },
  {
    row: 43,
    title: 'the caller’s own ignore, which is listed',
    build: (scene) => {
      scene.write('config.json', '{}');
      return ['--key', TRAINER, '--ignore', 'config.json'];
    },
    exit: 0,
    says: /"path":"config\.json","because":"ignored by the caller"/,
  },
  {
    row: 43,
    title: 'an expected digest of bytes that the caller ignores',
    build: (scene) => {
      const [subject] = statementOf(scene.line(MODEL_LINE)).subject;
      scene.remove('model.sig');
      scene.write('config.json', '{}');
      const expected = `stemmaFileTreeV1:${subject?.digest['stemmaFileTreeV1']}`;
      return ['--key', TRAINER, '--ignore', 'config.json', '--expect', expected];
    },
    exit: 3,
    check: 'match.expect',
    outcome: 'unknown',
    also: ({ verified, subject }) => expect([verified, subject.digests]).toEqual([[], {}]),
  },
  {
    row: 43,
    title: 'a caller who ignores everything',
    build: () => [
      '--key',
      TRAINER,
      '--ignore',
      'config.json',
      '--ignore',
      'README.md',
      '--ignore',
      'model.safetensors',
    ],
    exit: 3,
    outcome: 'unknown',
  },
  {
    row: 43,
    title: 'a caller who ignores everything, with the model statement alone',
    build: (scene) => {
      scene.remove('model.sig');
      return ['--key', TRAINER, '--ignore', 'config.json', '--ignore', 'README.md', '--ignore', 'model.safetensors'];
    },
    exit: 3,
    outcome: 'unknown',
  },
  ...['**', '*.bin', 'a?', '[ab]'].map(
    (glob): AttackCase => ({
      row: 43,
      title: `${glob} in a signed ignore list`,
      build: async (scene) => {
        const line = await resign(scene.read('model.sig').toString('utf8'), trainer, ({ predicate }) => {
          (predicate['serialization'] as { ignore_paths: string[] }).ignore_paths.push(glob);
        });
        scene.onlySignature(line);
      },
      exit: 4,
    }),
  ),
  {
    row: 43,
    title: '** in the ignore list of a model statement',
    build: async (scene) =>
      scene.onlyLines(
        await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => void (predicate['ignored'] = ['**'])),
      ),
    exit: 4,
  },
  ...['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'].flatMap((name) =>
    (['', '--fast', '--full'] as const)
      // --fast compares no OMS statement, and the folder stands in place of the other ones.
      .filter((mode) => mode !== '--fast' || name !== 'model.attestations.jsonl')
      .map(
        (mode): AttackCase => ({
          row: 43,
          title: `a folder named ${name} ${mode}`,
          build: (scene) => {
            scene.remove(name);
            mkdirSync(scene.in(name));
            scene.write(`${name}/payload.bin`, 'hidden here');
            return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
          },
          exit: 1,
          says: /is a folder/,
        }),
      ),
  ),
  {
    row: 43,
    title: 'an empty folder named model.sig and no other evidence',
    build: (scene) => {
      scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
      mkdirSync(scene.in('model.sig'));
    },
    exit: 1,
    says: /is a folder/,
  },
];

const sampled: AttackCase[] = ['--fast', '--full', '--sample=1%'].map((mode) => ({
  row: 38 as const,
  title: `nothing left to compare under ${mode}`,
  build: () => [
    '--key',
    TRAINER,
    mode,
    ...(mode.startsWith('--sample') ? ['--accept-sample'] : []),
    ...['config.json', 'README.md', 'model.safetensors'].flatMap((name) => ['--ignore', name]),
  ],
  exit: 3 as const,
  outcome: 'unknown' as const,
}));

describeAttacks('subjects, ignores, and nothing at all', [...subjects, ...ignores, ...sampled]);
