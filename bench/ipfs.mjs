/**
 * Rows about CIDs, CARs and pins, and the process for one of them: `node bench/ipfs.mjs car MODEL FILE` writes the CAR of a model by the
 * library, synced, as `cp` and `sync` copy its files.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { kuboBinary, startKubo } from '../test/support/kubo.ts';
import { weightsIn } from './context.mjs';
import { makeModel, warm } from './data.mjs';
import { openssl } from './hashing.mjs';
import { once } from './measure.mjs';

export async function rows(context) {
  return [...cids(context), ...cars(context), ...(await pins(context)), ...memory(context)];
}

function cids(context) {
  const { command, compare, model, cores } = context;
  const sharded = model('sharded');
  const single = model('single');
  // The folder as it is, side files included: what Kubo adds too.
  const cid = (folder) => command('digest', '--cid', '--release', folder);
  const add = onlyHash(context);
  warm([...weightsIn(sharded), ...weightsIn(single)]);
  return [
    compare(
      'digest --cid, sharded',
      `${cores} parallel openssl dgst -sha256`,
      '0.9',
      cid(sharded),
      openssl(context, weightsIn(sharded)),
    ),
    ...(add === undefined
      ? []
      : [
          compare('digest --cid, sharded', 'ipfs add --only-hash', '1.8', cid(sharded), add(sharded)),
          compare('digest --cid, one file', 'ipfs add --only-hash', '1.8', cid(single), add(single)),
        ]),
  ];
}

/** Against the CID and a copy of the same bytes, both onto the disk. */
function cars({ data, command, compare, model }) {
  const folder = model('sharded');
  const [car, copy] = [path.join(data, 'bench.car'), path.join(data, 'bench.copy')];
  const prepare = () => {
    for (const target of [car, copy]) rmSync(target, { recursive: true, force: true });
  };
  const ours = [process.execPath, import.meta.filename, 'car', folder, car];
  const cid = command('digest', '--cid', '--release', folder);
  const theirs = ['sh', '-c', 'copy=$1; shift; "$@" && cp -r "$0" "$copy" && sync -f "$copy"', folder, copy, ...cid];
  const row = compare('CAR, sharded', 'digest --cid, cp -r and sync', '0.9', ours, theirs, { prepare });
  prepare();
  return [row];
}

/** Into a running node each, emptied before: ours with the CID first, and blocks read back after. */
async function pins({ data, command, compare, model }) {
  const ipfs = kuboBinary();
  if (ipfs === undefined) return [];
  const folder = model('sharded');
  const repositories = ['ours', 'theirs'].map((name) => path.join(data, `ipfs-${name}`));
  const remove = () => {
    for (const repository of repositories) rmSync(repository, { recursive: true, force: true });
  };
  remove();
  const [ours, theirs] = await Promise.all(repositories.map((repository) => startKubo(repository)));
  const cli = ({ folder: repository }) => ['env', `IPFS_PATH=${repository}`, 'IPFS_TELEMETRY=off', ipfs];
  const empty = '"$@" pin ls --type=recursive -q | xargs -r "$@" pin rm && "$@" repo gc -q';
  const prepare = () => {
    for (const node of [ours, theirs]) once(['sh', '-c', empty, 'sh', ...cli(node)]);
  };
  const pin = command('pin', folder, '--with-weights', '--to', `kubo=${ours.url}`, '--yes', '--json');
  const add = [...cli(theirs), 'add', '-r', '-Q', '--hidden', folder];
  try {
    return [compare('pin --to kubo --with-weights', 'ipfs add', '1.0', pin, add, { prepare })];
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
    remove();
  }
}

function memory({ data, huge, command, timing }) {
  if (!huge) return [];
  const folder = makeModel(path.join(data, 'huge-64'), { shards: 1, tensors: 128, bytes: 64 * 2 ** 30, sparse: true });
  return [timing('digest --cid, 64 GiB sparse file', '250 MB', once(command('digest', '--cid', folder)))];
}

/** The command line of Kubo, where `npm run interop:ipfs` built it. */
function onlyHash({ data }) {
  const ipfs = kuboBinary();
  if (ipfs === undefined) return undefined;
  const repository = path.join(data, 'ipfs');
  rmSync(repository, { recursive: true, force: true });
  const kubo = ['env', `IPFS_PATH=${repository}`, 'IPFS_TELEMETRY=off', ipfs];
  once([...kubo, 'init', '--profile=test,unixfs-v1-2025', '--empty-repo']);
  return (folder) => [...kubo, 'add', '-r', '-Q', '--hidden', '--only-hash', folder];
}

async function writeCarOf(folder, file) {
  const { modelDag, writeCar } = await import('../dist/core/index.js');
  await writeCar(file, await modelDag(path.resolve(folder), { release: true, ignored: [], allowSymlinks: false }));
}

const [, script, mode, folder, file] = process.argv;
if (script === import.meta.filename && mode === 'car') await writeCarOf(folder, file);
