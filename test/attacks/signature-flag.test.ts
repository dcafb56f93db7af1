import path from 'node:path';
import { expect } from 'vitest';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER } from './support/keys.ts';
import { attestedBase, move } from './support/modes.ts';
import { MODEL_LINE, signOms } from './support/scene.ts';
import { rewrap, signatureOf, withSignature } from './support/signed.ts';

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

describeAttacks('evidence by --signature and by nobody', bySignature);
