import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { startKubo } from '../../support/kubo.ts';
import { FIXTURES, stemma, stemmaResult } from '../support/stemma.mjs';
import { attested, started } from './support.mjs';

const KEY = path.join(FIXTURES, 'keys/p256.key');
const PUB = path.join(FIXTURES, 'keys/p256.pub');
/** Bytes over several blocks, so that something can be left of a fetch. */
const EXTRA = Buffer.alloc(5 * 2 ** 20 + 1, 'weights');

/** What is in a real node is fetched through its gateway and its RPC, and so is the evidence of an ancestor. */
export async function fetches(t, binary) {
  const model = attested(t, 'fetched', EXTRA);
  const node = await startKubo(path.join(t.temp, 'fetches'), { binary });
  try {
    t.exits(stemma(['pin', model, '--to', `kubo=${node.url}`, '--yes', '--with-weights']), 0, 'a release is pinned');
    const { cid } = stemmaResult(['digest', model, '--cid', '--release']);
    for (const { name, flag, url } of [
      { name: 'its gateway', flag: '--gateway', url: node.gateway },
      { name: 'its RPC', flag: '--kubo', url: node.url },
    ]) {
      const out = path.join(t.temp, `out${flag}`);
      t.exits(await started(['fetch', `ipfs://${cid}`, '-o', out, flag, url]), 0, `it is fetched through ${name}`);
      t.exits(stemma(['verify', out, '--key', PUB]), 0, 'and verifies as it is');
      t.ok(readFileSync(path.join(out, 'extra.bin')).equals(EXTRA), 'byte for byte');
    }
    await absent(t, node);
    await online(t, node);
  } finally {
    await node.stop();
  }
  const out = path.join(t.temp, 'too-late');
  t.exits(
    await started(['fetch', cidOf(model), '-o', out, '--gateway', node.gateway]),
    5,
    'a node that stopped is unavailable',
  );
  t.ok(!existsSync(out), 'and nothing is put in place');
}

const cidOf = (model) => stemmaResult(['digest', model, '--cid', '--release']).cid;

/** A node without a network knows what it does not have. */
async function absent(t, node) {
  const other = path.join(t.temp, 'never-pinned');
  mkdirSync(other);
  cpSync(path.join(FIXTURES, 'digits/base'), other, { recursive: true });
  const nobody = await started([
    'fetch',
    cidOf(other),
    '-o',
    path.join(t.temp, 'none'),
    '--kubo',
    node.url,
    '--timeout',
    '5',
  ]);
  t.ok(
    [3, 5].includes(nobody.status),
    `what it does not have is missing or unavailable (${nobody.status})`,
    nobody.stderr,
  );
}

async function online(t, node) {
  const base = path.join(t.temp, 'online-base');
  const child = path.join(t.temp, 'online-child');
  cpSync(path.join(FIXTURES, 'digits/base'), base, { recursive: true });
  cpSync(path.join(FIXTURES, 'digits/finetuned'), child, { recursive: true });
  const sign = ['--key', KEY, '--no-source'];
  t.exits(stemma(['attest', base, ...sign]), 0, 'a base is attested');
  const link = ['--base', `finetuned-from=${base}`, '--no-parent-evidence'];
  t.exits(stemma(['attest', child, ...sign, ...link]), 0, 'a child that does not carry its evidence');
  const verify = (env) =>
    started(
      ['verify', child, '--key', PUB, '--ancestor-key', PUB, '--online', '--gateway', node.gateway, '--timeout', '5'],
      env,
    );
  const before = await verify({ XDG_CACHE_HOME: path.join(t.temp, 'cache-before') });
  t.ok([3, 5].includes(before.status), 'before the evidence is pinned the base does not verify', before.stdout);
  t.exits(stemma(['pin', base, '--to', `kubo=${node.url}`, '--yes']), 0, 'the evidence of the base is pinned');
  const cache = path.join(t.temp, 'cache');
  t.exits(await verify({ XDG_CACHE_HOME: cache }), 0, 'the child verifies with the evidence that its link names');
  truncateSync(path.join(base, 'model.attestations.jsonl'), 10);
  t.exits(await verify({ XDG_CACHE_HOME: cache }), 0, 'and with what is in the cache');
}
