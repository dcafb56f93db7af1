import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openTarget, parsePlace, type TargetContext } from '../../src/core/ipfs/index.ts';
import { type FakeServer, fakeCluster, fakeKubo, fakeService } from '../support/fake-servers.ts';
import { pinTargetContract } from './pin-target.contract.ts';

const servers: Partial<Record<'kubo' | 'cluster' | 'service', FakeServer>> = {};
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'stemma-pin-'));
  servers.kubo = await fakeKubo();
  servers.cluster = await fakeCluster();
  servers.service = await fakeService();
});

afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
  rmSync(folder, { recursive: true });
});

const context: TargetContext = { timeoutMs: 5000, random: () => 0, authorization: 'Bearer secret' };

for (const kind of ['kubo', 'cluster', 'service'] as const) {
  pinTargetContract({
    name: kind,
    target: () => openTarget(parsePlace(`${kind}=${servers[kind]?.url}`), context),
    // A port of nobody: the tests own no service there.
    unreachable: () => openTarget(parsePlace(`${kind}=http://127.0.0.1:1`), context),
    canRemove: true,
    holdsBlocks: kind === 'kubo',
  });
}

let count = 0;
pinTargetContract({
  name: 'car',
  target: () => openTarget(parsePlace(`car=${path.join(folder, `${count++}.car`)}`), context),
  canRemove: false,
  holdsBlocks: true,
});
