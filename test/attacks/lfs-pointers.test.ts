import { attestArguments } from './support/both.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { TRAINER } from './support/keys.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 26776\n`;

const pointers: AttackCase[] = [
  ...['', '--fast', '--full'].map(
    (mode): AttackCase => ({
      row: 63,
      title: `a Git-LFS pointer in place of the weights ${mode}`,
      build: (scene) => {
        scene.write('model.safetensors', POINTER);
        return ['--key', TRAINER, ...(mode === '' ? [] : [mode])];
      },
      exit: 1,
      says: /git lfs pull/,
    }),
  ),
  {
    row: 63,
    title: 'a Git-LFS pointer, attested',
    build: (scene) => {
      scene.write('model.safetensors', POINTER);
      return attestArguments(scene);
    },
    exit: 4,
    error: 'LFS_POINTER',
  },
];

describeAttacks('Git-LFS pointers', pointers);
