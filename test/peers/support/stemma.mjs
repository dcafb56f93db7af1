import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun, run } from './process.mjs';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const COMMAND = path.join(ROOT, 'bin/run.js');

export const FIXTURES = path.join(ROOT, 'fixtures');
export const PASSPHRASE = 'correct horse battery staple';

/** The command as users start it, in a process of its own, with no STEMMA_ variable but the ones given. */
export function stemma(args, options = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('STEMMA_'));
  const env = { ...Object.fromEntries(inherited), NO_COLOR: '1', ...options.env };
  return run(process.execPath, [COMMAND, ...args], { ...options, env });
}

/** The `result` of a command that has to exit 0, from its JSON document. */
export function stemmaResult(args, options = {}) {
  const result = stemma([...args, '--json'], options);
  if (result.status !== 0)
    throw new Error(`${result.command}: exit ${result.status}\n${result.stdout}${result.stderr}`);
  return JSON.parse(result.stdout).result;
}

export function isBuilt() {
  return existsSync(path.join(ROOT, 'dist/commands'));
}

/** An unencrypted PKCS#8 key by openssl, and its public half. */
export function opensslKey(folder, name, curve) {
  const key = path.join(folder, `${name}.key`);
  const pub = path.join(folder, `${name}.pub`);
  const type = curve === 'ed25519' ? ['ed25519'] : ['EC', '-pkeyopt', `ec_paramgen_curve:${curve}`];
  mustRun('openssl', ['genpkey', '-algorithm', ...type, '-out', key]);
  mustRun('openssl', ['pkey', '-in', key, '-pubout', '-out', pub]);
  return { key, pub };
}

/** An encrypted key pair by `stemma key generate`. */
export function stemmaKey(folder, name, type) {
  const env = { STEMMA_PASSPHRASE: PASSPHRASE };
  const result = stemma(['key', 'generate', name, '--type', type], { cwd: folder, env });
  return { key: path.join(folder, `${name}.key`), pub: path.join(folder, `${name}.pub`), result };
}

/** The Sigstore bundles of an attestations file, one a line, each with its decoded statement. */
export function readBundles(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const bundle = JSON.parse(line);
      return {
        line,
        bundle,
        statement: JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8')),
      };
    });
}

/** Flips one bit of the byte at `offset`; doing it again restores the file. */
export function flip(file, offset = 0) {
  const bytes = readFileSync(file);
  bytes[offset] ^= 1;
  writeFileSync(file, bytes);
}
