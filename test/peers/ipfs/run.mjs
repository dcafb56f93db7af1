import path from 'node:path';
import { goTool } from '../support/install.mjs';
import { cidsOf } from './cids.mjs';
import { pinsToCluster } from './cluster.mjs';
import { fetches } from './fetches.mjs';
import { packs } from './packs.mjs';
import { pinsToKubo } from './pins.mjs';

export const title = 'a real Kubo and a real IPFS Cluster: the same CIDs, pins that hold, and pins that are lost';

export async function run(t) {
  const sources = (name) => path.resolve(import.meta.dirname, '..', name);
  const kubo = goTool('ipfs', 'github.com/ipfs/kubo/cmd/ipfs', sources('kubo'));
  const command = 'github.com/ipfs-cluster/ipfs-cluster/cmd/ipfs-cluster-service';
  const cluster = goTool('ipfs-cluster-service', command, sources('cluster'));
  await cidsOf(t, kubo);
  await packs(t, kubo);
  await fetches(t, kubo);
  await pinsToKubo(t, kubo);
  await pinsToCluster(t, kubo, cluster);
}
