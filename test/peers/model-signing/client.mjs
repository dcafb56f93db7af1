import path from 'node:path';
import { venv } from '../support/install.mjs';
import { run } from '../support/process.mjs';

export const VERSION = '1.1.1';

/** The `model_signing` command of a virtual environment that also has the `pyOpenSSL` it forgets to ask for. */
export function modelSigning() {
  const bin = venv(`model_signing-${VERSION}`, path.join(import.meta.dirname, 'requirements.txt'));
  const client = (...args) => run(path.join(bin, 'model_signing'), ['--log-level', 'ERROR', ...args]);
  return {
    version: () => client('--version').stdout.trim(),
    sign: (model, signature, { key }, ...flags) =>
      client('sign', 'key', model, '--signature', signature, '--private_key', key, ...flags),
    verify: (model, signature, { pub }, ...flags) =>
      client('verify', 'key', model, '--signature', signature, '--public_key', pub, ...flags),
    signCertificate: (model, signature, { key, leaf, intermediate }) => {
      const chain = ['--signing_certificate', leaf, '--certificate_chain', intermediate];
      return client('sign', 'certificate', model, '--signature', signature, '--private_key', key, ...chain);
    },
    verifyCertificate: (model, signature, root, ...flags) =>
      client('verify', 'certificate', model, '--signature', signature, '--certificate_chain', root, ...flags),
    /** What the command line cannot ask for: another hash, shards, an encrypted key. */
    signWith: (model, signature, { key }, { hash = 'sha256', shardSize, password }) => {
      const shards = shardSize === undefined ? [] : [String(shardSize)];
      const script = path.join(import.meta.dirname, 'sign_with.py');
      const env = password === undefined ? process.env : { ...process.env, PASSWORD: password };
      return run(path.join(bin, 'python'), [script, model, signature, key, hash, ...shards], { env });
    },
  };
}
