/**
 * Rows about a store of 100,000 attestations, and a process of theirs: `node bench/store.mjs rebuild STORE` builds its index anew.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { once } from './measure.mjs';

const ATTESTATIONS = 100_000;
/** Each model has so many children: a family of nine generations. */
const CHILDREN = 4;
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

export async function rows({ data, timing }) {
  const store = makeStore(path.join(data, `store-${ATTESTATIONS}`));
  const rebuild = [process.execPath, import.meta.filename, 'rebuild', store];
  return [
    timing('store of 100,000 attestations: index built anew', '30 s', once(rebuild, { cwd: data })),
    timing(
      'the same: 20 descendants of a model, without the start of the process',
      '0.05 s',
      await answer(store, '5000'),
    ),
  ];
}

const hex = (text) => createHash('sha256').update(text).digest('hex');
const digest = (name) => ({ sha256: hex(name), stemmaFileTreeV1: hex(`tree of ${name}`) });

/** A store of provenances, each really signed; made once. */
function makeStore(store) {
  if (existsSync(path.join(store, 'format'))) return store;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const hint = hex(publicKey.export({ type: 'spki', format: 'pem' }));
  for (const kind of ['bundles', 'manifests']) mkdirSync(path.join(store, kind), { recursive: true });
  for (let i = 1; i <= ATTESTATIONS; i++) {
    const line = bundle(provenance(`m${i}`, `m${Math.floor((i - 1) / CHILDREN)}`), privateKey, hint);
    const name = hex(line);
    const folder = path.join(store, 'bundles', name.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${name}.json`), line);
  }
  writeFileSync(path.join(store, 'format'), 'stemma-store 1\n');
  return store;
}

const provenance = (name, parent) =>
  JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: digest(name) }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://w3id.org/stemma/training/v1',
        externalParameters: { parameters: {} },
        resolvedDependencies: [
          {
            name: parent,
            digest: digest(parent),
            annotations: { role: 'base-model', relation: 'finetuned-from', evidence: 'declared' },
          },
        ],
      },
      runDetails: { builder: { id: 'https://example.org/builder' } },
    },
  });

function bundle(payload, key, hint) {
  const pae = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${Buffer.byteLength(payload)} ${payload}`;
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: sign(null, Buffer.from(pae), key).toString('base64'), keyid: '' }],
    },
  });
}

/** Once to bring the index up to the store, and once to be timed. */
async function answer(store, name) {
  const { findFamily } = await import('../dist/core/index.js');
  const question = { store, digests: [digest(`m${name}`)], direction: 'descendants', maxDepth: 64 };
  await findFamily(question);
  const started = performance.now();
  const { relatives } = await findFamily(question);
  const seconds = (performance.now() - started) / 1000;
  if (relatives.length === 0) throw new Error(`nothing descends from m${name}`);
  return { seconds, megabytes: process.memoryUsage.rss() / 2 ** 20 };
}

if (process.argv[1] === import.meta.filename) {
  const { rebuildStore } = await import('../dist/core/index.js');
  const { statements } = await rebuildStore({ store: process.argv[3] });
  if (statements !== ATTESTATIONS) throw new Error(`${statements} statements`);
}
