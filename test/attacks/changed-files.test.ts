import { renameSync } from 'node:fs';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER } from './support/keys.ts';

const changedFiles: AttackCase[] = [
  {
    row: 40,
    title: 'a renamed file',
    build: (scene) => renameSync(scene.in('config.json'), scene.in('configuration.json')),
    exit: 1,
    says: /"path":"configuration\.json","change":"renamed","from":"config\.json"/,
  },
  ...(['--fast', '--full'] as const).map(
    (mode): AttackCase => ({
      row: 40,
      title: `a renamed file under ${mode}`,
      build: (scene) => {
        renameSync(scene.in('config.json'), scene.in('configuration.json'));
        return ['--key', TRAINER, mode];
      },
      exit: 1,
      says: /configuration\.json/,
    }),
  ),
  ...(['', '--fast', '--full'] as const).map(
    (mode): AttackCase => ({
      row: 40,
      title: `two files of one size swapped ${mode}`,
      build: async (scene) => {
        scene.write('a.bin', 'first');
        scene.write('b.bin', 'other');
        await scene.attestAnew();
        scene.write('a.bin', 'other');
        scene.write('b.bin', 'first');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /a\.bin.*b\.bin/,
    }),
  ),
  ...(['', '--fast', '--full'] as const).flatMap((mode): AttackCase[] => [
    {
      row: 40,
      title: `an empty file added ${mode}`,
      build: (scene) => {
        scene.write('empty', '');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /"path":"empty","change":"added"/,
    },
    {
      row: 40,
      title: `an empty file removed ${mode}`,
      build: async (scene) => {
        scene.write('empty', '');
        await scene.attestAnew();
        scene.remove('empty');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /"path":"empty","change":"missing"/,
    },
    {
      row: 41,
      title: `an extra hidden file ${mode}`,
      build: (scene) => {
        scene.write('.hidden', 'x');
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /"path":"\.hidden","change":"added"/,
    },
  ]),
  {
    row: 41,
    title: 'an extra file under a path that the signer ignores',
    build: async (scene) => {
      await scene.attestAnew({ ignore: ['notes'] });
      scene.write('notes/extra.txt', 'x');
    },
    exit: 0,
    says: /"notCovered":\[\{"path":"notes\/extra\.txt"/,
  },
  {
    row: 41,
    title: 'an extra file in a folder whose name begins like an ignored one',
    build: async (scene) => {
      await scene.attestAnew({ ignore: ['notes'] });
      scene.write('notes2/extra.txt', 'x');
    },
    exit: 1,
  },
];

describeAttacks('changed files', changedFiles);
