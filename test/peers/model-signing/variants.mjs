import { cpSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES, flip, opensslKey, stemma, stemmaResult } from '../support/stemma.mjs';
import { awkwardModel, SAMPLE_ROOT, sampleModel } from './models.mjs';

/** A bare file: model_signing names it ".", the specification by its base name. */
export function singleFile(t, client) {
  const signer = opensslKey(t.temp, 'single', 'P-256');
  const file = path.join(t.temp, 'digits.safetensors');
  cpSync(path.join(FIXTURES, 'digits/base/model.safetensors'), file);
  const ours = path.join(t.temp, 'single-ours.sig');
  const theirs = path.join(t.temp, 'single-theirs.sig');
  const options = { cwd: t.temp };
  const verify = (signature) => stemma(['verify', file, '--signature', signature, '--key', signer.pub], options);

  t.exits(client.sign(file, theirs, signer), 0, 'a bare file: model_signing sign');
  t.exits(verify(theirs), 0, 'a bare file: stemma verifies theirs, which names it "."');
  t.exits(stemma(['sign', file, '--key', signer.key, '--signature', ours], options), 0, 'a bare file: stemma sign');
  t.exits(verify(ours), 0, 'a bare file: stemma verifies its own');
  t.exits(
    client.verify(file, ours, signer),
    1,
    'a bare file: model_signing refuses the name that the specification asks for (known)',
  );
  flip(file, 9000);
  t.exits(verify(theirs), 1, 'a bare file, one bit changed: stemma refuses theirs');
  t.exits(verify(ours), 1, 'a bare file, one bit changed: stemma refuses its own');
}

/** What the library signs and its own command line cannot verify: BLAKE2b, BLAKE3, shards. */
export function otherHashes(t, client) {
  const signer = opensslKey(t.temp, 'library', 'P-256');
  const options = { cwd: t.temp };
  const sample = sampleModel(t.temp, 'sample');
  const digest = JSON.stringify(stemmaResult(['digest', sample], options));
  t.ok(digest.includes(SAMPLE_ROOT), "stemma digest prints the reference sample's root", digest);

  for (const [hash, shardSize] of [
    ['sha256'],
    ['blake2'],
    ['blake3'],
    ['sha256', 8],
    ['sha256', 1_000_000],
    ['blake2', 4096],
  ]) {
    const title = shardSize === undefined ? hash : `${hash} in shards of ${shardSize}`;
    const name = `library-${hash}-${shardSize ?? 'files'}`;
    // Shards leave out empty files, so a model that has some cannot be told from one to which they were added.
    const model = shardSize === undefined ? awkwardModel(t.temp, name) : sampleModel(t.temp, name);
    const signature = path.join(t.temp, `${name}.sig`);
    t.exits(client.signWith(model, signature, signer, { hash, shardSize }), 0, `${title}: the library signs`);
    const verify = () => stemma(['verify', model, '--signature', signature, '--key', signer.pub], options);
    t.exits(verify(), 0, `${title}: stemma verifies`);
    flip(path.join(model, shardSize === undefined ? 'config.json' : 'd1/f12'), 3);
    t.exits(verify(), 1, `${title}, one bit changed: stemma refuses`);
  }
}
