import { closeSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { startKubo } from '../../support/kubo.ts';
import { stemmaResult } from '../support/stemma.mjs';

const MIB = 2 ** 20;

/** A sparse file that begins and ends with something. */
function sparse(file, size) {
  const handle = openSync(file, 'w');
  ftruncateSync(handle, size);
  if (size > 0) writeSync(handle, Buffer.from([7]), 0, 1, size - 1);
  closeSync(handle);
}

/** Our CID of a folder is that of `ipfs add -r --hidden` around every boundary. */
export async function cidsOf(t, binary) {
  const node = await startKubo(path.join(t.temp, 'cids'), { binary });
  try {
    const same = async (folder, title) => {
      const theirs = (await node.cli('add', '-r', '--hidden', '-Q', '--only-hash', folder)).trim();
      t.equal(stemmaResult(['digest', folder, '--cid']).cid, theirs, title);
      rmSync(folder, { recursive: true });
    };
    const folderOf = (name) => {
      const folder = path.join(t.temp, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    };
    for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 5]) {
      const folder = folderOf(`file-${size}`);
      sparse(path.join(folder, 'weights.bin'), size);
      writeFileSync(path.join(folder, '.hidden'), 'hidden\n');
      await same(folder, `a file of ${size} bytes`);
    }
    for (const size of [1024 * MIB - 1, 1024 * MIB, 1024 * MIB + 1]) {
      const folder = folderOf('leaves');
      sparse(path.join(folder, 'weights.bin'), size);
      await same(folder, `a file of ${size} bytes: ${Math.ceil(size / MIB)} leaves`);
    }
    await directories(same, folderOf);
  } finally {
    await node.stop();
  }
}

/** 4,766 links of 55 bytes: with ten more in the last name a directory's block has 262,144 bytes, and one more makes a HAMT. */
async function directories(same, folderOf) {
  for (const length of [20, 21, 22]) {
    const folder = folderOf('directory');
    for (let i = 0; i < 4766; i++) writeFileSync(path.join(folder, String(i).padStart(11, 'f')), 'x');
    renameSync(path.join(folder, '4765'.padStart(11, 'f')), path.join(folder, '4765'.padStart(length, 'f')));
    await same(folder, `a folder of 4,766 files, ${length - 21} bytes from the threshold of a HAMT`);
  }
  const deep = folderOf('deep');
  mkdirSync(path.join(deep, 'a/b/c'), { recursive: true });
  writeFileSync(path.join(deep, 'a/b/c/d.json'), '{}');
  writeFileSync(path.join(deep, 'a/ü–名.txt'), 'names beyond ASCII');
  await same(deep, 'folders in folders, with names beyond ASCII');
}
