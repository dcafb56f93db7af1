import path from 'node:path';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { baseWeights, family, MODEL, ownLine, setOf, strip } from './support/family.ts';
import { stranger, TRAINER, trainer } from './support/keys.ts';
import { provenanceLine } from './support/provenance.ts';
import { attest, SIDE_FILES } from './support/scene.ts';

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

describeAttacks('cycles and borrowed attestations', [...cycles, returning, ...byAttestations]);
