import { randomBytes } from 'node:crypto';
import { globSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKubo } from '../../support/kubo.ts';
import { stemma, stemmaResult } from '../support/stemma.mjs';
import { attested, started } from './support.mjs';

const blocksOf = (node) =>
  globSync('blocks/*/*.data', { cwd: node.folder }).map((file) => path.join(node.folder, file));

export async function pinsToKubo(t, binary) {
  const model = attested(t, 'pinned');
  const node = await startKubo(path.join(t.temp, 'a'), { binary });
  const to = ['--to', `kubo=${node.url}`];
  try {
    t.exits(stemma(['pin', model, ...to, '--yes', '--name', 'evidence']), 0, 'the evidence is pinned');
    const { cid } = stemmaResult(['pin', 'status', model, ...to]);
    const listed = await node.cli('pin', 'ls', '--names', '--type=recursive');
    t.ok(listed.includes(`${cid} recursive evidence`), 'Kubo lists it under its name', listed);
    const names = await node.cli('ls', cid);
    t.ok(/model\.attestations\.jsonl/.test(names) && !/safetensors/.test(names), 'the evidence and no weights', names);
    t.exits(stemma(['pin', model, ...to, '--yes', '--with-weights']), 0, 'the release is pinned');
    const release = stemmaResult(['pin', 'status', model, ...to, '--with-weights']).cid;
    t.equal(
      (await node.cli('add', '-r', '--hidden', '-Q', '--only-hash', model)).trim(),
      release,
      'it is what ipfs add makes',
    );
    const car = path.join(t.temp, 'evidence.car');
    t.exits(stemma(['pin', model, '--to', `car=${car}`]), 0, 'the evidence is written as a CAR');
    await exchange(t, binary, { node, model, cid });
    await lost(t, { node, model, to, cid, release });
  } finally {
    await node.stop();
  }
  await guarded(t, binary, model);
  await brokenOff(t, binary);
}

/** Another node fetches the evidence by Bitswap. */
async function exchange(t, binary, { node, model, cid }) {
  const other = await startKubo(path.join(t.temp, 'b'), { binary });
  try {
    const to = ['--to', `kubo=${node.url}`, '--to', `kubo=${other.url}`];
    t.exits(stemma(['pin', 'status', model, ...to, '--require', '2']), 3, 'one node of two is not enough');
    await other.cli('swarm', 'connect', node.address);
    await other.cli('pin', 'add', cid);
    t.exits(stemma(['pin', 'status', model, ...to, '--require', '2']), 0, 'two nodes hold it after Bitswap');
  } finally {
    await other.stop();
  }
}

async function lost(t, { node, model, to, cid, release }) {
  t.exits(stemma(['pin', 'rm', cid, ...to]), 0, 'the evidence is unpinned');
  t.exits(stemma(['pin', 'status', model, ...to]), 3, 'and is not held any more');
  t.exits(stemma(['pin', 'status', release, ...to]), 0, 'the release still is');
  const small = blocksOf(node).toSorted((a, b) => statSync(b).size - statSync(a).size)[0];
  rmSync(small);
  t.exits(stemma(['pin', 'status', release, ...to]), 1, 'a block that was lost under a pin is found');
  t.exits(stemma(['pin', model, ...to, '--yes', '--with-weights']), 0, 'and put back by pinning again');
}

/** Everything that docs/ipfs.md says is enough, and nothing more. */
async function guarded(t, binary, model) {
  const paths = ['version', 'id', 'dag/import', 'dag/stat', 'pin/ls', 'block/get'].map((name) => `/api/v0/${name}`);
  const authorizations = {
    ci: { AuthSecret: 'bearer:hunter2', AllowedPaths: paths },
    person: { AuthSecret: 'basic:me:hunter3', AllowedPaths: ['/api/v0'] },
  };
  const node = await startKubo(path.join(t.temp, 'guarded'), { binary, authorizations });
  const to = ['--to', `kubo=${node.url}`];
  const basic = `Basic ${Buffer.from('me:hunter3').toString('base64')}`;
  try {
    const args = ['pin', model, ...to, '--yes'];
    const refused = stemma(args);
    t.exits(refused, 5, 'nobody gets in without the secret');
    t.ok(/STEMMA_IPFS_TOKEN/.test(refused.stdout), 'and is told how');
    t.exits(stemma(args, { env: { STEMMA_IPFS_TOKEN: 'hunter1' } }), 5, 'nor with another one');
    t.exits(stemma(args, { env: { STEMMA_IPFS_TOKEN: 'hunter2' } }), 0, 'a token with the paths that are needed');
    t.exits(stemma([...args, '--name', 'x'], { env: { STEMMA_IPFS_TOKEN: basic } }), 0, 'a user with a password');
    t.exits(
      stemma(['pin', 'rm', model, ...to], { env: { STEMMA_IPFS_TOKEN: 'hunter2' } }),
      5,
      'the token may not unpin',
    );
    t.exits(
      stemma(['pin', 'status', model, ...to], { env: { STEMMA_IPFS_TOKEN: 'hunter2' } }),
      0,
      'so it is still there',
    );
  } finally {
    await node.stop();
  }
}

/** A node that dies in the middle, and one whose disk is full. */
async function brokenOff(t, binary) {
  const model = attested(t, 'big', randomBytes(256 * 2 ** 20));
  const folder = path.join(t.temp, 'killed');
  const node = await startKubo(folder, { binary });
  const pinning = started(['pin', model, '--to', `kubo=${node.url}`, '--yes', '--with-weights', '--timeout', '5']);
  for (let i = 0; i < 2000 && blocksOf(node).length < 20; i++) await sleep(5);
  await node.kill();
  t.exits(await pinning, 5, 'a node that is killed in the middle of an import is out of reach');
  rmSync(path.join(folder, 'repo.lock'), { force: true });
  rmSync(path.join(folder, 'api'), { force: true });
  const again = await startKubo(folder, { binary });
  const to = ['--to', `kubo=${again.url}`];
  t.exits(stemma(['pin', 'status', model, ...to, '--with-weights']), 3, 'when it is back it holds nothing');
  t.exits(stemma(['pin', model, ...to, '--with-weights', '--yes']), 0, 'the same command pins it');
  await again.stop();

  const full = await startKubo(path.join(t.temp, 'full'), { binary, maxFileKib: 512 });
  const there = ['--to', `kubo=${full.url}`, '--timeout', '20'];
  t.exits(stemma(['pin', model, ...there, '--with-weights', '--yes']), 5, 'a full disk is a failure');
  t.exits(stemma(['pin', 'status', model, ...there, '--with-weights']), 3, 'and nothing is held');
  await full.stop();
}
