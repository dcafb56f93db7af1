import { type AttackCase, describeAttacks } from './support/cases.ts';
import { broken } from './support/containers.ts';
import { TRAINER, trainer } from './support/keys.ts';
import { MODEL_LINE, Scene, signOms } from './support/scene.ts';
import { resign } from './support/signed.ts';

/** Signed as plain bytes; then the record of that is taken out of what is signed. */
const notRecorded =
  (name: string, bytes: Uint8Array, ...argv: readonly string[]) =>
  async (scene: Scene) => {
    scene.write(name, bytes);
    await scene.attestAnew({ opaque: [name] });
    const line = await resign(scene.line(MODEL_LINE), trainer, ({ predicate }) => {
      delete predicate['opaque'];
      delete predicate['manifest'];
    });
    scene.onlyLines(line);
    return ['--key', TRAINER, ...argv];
  };

const containers: AttackCase[] = broken.flatMap(({ row, name, what, bytes }): AttackCase[] => [
  { row, title: `${name}, ${what}, against a segment tree`, build: notRecorded(name, bytes), exit: 1 },
  { row, title: `${name}, ${what}, against a segment tree, fast`, build: notRecorded(name, bytes, '--fast'), exit: 1 },
  {
    row,
    title: `${name}, ${what}, against an OMS statement`,
    build: async (scene) => {
      scene.remove('model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl');
      scene.write(name, bytes);
      await signOms(scene.model);
    },
    exit: 0,
    says: new RegExp(`"warnings":\\[[^\\]]*${name.replaceAll('.', '\\.')}`),
  },
  {
    row,
    title: `${name}, ${what}, recorded as opaque`,
    build: async (scene) => {
      scene.write(name, bytes);
      await scene.attestAnew({ opaque: [name] });
    },
    exit: 0,
  },
]);

describeAttacks('containers that do not parse', containers);
