import path from 'node:path';
import { flip, stemma } from '../support/stemma.mjs';
import { historicModel } from './models.mjs';

const FOLDER = path.join(import.meta.dirname, 'history');

/** Signatures that old releases made (history/make.mjs), from v0.2.0 with its own predicate and its broken PAE. */
const SIGNATURES = [
  ['0.2.0-key.sig', '--key', 'signer.pub'],
  ['0.2.0-certificate.sig', '--cert-chain', 'root.pem'],
  ['0.3.1-key.sig', '--key', 'signer.pub'],
  ['1.0.1-key.sig', '--key', 'signer.pub'],
  ['1.0.1-certificate.sig', '--cert-chain', 'root.pem'],
];

export function oldReleases(t) {
  const model = historicModel(t.temp, 'historic');
  for (const [signature, flag, anchor] of SIGNATURES) {
    const trust = ['--signature', path.join(FOLDER, signature), flag, path.join(FOLDER, anchor)];
    const verify = () => stemma(['verify', model, ...trust], { cwd: t.temp });
    t.exits(verify(), 0, `${signature}: stemma verifies`);
    flip(path.join(model, 'a/b'));
    t.exits(verify(), 1, `${signature}, one bit changed: stemma refuses`);
    flip(path.join(model, 'a/b'));
  }
}
