import type { AttackCase } from './cases.ts';
import { keyFile, TRAINER } from './keys.ts';
import type { Scene } from './scene.ts';

const KEY = ['--key', keyFile('p256.key'), '--no-source', '--force'] as const;

/** `stemma attest` on the model of the scene. */
export const attestArguments = (scene: Scene) => ({ argv: ['attest', scene.model, ...KEY] });

/** Both what verifying and what attesting say of the same spoilt model. */
export const both = (
  row: number,
  title: string,
  spoil: (scene: Scene) => void,
  verdict: Pick<AttackCase, 'exit' | 'says' | 'also'>,
  code: string,
): AttackCase[] => [
  { row, title, build: spoil, ...verdict },
  { row, title: `${title}, fast`, build: (scene) => (spoil(scene), ['--key', TRAINER, '--fast']), ...verdict },
  {
    row,
    title: `${title}, attested`,
    build: (scene) => (spoil(scene), attestArguments(scene)),
    exit: code === 'NOT_A_REGULAR_FILE' ? 5 : 4,
    error: code,
  },
];
