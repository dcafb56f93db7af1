import { cpSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pae } from '../support/dsse.mjs';
import { machineProgram, venv } from '../support/install.mjs';
import { mustRun, run as runProgram } from '../support/process.mjs';
import { FIXTURES, PASSPHRASE, readBundles, stemma, stemmaKey } from '../support/stemma.mjs';
import { foreignKeys, foreignSignature } from './foreign.mjs';

export const title = 'openssl and Python cryptography read our keys and verify our signatures, and the other way round';

const MODEL = path.join(FIXTURES, 'digits/base');
const CHECK = path.join(import.meta.dirname, 'check.py');

/** Key types, the digest that each signs with, and whether OMS admits it for model.sig. */
const TYPES = [
  { type: 'ecdsa-p256', digest: 'sha256', oms: true },
  { type: 'ecdsa-p384', digest: 'sha384', oms: true },
  { type: 'ecdsa-p521', digest: 'sha512', oms: true },
  { type: 'secp256k1', digest: 'sha256', oms: false },
  { type: 'ed25519', digest: undefined, oms: false },
];

export function run(t) {
  machineProgram('openssl', ['version']);
  const python = path.join(venv('cryptography-50.0.2', path.join(import.meta.dirname, 'requirements.txt')), 'python');
  for (const type of TYPES) {
    const pair = keyFiles(t, python, type);
    signatures(t, python, type, pair);
  }
  foreignKeys(t, python, CHECK);
  foreignSignature(t);
}

/** What `stemma key generate` writes is read by both, and encrypted as design.md §4 says. */
function keyFiles(t, python, { type }) {
  const pair = stemmaKey(t.temp, type, type);
  const { key, pub } = pair;
  t.exits(pair.result, 0, `${type}: stemma key generate`);
  t.equal((statSync(key).mode & 0o777).toString(8), '600', `${type}: the private key is its owner's alone`);

  const halves = runProgram('openssl', ['pkey', '-in', key, '-passin', `pass:${PASSPHRASE}`, '-pubout']);
  t.equal(
    halves.stdout,
    mustRun('openssl', ['pkey', '-pubin', '-in', pub]),
    `${type}: openssl decrypts the key, and it is the pair of .pub`,
  );
  const wrong = runProgram('openssl', ['pkey', '-in', key, '-passin', 'pass:wrong', '-noout']);
  t.ok(wrong.status !== 0, `${type}: openssl refuses a wrong passphrase`);

  const structure = mustRun('openssl', ['asn1parse', '-in', key]);
  const named = ['PBES2', 'PBKDF2', 'hmacWithSHA256', 'aes-256-cbc'].filter((name) => !structure.includes(name));
  t.equal(named, [], `${type}: PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC`);
  const rounds = Number.parseInt(/INTEGER\s+:([0-9A-F]{4,})\n/u.exec(structure)?.[1] ?? '0', 16);
  t.ok(rounds >= 600_000, `${type}: ${rounds} rounds, at least 600,000`);

  t.exits(runProgram(python, [CHECK, 'key', key, PASSPHRASE, pub]), 0, `${type}: cryptography decrypts the key`);
  return pair;
}

/** Every statement that `attest` signs is verified by both from the envelope's bytes alone. */
function signatures(t, python, { type, digest, oms }, { key, pub }) {
  const model = path.join(t.temp, `model-${type}`);
  cpSync(MODEL, model, { recursive: true });
  const options = { cwd: t.temp, env: { STEMMA_PASSPHRASE: PASSPHRASE } };
  const flags = oms ? [] : ['--no-model-sig'];
  const attested = stemma(['attest', model, '--key', key, ...flags], options);
  if (!t.exits(attested, 0, `${type}: stemma attest`)) return;

  const files = ['model.attestations.jsonl', ...(oms ? ['model.sig'] : [])].map((name) => path.join(model, name));
  for (const file of files) {
    const name = path.basename(file);
    const counted = runProgram(python, [CHECK, 'bundle', pub, file]);
    t.equal(Number(counted.stdout), readBundles(file).length, `${type}: cryptography verifies every line of ${name}`);
    for (const { bundle, statement } of readBundles(file)) {
      const verified = opensslVerify(t.temp, bundle.dsseEnvelope, pub, digest);
      t.exits(verified, 0, `${type}: openssl verifies ${statement.predicateType}`);
    }
  }
  t.exits(stemma(['verify', model, '--key', pub], options), 0, `${type}: stemma verify`);
}

function opensslVerify(folder, envelope, pub, digest) {
  const message = path.join(folder, 'message');
  const signature = path.join(folder, 'signature');
  writeFileSync(message, pae(envelope));
  writeFileSync(signature, Buffer.from(envelope.signatures[0].sig, 'base64'));
  return digest === undefined
    ? runProgram('openssl', [
        'pkeyutl',
        '-verify',
        '-pubin',
        '-inkey',
        pub,
        '-rawin',
        '-in',
        message,
        '-sigfile',
        signature,
      ])
    : runProgram('openssl', ['dgst', `-${digest}`, '-verify', pub, '-signature', signature, message]);
}
