import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import {
  baseWeights,
  family,
  MODEL,
  MODES,
  modeArguments,
  ownLine,
  PROVENANCE,
  setOf,
  strip,
} from './support/family.ts';
import { trainer } from './support/keys.ts';
import { provenanceLine } from './support/provenance.ts';
import { attest, SIDE_FILES } from './support/scene.ts';

const standIns: AttackCase[] = [
  ...MODES.flatMap((mode): AttackCase[] => [
    {
      row: '+',
      title: `a child with its own evidence and its base's ${mode}`,
      build: async (scene) => {
        await family(scene);
        return modeArguments(mode);
      },
      exit: 0,
      also: ({ lineage }) => expect(lineage.edges.map(({ outcome }) => outcome)).toEqual(['skip']),
    },
    {
      row: '+',
      title: `the base's weights under the child's evidence ${mode}`,
      build: async (scene) => {
        baseWeights(scene, await family(scene));
        return modeArguments(mode);
      },
      exit: 1,
    },
    {
      row: '+',
      title: `the same with the child's model.sig stripped ${mode}`,
      build: async (scene) => {
        baseWeights(scene, await family(scene));
        scene.remove('model.sig');
        return modeArguments(mode);
      },
      exit: 1,
    },
    {
      row: '+',
      title: `the same with the base's model.sig ${mode}`,
      build: async (scene) => {
        const base = await family(scene);
        baseWeights(scene, base);
        scene.write('model.sig', readFileSync(path.join(base, 'model.sig')));
        return modeArguments(mode);
      },
      exit: 1,
    },
    {
      row: '+',
      title: `the same with the child's identity statements stripped ${mode}`,
      build: async (scene) => {
        const base = await family(scene);
        const child = setOf(ownLine(scene.model, MODEL));
        baseWeights(scene, base);
        scene.write('model.sig', readFileSync(path.join(base, 'model.sig')));
        strip(scene, MODEL, child);
        return modeArguments(mode);
      },
      exit: 3,
      says: /about an ancestor of this model/,
    },
    {
      row: '+',
      title: `the same with the child's provenance stripped too: then it is the base, and says so ${mode}`,
      build: async (scene) => {
        const base = await family(scene);
        const child = setOf(ownLine(scene.model, MODEL));
        baseWeights(scene, base);
        scene.write('model.sig', readFileSync(path.join(base, 'model.sig')));
        strip(scene, MODEL, child);
        strip(scene, PROVENANCE, child);
        return modeArguments(mode);
      },
      exit: 0,
      also: ({ verdict }) => expect(verdict).toMatch(/under the name "base"/),
    },
    {
      row: '+',
      title: `the same, where the child's name is expected ${mode}`,
      build: async (scene) => {
        const base = await family(scene);
        scene.remove(...SIDE_FILES);
        for (const name of SIDE_FILES) cpSync(path.join(base, name), scene.in(name));
        baseWeights(scene, base);
        return [...modeArguments(mode), '--expect-name', 'model'];
      },
      exit: 1,
      check: 'match.expect-name',
    },
  ]),
  {
    row: '+',
    title: 'a base known by its file tree alone, whose model.sig takes the place of the child’s',
    build: async (scene) => {
      const base = scene.other('base', 'base');
      await attest(base);
      const { stemmaFileTreeV1 = '' } = setOf(ownLine(base, MODEL));
      const child = setOf(scene.line(0));
      baseWeights(scene, base);
      scene.remove('model.manifest.jsonl');
      scene.write('model.sig', readFileSync(path.join(base, 'model.sig')));
      scene.lines = [await provenanceLine(child, { stemmaFileTreeV1 }, trainer)];
    },
    exit: 3,
    says: /about an ancestor of this model/,
  },
  {
    row: '+',
    title: 'a base that has an OMS signature only',
    build: async (scene) => {
      const base = await family(scene, { attestBase: false });
      const child = setOf(ownLine(scene.model, MODEL));
      baseWeights(scene, base);
      scene.write('model.sig', readFileSync(path.join(base, 'model.sig')));
      strip(scene, MODEL, child);
    },
    exit: 3,
  },
];

describeAttacks('a base in the place of its child', standIns);
