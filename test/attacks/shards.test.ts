import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { safetensorsFile } from '../core/model/formats/support.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { edited, INDEX, indexes, sharded, tensor, ZIP_END } from './support/containers.ts';
import { TRAINER } from './support/keys.ts';

const shards: AttackCase[] = [
  ...indexes.map(
    ([what, , edit]): AttackCase => ({
      row: 65,
      title: `an index with ${what}, against the sound model's statement`,
      build: async (scene) => {
        sharded(scene, () => undefined);
        await scene.attestAnew();
        scene.write(INDEX, edited(scene.model, edit));
      },
      exit: 1,
      says: /index\.json/,
    }),
  ),
  {
    row: 65,
    title: 'a shard that the index does not name',
    build: async (scene) => {
      sharded(scene, () => undefined);
      scene.write('stray.safetensors', safetensorsFile(`{"a":${tensor(0, 4)}}`, 4));
      await scene.attestAnew();
    },
    exit: 0,
  },
  {
    row: 66,
    title: 'a big-endian GGUF file, which is plain bytes',
    build: async (scene) => {
      const fixtures = path.resolve(import.meta.dirname, '../../fixtures/formats/gguf');
      scene.write('big.gguf', readFileSync(path.join(fixtures, 'big-endian.gguf')));
      await scene.attestAnew();
    },
    exit: 0,
  },
  {
    row: 70,
    title: 'a ZIP appended to a GGUF file: a trailing range is a segment',
    build: async (scene) => {
      const weights = readFileSync(path.join(scene.other('gguf', 'gguf'), 'digits-finetuned.gguf'));
      scene.write('model.gguf', Buffer.concat([weights, ZIP_END]));
      await scene.attestAnew();
      return ['--key', TRAINER, '--full'];
    },
    exit: 0,
  },
  {
    row: 70,
    title: 'a ZIP appended to a GGUF file after it was attested',
    build: async (scene) => {
      const weights = readFileSync(path.join(scene.other('gguf', 'gguf'), 'digits-finetuned.gguf'));
      scene.write('model.gguf', weights);
      await scene.attestAnew();
      scene.write('model.gguf', Buffer.concat([weights, ZIP_END]));
      return ['--key', TRAINER, '--fast'];
    },
    exit: 1,
    says: /model\.gguf/,
  },
];

const metadata: AttackCase[] = ['', '--fast', '--full'].flatMap((mode): AttackCase[] =>
  ['config.json', 'chat_template.jinja', 'tokenizer.json'].map((name) => ({
    row: 67,
    title: `the same weights, ${name} altered ${mode}`,
    build: async (scene) => {
      scene.write(name, '{"a":1}');
      await scene.attestAnew();
      scene.write(name, '{"a":2}');
      return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
    },
    exit: 1,
    says: new RegExp(`"path":"${name}","change":"changed"`),
  })),
);

const difference: AttackCase = {
  row: 67,
  title: 'what diff says of it',
  build: (scene) => {
    const other = scene.other('finetuned', 'other');
    scene.write('config.json', '{}');
    return { argv: ['diff', other, scene.model] };
  },
  exit: 1,
  also: (_report, { stdout }) => {
    expect(stdout).toMatch(/0 tensors changed/);
    expect(stdout).toMatch(/metadata/);
  },
};

describeAttacks('shards, polyglots and metadata', [...shards, ...metadata, difference]);
