import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKubo } from '../../support/kubo.ts';
import { stemma, stemmaResult } from '../support/stemma.mjs';
import { attested } from './support.mjs';

/** Three peers on this machine, each with a Kubo of its own. */
export async function pinsToCluster(t, kubo, binary) {
  const nodes = [];
  const peers = [];
  const secret = randomBytes(32).toString('hex');
  try {
    for (let i = 0; i < 3; i++) {
      nodes.push(await startKubo(path.join(t.temp, `kubo-${i}`), { binary: kubo }));
      peers.push(await startPeer(t, binary, { i, node: nodes[i], secret, bootstrap: peers[0]?.address }));
    }
    await until(async () => (await peersOf(peers[0])) === 3);
    t.equal(await peersOf(peers[0]), 3, 'three peers know one another');
    // Until a peer has told of itself, nothing is allocated to it.
    await until(async () => (await roomsOf(peers[0])) === 3);
    await keeps(t, peers);
    await fetches(t, nodes, peers);
    await peers[2].kill();
    const model = path.join(t.temp, 'in-cluster');
    const to = ['--to', `cluster=${peers[0].rest}`];
    const status = stemma(['pin', 'status', model, ...to, '--require', '3']);
    t.exits(status, 3, 'when one peer is killed three are not enough any more');
    t.ok(/held by 2 of 3 needed/.test(status.stdout), 'and it is said that two hold it', status.stdout);
    t.exits(stemma(['pin', 'status', model, ...to, '--require', '2']), 0, 'two are');
    t.exits(
      stemma(['pin', model, ...to, '--replicas', '4', '--yes', '--timeout', '3']),
      [3, 5],
      'four peers are not to be had',
    );
  } finally {
    for (const peer of peers) await peer.kill();
    for (const node of nodes) await node.stop();
  }
}

async function keeps(t, peers) {
  const model = attested(t, 'in-cluster');
  const to = ['--to', `cluster=${peers[0].rest}`];
  t.exits(stemma(['pin', model, ...to, '--replicas', '3', '--yes']), 0, 'three peers take the evidence');
  const report = stemmaResult(['pin', 'status', model, ...to, '--require', '3']);
  t.equal(report.held, 3, 'and hold it');
  t.exits(stemma(['pin', model, ...to, '--replicas', '2', '--with-weights', '--yes']), 0, 'two take the release');
  t.equal(stemmaResult(['pin', 'status', model, ...to, '--with-weights']).held, 2, 'and no third one holds it');
  t.exits(stemma(['pin', 'rm', model, ...to, '--with-weights']), 0, 'the release is unpinned');
  await until(() => stemma(['pin', 'status', model, ...to, '--with-weights']).status === 3);
  t.exits(stemma(['pin', 'status', model, ...to, '--with-weights']), 3, 'and held by nobody');
}

/** The cluster's own pinning service fetches what one node has. */
async function fetches(t, nodes, peers) {
  const model = attested(t, 'by-service');
  const [node, other] = nodes;
  for (const { address } of nodes.slice(1)) await node.cli('swarm', 'connect', address);
  const both = ['--to', `kubo=${node.url}`, '--to', `service=${peers[0].service}`, '--yes', '--timeout', '20'];
  t.exits(stemma(['pin', model, ...both]), 0, 'a pinning service fetches it from the node');
  await until(() => stemma(['pin', 'status', model, '--to', `kubo=${other.url}`]).status === 0);
  t.exits(stemma(['pin', 'status', model, '--to', `kubo=${other.url}`]), 0, 'and really has its blocks');
  t.exits(stemma(['pin', 'rm', model, '--to', `service=${peers[0].service}`]), 0, 'the service lets go of it');
}

async function startPeer(t, binary, { i, node, secret, bootstrap }) {
  const folder = path.join(t.temp, `cluster-${i}`);
  const [rest, service, swarm, proxy] = await freePorts(4);
  const tcp = (port) => `/ip4/127.0.0.1/tcp/${port}`;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    IPFS_CLUSTER_PATH: folder,
    CLUSTER_SECRET: secret,
    CLUSTER_PEERNAME: `peer-${i}`,
    CLUSTER_CRDT_TRUSTEDPEERS: '*',
    CLUSTER_LISTENMULTIADDRESS: tcp(swarm),
    CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS: tcp(rest),
    CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS: tcp(service),
    CLUSTER_IPFSPROXY_LISTENMULTIADDRESS: tcp(proxy),
    CLUSTER_IPFSHTTP_NODEMULTIADDRESS: tcp(new URL(node.url).port),
    CLUSTER_IPFSPROXY_NODEMULTIADDRESS: tcp(new URL(node.url).port),
    CLUSTER_MDNSINTERVAL: '0',
    CLUSTER_MONITORPINGINTERVAL: '1s',
    CLUSTER_DISK_METRICTTL: '4s',
    CLUSTER_TAGS_METRICTTL: '4s',
    CLUSTER_PINQUEUE_METRICTTL: '4s',
  };
  const made = spawnSync(binary, ['init', '--consensus', 'crdt'], { env, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  const { id } = JSON.parse(readFileSync(path.join(folder, 'identity.json'), 'utf8'));
  const child = spawn(binary, ['daemon', ...(bootstrap === undefined ? [] : ['--bootstrap', bootstrap])], {
    env,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const peer = {
    rest: `http://127.0.0.1:${rest}`,
    service: `http://127.0.0.1:${service}`,
    address: `${tcp(swarm)}/p2p/${id}`,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  await until(() =>
    peersOf(peer).then(
      (count) => count > 0,
      () => false,
    ),
  );
  return peer;
}

/** How many peers one of them knows; the answer is one JSON document for each. */
async function peersOf({ rest }) {
  const text = await (await fetch(`${rest}/peers`)).text();
  return text
    .trim()
    .split('\n')
    .filter((line) => line !== '' && JSON.parse(line).error === '').length;
}

/** How many peers have told it all that its allocator asks for. */
async function roomsOf({ rest }) {
  const counts = ['freespace', 'tag:group', 'pinqueue'].map(async (name) => {
    const metrics = await (await fetch(`${rest}/monitor/metrics/${name}`)).json();
    return Array.isArray(metrics) ? metrics.filter(({ valid }) => valid).length : 0;
  });
  return Math.min(...(await Promise.all(counts)));
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Waits half a minute at most; what is checked afterwards says whether it was enough. */
async function until(holds) {
  for (let i = 0; i < 60; i++) {
    if (await holds()) return;
    await sleep(500);
  }
}
