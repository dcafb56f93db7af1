import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { STRANGER, TRAINER } from './support/keys.ts';
import { attestedBase, inEveryMode, move } from './support/modes.ts';
import { MODEL_LINE, SIDE_FILES } from './support/scene.ts';

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

describeAttacks('evidence mixed between models', [...anotherModel, ...lines]);
