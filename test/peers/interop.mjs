/**
 * Drives the real tools of the field against the built command: `node test/peers/interop.mjs [PEER…]`.
 *
 * A peer that this machine cannot install fails in CI (`CI=true`) and is skipped loudly elsewhere.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Checks, red, yellow } from './support/checks.mjs';
import { PeerUnavailable } from './support/install.mjs';
import { isBuilt } from './support/stemma.mjs';

const peers = {
  age: () => import('./age/run.mjs'),
  evaluation: () => import('./evaluation/run.mjs'),
  digits: () => import('./digits/run.mjs'),
  recompute: () => import('./recompute/run.mjs'),
  run: () => import('./run/run.mjs'),
  hermetic: () => import('./hermetic/run.mjs'),
  trees: () => import('./trees/run.mjs'),
  proofs: () => import('./proofs/run.mjs'),
  formats: () => import('./formats/run.mjs'),
  b3sum: () => import('./b3sum/run.mjs'),
  openssl: () => import('./openssl/run.mjs'),
  cosign: () => import('./cosign/run.mjs'),
  ipfs: () => import('./ipfs/run.mjs'),
  gates: () => import('./gates/run.mjs'),
  note: () => import('./note/run.mjs'),
  'model-signing': () => import('./model-signing/run.mjs'),
  minilm: () => import('./minilm/run.mjs'),
};

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs one peer; what it throws is one failed check, or a skip where the peer cannot be had. */
async function runPeer(name) {
  const temp = mkdtempSync(path.join(tmpdir(), `stemma-${name}-`));
  const checks = new Checks(temp);
  const start = performance.now();
  let skipped = false;
  try {
    const peer = await peers[name]();
    console.log(`\n# ${name}: ${peer.title}`);
    await peer.run(checks);
  } catch (error) {
    skipped = error instanceof PeerUnavailable && process.env.CI !== 'true';
    if (skipped) console.log(yellow(`SKIP ${name}: ${error.message}`));
    else checks.ok(false, `${name} runs to its end`, error instanceof PeerUnavailable ? error.message : error.stack);
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
  console.log(`# ${name}: ${checks.passed} passed, ${checks.failed} failed, in ${seconds(start)}`);
  return { name, skipped, passed: checks.passed, failed: checks.failed };
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(peers);
const unknown = names.filter((name) => !(name in peers));
if (unknown.length > 0) {
  console.error(`no such peer: ${unknown.join(', ')}\npeers: ${Object.keys(peers).join(', ')}`);
  process.exit(2);
}
if (!isBuilt()) {
  console.error('the command is not built: npm run build');
  process.exit(2);
}

const start = performance.now();
const results = [];
for (const name of names) results.push(await runPeer(name));

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const skipped = results.filter((result) => result.skipped).map((result) => result.name);
if (skipped.length > 0) console.log(yellow(`\nnot installed here, so not checked: ${skipped.join(', ')}`));
if (sum('failed') > 0)
  console.log(
    red(
      `\nfailed: ${results
        .filter((r) => r.failed > 0)
        .map((r) => r.name)
        .join(', ')}`,
    ),
  );
console.log(
  `\ninterop: ${sum('passed')} passed, ${sum('failed')} failed, ${skipped.length} skipped in ${seconds(start)}`,
);
process.exitCode = sum('failed') > 0 ? 1 : 0;
