import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { both } from './support/both.ts';
import { type AttackCase, describeAttacks } from './support/cases.ts';
import { trainer } from './support/keys.ts';
import { MODEL_LINE, type Scene, signOms } from './support/scene.ts';
import { resign } from './support/signed.ts';

const links: AttackCase[] = [
  ...both(
    56,
    'a link to a file outside with the same bytes',
    (scene) => {
      renameSync(scene.in('config.json'), path.join(scene.dir, 'config.json'));
      symlinkSync('../config.json', scene.in('config.json'));
    },
    { exit: 1, says: /config\.json.*symbolic link/ },
    'SYMLINK_REFUSED',
  ),
  ...both(
    56,
    'a link to a file inside',
    (scene) => symlinkSync('config.json', scene.in('copy.json')),
    { exit: 1, says: /copy\.json.*symbolic link/ },
    'SYMLINK_REFUSED',
  ),
  ...both(
    56,
    'a folder that is a link',
    (scene) => {
      mkdirSync(path.join(scene.dir, 'sub'));
      symlinkSync('../sub', scene.in('sub'));
    },
    { exit: 1, says: /sub.*symbolic link/ },
    'SYMLINK_REFUSED',
  ),
  ...both(
    56,
    'a link to itself',
    (scene) => symlinkSync('loop', scene.in('loop')),
    { exit: 5, says: /loop.*leads to itself/ },
    'SYMLINK_REFUSED',
  ),
  ...both(
    56,
    'a link to nothing',
    (scene) => symlinkSync('nothing', scene.in('gone')),
    { exit: 5, says: /gone.*to nothing/ },
    'SYMLINK_REFUSED',
  ),
  {
    row: 56,
    title: 'model.sig as a link to a genuine one outside',
    build: (scene) => {
      renameSync(scene.in('model.sig'), path.join(scene.dir, 'real.sig'));
      symlinkSync('../real.sig', scene.in('model.sig'));
    },
    exit: 1,
    says: /model\.sig.*symbolic link/,
  },
  {
    row: 56,
    title: 'a signed false for symbolic links beside a signed true of the same signer',
    build: async (scene) => {
      symlinkSync('config.json', scene.in('copy.json'));
      await signOms(scene.model).catch(() => undefined);
      const line = await resign(
        scene.line(MODEL_LINE),
        trainer,
        ({ predicate }) => void (predicate['allowSymlinks'] = true),
      );
      scene.lines = [...scene.lines, line];
    },
    exit: 1,
  },
  {
    row: 56,
    title: 'a Hugging Face snapshot, whose links lead to its own blobs',
    build: (scene) => asSnapshot(scene, 'models--org--name'),
    exit: 0,
  },
  {
    row: 56,
    title: 'a Hugging Face snapshot with a link into another repository',
    build: (scene) => asSnapshot(scene, 'models--other--name'),
    exit: 1,
    says: /symbolic link/,
  },
];

/** Moves every file of the model into the blobs of a repository and links to it, as huggingface_hub does. */
function asSnapshot(scene: Scene, repositoryOfWeights: string): void {
  const snapshot = path.join(scene.dir, 'models--org--name', 'snapshots', '0'.repeat(40));
  mkdirSync(snapshot, { recursive: true });
  for (const name of readdirSync(scene.model)) {
    const repository = name === 'model.safetensors' ? repositoryOfWeights : 'models--org--name';
    const blob = path.join(scene.dir, repository, 'blobs', `of-${name}`);
    mkdirSync(path.dirname(blob), { recursive: true });
    renameSync(scene.in(name), blob);
    symlinkSync(path.relative(snapshot, blob), path.join(snapshot, name));
  }
  rmSync(scene.model, { recursive: true });
  symlinkSync(snapshot, scene.model);
}

describeAttacks('symbolic links', links);
