import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pae } from '../support/dsse.mjs';
import { mustRun, run as runProgram } from '../support/process.mjs';
import { FIXTURES, PASSPHRASE, readBundles, stemma, stemmaKey } from '../support/stemma.mjs';

const MODEL = path.join(FIXTURES, 'digits/base');

/** Keys made by others are read, and their fingerprint is the SHA-256 of the DER public key. */
export function foreignKeys(t, python, check) {
  const folder = path.join(t.temp, 'foreign');
  mkdirSync(folder);
  const ec = (curve) => ['genpkey', '-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`];
  const encrypted = ['-aes-256-cbc', '-pass', `pass:${PASSPHRASE}`];
  const made = {
    'openssl PKCS#8': ec('P-256'),
    'openssl PKCS#8, encrypted': [...ec('P-384'), ...encrypted],
    'openssl SEC1': ['ecparam', '-name', 'prime256v1', '-genkey', '-noout'],
    'openssl Ed25519': ['genpkey', '-algorithm', 'ed25519'],
  };
  const keys = Object.entries(made).map(([name, args], index) => {
    const key = path.join(folder, `${index}.key`);
    const pub = path.join(folder, `${index}.pub`);
    mustRun('openssl', [...args, '-out', key]);
    mustRun('openssl', ['pkey', '-in', key, '-passin', `pass:${PASSPHRASE}`, '-pubout', '-out', pub]);
    return { name, key, pub };
  });
  const ours = {
    name: 'cryptography PKCS#8, encrypted',
    key: path.join(folder, 'c.key'),
    pub: path.join(folder, 'c.pub'),
  };
  mustRun(python, [check, 'encrypt', ours.key, PASSPHRASE, ours.pub]);

  for (const { name, key, pub } of [...keys, ours]) {
    const der = path.join(folder, 'pub.der');
    mustRun('openssl', ['pkey', '-pubin', '-in', pub, '-outform', 'DER', '-out', der]);
    const fingerprint = mustRun('openssl', ['dgst', '-sha256', '-r', der]).slice(0, 64);
    const shown = stemma(['key', 'show', pub, '--json'], { cwd: folder });
    t.ok(
      shown.stdout.includes(fingerprint),
      `${name}: stemma key show prints the fingerprint openssl computes`,
      shown.stdout,
    );

    const model = path.join(folder, 'model');
    cpSync(MODEL, model, { recursive: true });
    const options = { cwd: folder, env: { STEMMA_PASSPHRASE: PASSPHRASE } };
    const flags = name.includes('Ed25519') ? ['--no-model-sig'] : [];
    t.exits(stemma(['attest', model, '--key', key, ...flags], options), 0, `${name}: stemma attest signs with it`);
    t.exits(stemma(['verify', model, '--key', pub], options), 0, `${name}: stemma verify`);
    rmSync(model, { recursive: true });
  }
}

/** A statement of ours signed again by openssl, which draws a random nonce and leaves S as it falls. */
export function foreignSignature(t) {
  const { key, pub } = stemmaKey(t.temp, 'first', 'ecdsa-p256');
  const model = path.join(t.temp, 'resigned');
  cpSync(MODEL, model, { recursive: true });
  const options = { cwd: t.temp, env: { STEMMA_PASSPHRASE: PASSPHRASE } };
  stemma(['attest', model, '--key', key, '--no-model-sig'], options);
  const second = path.join(t.temp, 'second.key');
  mustRun('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', second]);
  mustRun('openssl', ['pkey', '-in', second, '-pubout', '-out', `${second}.pub`]);

  const file = path.join(model, 'model.attestations.jsonl');
  const [{ bundle }] = readBundles(file).filter(({ statement }) => statement.predicateType.endsWith('/model/v1'));
  const message = path.join(t.temp, 'message');
  for (let attempt = 0; attempt < 4; attempt++) {
    writeFileSync(message, pae(bundle.dsseEnvelope));
    const signature = runProgram('openssl', ['dgst', '-sha256', '-sign', second, message], {
      encoding: 'buffer',
    }).stdout;
    bundle.dsseEnvelope.signatures = [{ sig: signature.toString('base64'), keyid: '' }];
    bundle.verificationMaterial.publicKey.hint = createHash('sha256').update('another hint').digest('hex');
    writeFileSync(file, `${JSON.stringify(bundle)}\n`);
    t.exits(
      stemma(['verify', model, '--key', `${second}.pub`], options),
      0,
      `signed by openssl, attempt ${attempt + 1}: stemma verify`,
    );
  }
  t.exits(
    stemma(['verify', model, '--key', pub], options),
    [1, 3],
    'signed by openssl: the first key no longer verifies it',
  );
}
