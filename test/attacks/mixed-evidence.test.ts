import { cpSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { STRANGER, TRAINER, trainer } from './support/keys.ts';
import { attest, MODEL_LINE, type Scene, SIDE_FILES, signOms } from './support/scene.ts';
import { resign, rewrap, signatureOf, statementOf, withSignature } from './support/signed.ts';

const MODES = ['', '--fast', '--full', '--sample=100%', '--integrity-only'] as const;
type Mode = (typeof MODES)[number];

/** The arguments of a mode; nobody is trusted where nobody may be. */
const argumentsOf = (mode: Mode): string[] => [
  ...(mode === '--integrity-only' ? [] : ['--key', TRAINER]),
  ...(mode === '' ? [] : [mode]),
  ...(mode.startsWith('--sample') ? ['--accept-sample'] : []),
];

const inEveryMode = (
  title: string,
  spoil: (scene: Scene) => Promise<void> | void,
  exit: (mode: Mode) => AttackCase['exit'],
  more: (mode: Mode) => Pick<AttackCase, 'check' | 'outcome'> = () => ({}),
): AttackCase[] =>
  MODES.map((mode) => ({
    row: '+',
    title: `${title} ${mode}`,
    build: async (scene) => {
      await spoil(scene);
      return argumentsOf(mode);
    },
    exit: exit(mode),
    ...more(mode),
  }));

async function attestedBase(scene: Scene): Promise<string> {
  const base = scene.other('base', 'base');
  await attest(base);
  return base;
}

const move = (from: string, scene: Scene, ...names: readonly string[]): void => {
  for (const name of names) renameSync(path.join(from, name), scene.in(name));
};

const anotherModel: AttackCase[] = [
  ...inEveryMode(
    'all evidence of another model',
    async (scene) => move(await attestedBase(scene), scene, ...SIDE_FILES),
    () => 1,
  ),
  ...inEveryMode(
    'the attestations of another model',
    async (scene) => {
      scene.remove('model.sig', 'model.manifest.jsonl');
      move(await attestedBase(scene), scene, 'model.attestations.jsonl');
    },
    // Without a manifest there is nothing to draw a sample from.
    (mode) => (mode.startsWith('--sample') ? 3 : 1),
    (mode) => (mode.startsWith('--sample') ? { outcome: 'unknown' } : {}),
  ),
  ...inEveryMode(
    'the model.sig of another model and nothing else',
    async (scene) => {
      scene.remove(...SIDE_FILES);
      move(await attestedBase(scene), scene, 'model.sig');
    },
    (mode) => (mode === '--fast' || mode.startsWith('--sample') ? 3 : 1),
  ),
  ...inEveryMode(
    'the model.sig of another model beside good attestations',
    async (scene) => move(await attestedBase(scene), scene, 'model.sig'),
    // Neither of the two compares OMS statements, and says so.
    (mode) => (mode === '--fast' || mode.startsWith('--sample') ? 0 : 1),
    (mode) => (mode === '--fast' || mode.startsWith('--sample') ? {} : { check: 'match.model-sig' }),
  ),
  ...inEveryMode(
    'one weight changed',
    (scene) => {
      const weights = scene.read('model.safetensors');
      weights[20_000] = (weights[20_000] ?? 0) ^ 1;
      scene.write('model.safetensors', weights);
    },
    () => 1,
  ),
];

const lines: AttackCase[] = [
  ...inEveryMode(
    'the lines in another order',
    (scene) => void (scene.lines = scene.lines.toReversed()),
    () => 0,
  ),
  ...inEveryMode(
    'every line three times',
    (scene) => void (scene.lines = [...scene.lines, ...scene.lines, ...scene.lines]),
    () => 0,
  ),
  ...inEveryMode(
    'the model statement stripped',
    (scene) => void (scene.lines = scene.lines.slice(1)),
    (mode) => (mode === '--fast' || mode.startsWith('--sample') ? 3 : 0),
  ),
  {
    row: '+',
    title: 'the provenance stripped, and required',
    build: (scene) => {
      scene.lines = [scene.line(MODEL_LINE)];
      return ['--key', TRAINER, '--require', 'provenance'];
    },
    exit: 3,
    check: 'policy.require',
  },
  {
    row: '+',
    title: 'the provenance of another model in place of this one’s, and required',
    build: async (scene) => {
      const base = await attestedBase(scene);
      const [, provenance = ''] = readFileSync(path.join(base, 'model.attestations.jsonl'), 'utf8').split('\n');
      scene.lines = [scene.line(MODEL_LINE), provenance];
      return ['--key', TRAINER, '--require', 'provenance'];
    },
    exit: 3,
    check: 'policy.require',
  },
  {
    row: '+',
    title: 'one statement duplicated counts once for a threshold',
    build: (scene) => {
      scene.lines = [...scene.lines, ...scene.lines];
      return ['--key', TRAINER, '--key', STRANGER, '--threshold', '2'];
    },
    exit: 3,
    also: ({ signers }) => expect(signers).toHaveLength(1),
  },
];

/** The other model: the same sizes, one weight apart. */
async function twin(scene: Scene): Promise<string> {
  const other = path.join(scene.dir, 'twin');
  cpSync(scene.model, other, { recursive: true });
  const weights = readFileSync(path.join(other, 'model.safetensors'));
  weights[20_000] = (weights[20_000] ?? 0) ^ 1;
  scene.beside('twin/model.safetensors', weights);
  for (const name of SIDE_FILES) scene.beside(`twin/${name}`, '');
  await attest(other, { force: true });
  return other;
}

/** A statement of the trusted signer: file tree of this model, segment tree of its twin. Optionally in the twin's folder. */
const chimera =
  (mode: Mode, where: 'this' | 'twin') =>
  async (scene: Scene): Promise<string[]> => {
    const other = await twin(scene);
    const theirs = statementOf(
      readFileSync(path.join(other, 'model.attestations.jsonl'), 'utf8').trim().split('\n')[MODEL_LINE] ?? '',
    );
    const line = await resign(scene.line(MODEL_LINE), trainer, ({ subject: [subject], predicate }) => {
      const segments = theirs.subject[0]?.digest['stemmaSegmentTreeBlake3V1'] ?? '';
      Object.assign(subject?.digest ?? {}, { stemmaSegmentTreeBlake3V1: segments });
      Object.assign(predicate, {
        segmentTree: theirs.predicate['segmentTree'],
        tensorSets: theirs.predicate['tensorSets'],
      });
      delete predicate['manifest'];
    });
    scene.onlyLines(line);
    scene.remove('model.manifest.jsonl');
    if (where === 'twin') scene.write('model.safetensors', readFileSync(path.join(other, 'model.safetensors')));
    return argumentsOf(mode);
  };

const segmentKey = ({ verified, claimed }: Report): unknown[] => [
  verified.some(({ name }) => name === 'stemmaSegmentTreeBlake3V1'),
  claimed.some(({ name }) => name === 'stemmaSegmentTreeBlake3V1'),
];

const chimeras: AttackCase[] = [
  {
    row: '+',
    title: 'file tree of these bytes, segment tree of others: the segment tree stays claimed',
    build: chimera('', 'this'),
    exit: 0,
    also: (report) => expect(segmentKey(report)).toEqual([false, true]),
  },
  { row: '+', title: 'the same, fast', build: chimera('--fast', 'this'), exit: 1 },
  {
    row: '+',
    title: 'the same, full',
    build: chimera('--full', 'this'),
    exit: 1,
    says: /do not belong to the same bytes/,
  },
  { row: '+', title: 'the same, for the others', build: chimera('', 'twin'), exit: 1 },
  { row: '+', title: 'the same, for the others, full', build: chimera('--full', 'twin'), exit: 1 },
  {
    row: '+',
    title: 'the same, for the others, fast: the file tree stays claimed',
    build: chimera('--fast', 'twin'),
    exit: 0,
    also: ({ verified }) => expect(verified.map(({ name }) => name)).toEqual(['stemmaSegmentTreeBlake3V1']),
  },
  {
    row: '+',
    title: 'one key of these bytes and one of others, by --attestations',
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), trainer, ({ subject: [subject] }) => {
        Object.assign(subject?.digest ?? {}, { sha256: 'ab'.repeat(32) });
      });
      scene.remove(...SIDE_FILES);
      return ['--key', TRAINER, '--attestations', scene.beside('line.jsonl', line)];
    },
    exit: 1,
    says: /do not belong to the same bytes/,
  },
  ...(['files', 'bytes'] as const).map(
    (count): AttackCase => ({
      row: '+',
      title: `the right digests and the wrong number of ${count}`,
      build: async (scene) => {
        scene.onlyLines(
          await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => {
            predicate[count] = 4;
            if (count === 'files') Object.assign(predicate['fileTree'] as object, { size: 4 });
          }),
        );
      },
      exit: 1,
      says: new RegExp(`says 4 ${count}`),
    }),
  ),
  {
    row: '+',
    title: 'tensor roots of others under the right trees, full',
    build: async (scene) => {
      const line = await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => {
        const [set] = predicate['tensorSets'] as { root: string }[];
        if (set !== undefined) set.root = 'ab'.repeat(32);
      });
      scene.onlyLines(line);
      return ['--key', TRAINER, '--full'];
    },
    exit: 1,
    says: /tensor roots/,
  },
  {
    row: '+',
    title: 'an OMS statement with the right digests under swapped names',
    build: async (scene) => {
      const line = await resign(scene.read('model.sig').toString('utf8'), trainer, ({ predicate }) => {
        const resources = predicate['resources'] as { name: string }[];
        const [a, b] = resources;
        if (a !== undefined && b !== undefined) [a.name, b.name] = [b.name, a.name];
      });
      scene.onlySignature(line);
    },
    exit: 1,
  },
];

const bySignature: AttackCase[] = [
  {
    row: '+',
    title: 'a --signature of somebody else, beside good evidence',
    build: async (scene) => {
      const copy = scene.other('finetuned', 'copy');
      await signOms(copy, { signer: 'p384' });
      return ['--key', TRAINER, '--signature', path.join(copy, 'model.sig')];
    },
    exit: 3,
  },
  {
    row: '+',
    title: 'a --signature that is malformed, beside good evidence',
    build: (scene) => ['--key', TRAINER, '--signature', scene.beside('x.sig', '{')],
    exit: 4,
  },
  {
    row: '+',
    title: 'a --signature that is forged, beside good evidence',
    build: (scene) => {
      const forged = withSignature(scene.read('model.sig').toString('utf8'), signatureOf(scene.line(MODEL_LINE)));
      return ['--key', TRAINER, '--signature', scene.beside('x.sig', forged)];
    },
    exit: 1,
  },
  {
    row: '+',
    title: 'a --signature that is not there',
    build: (scene) => ['--key', TRAINER, '--signature', path.join(scene.dir, 'x.sig')],
    exit: 2,
    error: 'PATH_NOT_FOUND',
  },
  {
    row: '+',
    title: 'an expected name that only evidence beside the --signature gives',
    build: async (scene) => {
      const signature = scene.beside('x.sig', scene.read('model.sig'));
      await scene.attestAnew({ name: 'wanted' });
      return ['--key', TRAINER, '--signature', signature, '--expect-name', 'wanted'];
    },
    exit: 1,
    check: 'match.expect-name',
  },
  {
    row: '+',
    title: 'contradicting model.sig and matching lines under --integrity-only',
    build: async (scene) => {
      move(await attestedBase(scene), scene, 'model.sig');
      return ['--integrity-only'];
    },
    exit: 1,
    check: 'match.model-sig',
  },
  {
    row: '+',
    title: 'a forged signature under --integrity-only says that nobody was authenticated',
    build: (scene) => {
      scene.onlyLines(rewrap(withSignature(scene.line(MODEL_LINE), Uint8Array.of(1)), () => undefined));
      return ['--integrity-only'];
    },
    exit: 0,
    also: ({ verdict, signers }) =>
      expect([verdict, signers]).toEqual([expect.stringContaining('nobody was authenticated'), []]),
  },
];

describeAttacks('evidence mixed between models', [...anotherModel, ...lines, ...chimeras, ...bySignature]);
