import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { flip, opensslKey, PASSPHRASE, stemma, stemmaKey } from '../support/stemma.mjs';
import { awkwardModel } from './models.mjs';

const WEIGHTS = 'model-00001-of-00003.safetensors';

/** Both directions on a folder with awkward names, then every way in which both must refuse it. */
export function keyMethod(t, client, curve) {
  const signer = opensslKey(t.temp, `signer-${curve}`, curve);
  const stranger = opensslKey(t.temp, `stranger-${curve}`, curve);
  const model = awkwardModel(t.temp, `key-${curve}`);
  const ours = path.join(t.temp, `ours-${curve}.sig`);
  const theirs = path.join(t.temp, `theirs-${curve}.sig`);
  const options = { cwd: t.temp };
  const verify = (signature, key, ...flags) =>
    stemma(['verify', model, '--signature', signature, '--key', key.pub, ...flags], options);

  t.exits(stemma(['sign', model, '--key', signer.key, '--signature', ours], options), 0, `${curve}: stemma sign`);
  t.exits(client.sign(model, theirs, signer), 0, `${curve}: model_signing sign`);

  const bothVerify = (title) => {
    t.exits(client.verify(model, ours, signer), 0, `${curve}, ${title}: model_signing verifies ours`);
    t.exits(verify(theirs, signer), 0, `${curve}, ${title}: stemma verifies theirs`);
    t.exits(verify(ours, signer), 0, `${curve}, ${title}: stemma verifies its own`);
  };
  const bothRefuse = (title) => {
    t.exits(client.verify(model, ours, signer), 1, `${curve}, ${title}: model_signing refuses ours`);
    t.exits(verify(theirs, signer), 1, `${curve}, ${title}: stemma refuses theirs`);
  };

  bothVerify('as signed');
  t.exits(client.verify(model, ours, stranger), 1, `${curve}, another key: model_signing refuses ours`);
  t.exits(verify(theirs, stranger), [1, 3], `${curve}, another key: stemma refuses theirs`);

  flip(path.join(model, WEIGHTS), 5000);
  bothRefuse('one bit changed');
  flip(path.join(model, WEIGHTS), 5000);

  const extra = path.join(model, 'späce dir', 'extra');
  writeFileSync(extra, 'not signed');
  bothRefuse('a file added');
  t.exits(
    client.verify(model, ours, signer, '--ignore_unsigned_files'),
    0,
    `${curve}: model_signing, unsigned files ignored`,
  );
  t.exits(verify(theirs, signer, '--ignore-unsigned-files'), 0, `${curve}: stemma, unsigned files ignored`);
  rmSync(extra);

  rmSync(path.join(model, 'empty'));
  bothRefuse('an empty file removed');
  writeFileSync(path.join(model, 'empty'), '');
  bothVerify('as it was');
}

/** `model.sig` inside the model, whoever made it, beside the files that `attest` adds. */
export function attestBeside(t, client) {
  const ours = stemmaKey(t.temp, 'encrypted', 'ecdsa-p256');
  const theirs = opensslKey(t.temp, 'foreign', 'P-256');
  const options = { cwd: t.temp, env: { STEMMA_PASSPHRASE: PASSPHRASE } };

  const first = awkwardModel(t.temp, 'attested');
  const signature = path.join(first, 'model.sig');
  t.exits(stemma(['attest', first, '--key', ours.key], options), 0, 'stemma attest, inside the model');
  t.exits(
    client.verify(first, signature, ours),
    0,
    'model_signing verifies model.sig beside our attestations and manifest',
  );
  t.exits(stemma(['attest', first, '--key', theirs.key], options), 0, 'a second signer appends');
  t.exits(client.verify(first, signature, ours), 0, 'model_signing still verifies the first signer');

  const second = awkwardModel(t.temp, 'foreign-first');
  const foreign = path.join(second, 'model.sig');
  t.exits(client.sign(second, foreign, theirs), 0, 'model_signing sign, inside the model');
  t.exits(stemma(['verify', second, '--key', theirs.pub], options), 0, 'stemma verify finds their model.sig');
  t.exits(stemma(['attest', second, '--key', ours.key], options), 0, 'stemma attest beside their model.sig');
  t.ok(existsSync(`${second}.attestations.jsonl`), 'our files lie beside the folder, which theirs covers whole');
  t.exits(client.verify(second, foreign, theirs), 0, 'model_signing still verifies theirs');
  t.exits(stemma(['verify', second, '--key', theirs.pub], options), 0, 'stemma still verifies theirs');
  t.exits(stemma(['verify', second, '--key', ours.pub], options), 0, 'and its own');

  const third = awkwardModel(t.temp, 'password');
  const encrypted = path.join(t.temp, 'password.sig');
  const signed = client.signWith(third, encrypted, ours, { password: PASSPHRASE });
  t.exits(signed, 0, 'the library signs with our encrypted key');
  t.exits(stemma(['verify', third, '--signature', encrypted, '--key', ours.pub], options), 0, 'stemma verifies that');
}

/** Ignored paths are recorded by one, read from the signature by the other, and hide nothing else. */
export function ignoredPaths(t, client) {
  const signer = opensslKey(t.temp, 'ignoring', 'P-256');
  const model = awkwardModel(t.temp, 'ignored');
  const ours = path.join(t.temp, 'ignored-ours.sig');
  const theirs = path.join(t.temp, 'ignored-theirs.sig');
  const ignored = ['späce dir', 'a.txt'];
  const options = { cwd: t.temp };

  const asOurs = ignored.flatMap((name) => ['--ignore', name]);
  const asTheirs = ignored.flatMap((name) => ['--ignore-paths', path.join(model, name)]);
  t.exits(
    stemma(['sign', model, '--key', signer.key, '--signature', ours, ...asOurs], options),
    0,
    'stemma sign --ignore',
  );
  t.exits(client.sign(model, theirs, signer, ...asTheirs), 0, 'model_signing sign --ignore-paths');

  writeFileSync(path.join(model, 'a.txt'), 'changed');
  writeFileSync(path.join(model, 'späce dir', 'new'), 'added');
  t.exits(client.verify(model, ours, signer), 0, 'ignored files changed: model_signing verifies ours');
  const verified = stemma(['verify', model, '--signature', theirs, '--key', signer.pub], options);
  t.exits(verified, 0, 'ignored files changed: stemma verifies theirs');
  const named = ignored.filter((name) => !`${verified.stdout}${verified.stderr}`.includes(name));
  t.equal(named, [], 'stemma says which paths the signature does not cover');

  writeFileSync(path.join(model, 'a-b'), 'changed');
  t.exits(client.verify(model, ours, signer), 1, 'another file changed: model_signing refuses ours');
  t.exits(
    stemma(['verify', model, '--signature', theirs, '--key', signer.pub], options),
    1,
    'another file changed: stemma refuses theirs',
  );
}
