import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Report } from '../../src/core/verify/index.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { argumentsOf, type Mode } from './support/modes.ts';
import { attest, MODEL_LINE, type Scene, SIDE_FILES } from './support/scene.ts';
import { resign, statementOf } from './support/signed.ts';

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

describeAttacks('keys of different bytes in one statement', chimeras);
