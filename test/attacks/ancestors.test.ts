import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { stranger, TRAINER, trainer } from './support/keys.ts';
import { provenanceLine } from './support/provenance.ts';
import { attest, type Scene, SIDE_FILES, signOms } from './support/scene.ts';
import { statementOf } from './support/signed.ts';

const MODEL = 'https://w3id.org/stemma/model/v1';
const PROVENANCE = 'https://slsa.dev/provenance/v1';

const linesOf = (model: string): string[] =>
  readFileSync(path.join(model, 'model.attestations.jsonl'), 'utf8').trimEnd().split('\n');

const setOf = (line: string): Record<string, string> => statementOf(line).subject[0]?.digest ?? {};

/** The statement of a type about the model of an attested folder itself. */
const ownLine = (model: string, type: string): string =>
  linesOf(model).find((line) => statementOf(line).predicateType === type) ?? '';

/** The model of the scene attested as a fine-tune of `base`, whose evidence travels with it. */
async function family(scene: Scene, { attestBase = true } = {}): Promise<string> {
  const base = scene.other('base', 'base');
  if (attestBase) await attest(base);
  else await signOms(base);
  await scene.attestAnew({ base: `finetuned-from=${base}` });
  return base;
}

/** Puts the base's files in the place of the child's; evidence stays as it is. */
function baseWeights(scene: Scene, base: string): void {
  for (const name of ['README.md', 'config.json', 'model.safetensors'])
    scene.write(name, readFileSync(path.join(base, name)));
}

/** Drops the child's own statements of a type. */
const strip = (scene: Scene, type: string, about: Record<string, string>): void => {
  scene.lines = scene.lines.filter((line) => {
    const { predicateType } = statementOf(line);
    return predicateType !== type || setOf(line)['sha256'] !== about['sha256'];
  });
};

const MODES = ['', '--fast', '--full'] as const;
const modeArguments = (mode: string): string[] => ['--key', TRAINER, ...(mode === '' ? [] : [mode])];

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
      also: ({ lineage }) => expect(lineage.map(({ status }) => status)).toEqual(['claimed']),
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

const cycles: AttackCase[] = [
  {
    row: '+',
    title: 'somebody’s provenance that names this model as a parent',
    build: async (scene) => {
      const child = setOf(scene.line(0));
      scene.lines = [...scene.lines, await provenanceLine({ sha256: 'ab'.repeat(32) }, child, stranger)];
    },
    exit: 0,
  },
  {
    row: '+',
    title: 'somebody’s provenance of this model that names it as its own parent',
    build: async (scene) => {
      const child = setOf(scene.line(0));
      scene.lines = [...scene.lines, await provenanceLine(child, child, stranger)];
    },
    exit: 0,
  },
  {
    row: '+',
    title: 'somebody’s provenance of the base that names this model as its parent',
    build: async (scene) => {
      const base = await family(scene);
      const child = setOf(ownLine(scene.model, MODEL));
      const line = await provenanceLine(setOf(ownLine(base, MODEL)), child, stranger);
      scene.lines = [...scene.lines, line];
    },
    exit: 0,
  },
  {
    row: '+',
    title: 'the trusted signer’s own cycle',
    build: async (scene) => {
      const base = await family(scene);
      const child = setOf(ownLine(scene.model, MODEL));
      const line = await provenanceLine(setOf(ownLine(base, MODEL)), child, trainer);
      scene.lines = [...scene.lines, line];
    },
    exit: 3,
    says: /about an ancestor of this model/,
  },
  {
    row: '+',
    title: 'a grandparent that only somebody else’s provenance links, in the place of the child',
    build: async (scene) => {
      const grand = scene.other('fp16', 'grand');
      await attest(grand);
      const base = await family(scene);
      const child = setOf(ownLine(scene.model, MODEL));
      const link = await provenanceLine(setOf(ownLine(base, MODEL)), setOf(ownLine(grand, MODEL)), stranger);
      baseWeights(scene, grand);
      scene.remove('model.sig');
      strip(scene, MODEL, child);
      scene.lines = [...scene.lines, link, ownLine(grand, MODEL)];
    },
    exit: 3,
    says: /about an ancestor of this model/,
  },
];

/** The grandparent is by the trusted signer, who has attested its provenance too; between them lies somebody else's model. */
const returning: AttackCase = {
  row: '+',
  title: 'a grandparent with provenance of its own, linked by somebody else’s, in the place of the child',
  build: async (scene) => {
    const grand = scene.other('fp16', 'grand');
    await attest(grand);
    const base = scene.other('base', 'base');
    await attest(base, { signer: stranger, base: grand });
    await scene.attestAnew({ base });
    const child = setOf(ownLine(scene.model, MODEL));
    baseWeights(scene, grand);
    scene.remove('model.sig');
    strip(scene, MODEL, child);
  },
  exit: 3,
  says: /about an ancestor of this model/,
};

const byAttestations: AttackCase[] = [
  {
    row: '+',
    title: 'the child’s attestations given for the base: what they say of the base is about a parent',
    build: async (scene) => {
      const base = await family(scene);
      const attestations = scene.beside('child.jsonl', scene.read('model.attestations.jsonl'));
      scene.remove(...SIDE_FILES);
      baseWeights(scene, base);
      return ['--key', TRAINER, '--attestations', attestations];
    },
    exit: 3,
    says: /about an ancestor of this model/,
  },
  {
    row: '+',
    title: 'the child’s own lines given for the base',
    build: async (scene) => {
      const base = await family(scene);
      const attestations = scene.beside('child.jsonl', ownLine(scene.model, MODEL));
      scene.remove(...SIDE_FILES);
      baseWeights(scene, base);
      return ['--key', TRAINER, '--attestations', attestations];
    },
    exit: 3,
    says: /another model/,
  },
  {
    row: '+',
    title: 'the base’s attestations given for a child with its own model.sig and the base’s weights',
    build: async (scene) => {
      const base = await family(scene);
      baseWeights(scene, base);
      return ['--key', TRAINER, '--attestations', path.join(base, 'model.attestations.jsonl')];
    },
    exit: 1,
    check: 'match.model-sig',
  },
];

describeAttacks('ancestors', [...standIns, ...cycles, returning, ...byAttestations]);
