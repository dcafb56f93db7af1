import path from 'node:path';
import { flip, stemma } from '../support/stemma.mjs';
import { certificates } from './certificates.mjs';
import { awkwardModel } from './models.mjs';

/** Both directions with a leaf of this curve, an intermediate in the bundle, and the root as the only anchor. */
export function certificateMethod(t, client, curve) {
  const chain = certificates(t.temp, `chain-${curve}`, curve);
  const { root: otherRoot } = certificates(t.temp, `other-${curve}`, curve);
  const model = awkwardModel(t.temp, `certificate-${curve}`);
  const ours = path.join(t.temp, `certificate-${curve}-ours.sig`);
  const theirs = path.join(t.temp, `certificate-${curve}-theirs.sig`);
  const options = { cwd: t.temp };

  const flags = ['--key', chain.key, '--cert', chain.leaf, '--cert-chain', chain.intermediate];
  t.exits(stemma(['sign', model, ...flags, '--signature', ours], options), 0, `certificate ${curve}: stemma sign`);
  t.exits(client.signCertificate(model, theirs, chain), 0, `certificate ${curve}: model_signing sign`);

  const verify = (root) => stemma(['verify', model, '--signature', theirs, '--cert-chain', root], options);
  t.exits(client.verifyCertificate(model, ours, chain.root), 0, `certificate ${curve}: model_signing verifies ours`);
  t.exits(verify(chain.root), 0, `certificate ${curve}: stemma verifies theirs`);
  t.exits(
    client.verifyCertificate(model, ours, otherRoot),
    1,
    `certificate ${curve}, another root: model_signing refuses ours`,
  );
  t.exits(verify(otherRoot), [1, 3], `certificate ${curve}, another root: stemma refuses theirs`);

  flip(path.join(model, 'config.json'));
  t.exits(
    client.verifyCertificate(model, ours, chain.root),
    1,
    `certificate ${curve}, one bit changed: model_signing refuses ours`,
  );
  t.exits(verify(chain.root), 1, `certificate ${curve}, one bit changed: stemma refuses theirs`);
}
