import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { goTool } from '../support/install.mjs';
import { run as runProgram } from '../support/process.mjs';
import { FIXTURES, opensslKey, stemma } from '../support/stemma.mjs';

export const title = 'age decrypts what we encrypt, and we decrypt what age encrypts';

export function run(t) {
  const [age, keygen] = ['age', 'age-keygen'].map((name) =>
    goTool(name, `filippo.io/age/cmd/${name}`, import.meta.dirname),
  );
  const here = { cwd: t.temp };
  const bytes = (name) => readFileSync(path.join(t.temp, name));
  const { key, pub } = opensslKey(t.temp, 'trainer', 'P-256');
  cpSync(path.join(FIXTURES, 'digits/finetuned'), path.join(t.temp, 'model'), { recursive: true });
  t.exits(stemma(['attest', 'model', '--key', key, '--no-source'], here), 0, 'a model is attested');
  t.exits(stemma(['evidence', 'export', 'model', '-o', 'plain.car'], here), 0, 'its evidence is exported');
  for (const name of ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'])
    rmSync(path.join(t.temp, 'model', name));
  const verify = (file, identity) =>
    stemma(['verify', 'model', '--key', pub, '--evidence', file, '--decrypt-with', identity], here);

  for (const [kind, flags] of Object.entries({ x25519: [], 'post-quantum': ['-pq'] })) {
    const identity = `${kind}.key`;
    t.exits(runProgram(keygen, [...flags, '-o', identity], here), 0, `${kind}: age-keygen makes a key`);
    const recipient = runProgram(keygen, ['-y', identity], here).stdout.trim();
    // The evidence is gone from the model: what age encrypts is the pack that was exported before.
    const theirs = `${kind}-theirs.age`;
    t.exits(runProgram(age, ['-r', recipient, '-o', theirs, 'plain.car'], here), 0, `${kind}: age encrypts the pack`);
    t.exits(verify(theirs, identity), 0, `${kind}: stemma decrypts it, and verifies with it`);

    cpSync(path.join(FIXTURES, 'digits/finetuned'), path.join(t.temp, kind), { recursive: true });
    stemma(['attest', kind, '--key', key, '--no-source'], here);
    const ours = `${kind}-ours.age`;
    const exported = ['evidence', 'export', kind, '-o'];
    stemma([...exported, `${kind}.car`], here);
    t.exits(stemma([...exported, ours, '--encrypt-to', recipient], here), 0, `${kind}: stemma encrypts a pack`);
    t.exits(runProgram(age, ['-d', '-i', identity, '-o', `${kind}.opened`, ours], here), 0, `${kind}: age decrypts it`);
    t.ok(bytes(`${kind}.opened`).equals(bytes(`${kind}.car`)), `${kind}: to the bytes of the plain pack`);

    const cut = bytes(theirs).subarray(0, -1);
    writeFileSync(path.join(t.temp, 'cut.age'), cut);
    t.exits(verify('cut.age', identity), 4, `${kind}: stemma refuses what age wrote, one byte short`);
  }

  t.exits(verify('x25519-theirs.age', 'post-quantum.key'), 2, 'stemma says that a pack is for others');
  const recipient = runProgram(keygen, ['-y', 'x25519.key'], here).stdout.trim();
  runProgram(age, ['-a', '-r', recipient, '-o', 'armored.age', 'plain.car'], here);
  t.exits(verify('armored.age', 'x25519.key'), 4, 'stemma refuses an armored file, and says so');
}
