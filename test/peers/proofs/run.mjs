import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { venv } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { FIXTURES, opensslKey, stemma } from '../support/stemma.mjs';

export const title = 'a reader of docs/formats/proof.md alone comes to the same verdicts';

const DIGITS = path.join(FIXTURES, 'digits');
const EVENTS = 'events.out.tfevents.1735689600.digits';
const RECORDS = { 'base.jsonl': [1, 2, 96], 'metrics.csv': [1, 3], [EVENTS]: [1, 4] };

export function run(t) {
  const python = path.join(venv('trees', path.join(import.meta.dirname, '../trees/requirements.txt')), 'python');
  const { key, pub } = opensslKey(t.temp, 'signer', 'P-256');
  const stranger = opensslKey(t.temp, 'stranger', 'P-256').pub;
  const check = (file, by = pub) =>
    JSON.parse(mustRun(python, ['-B', path.join(import.meta.dirname, 'check.py'), file, by], { cwd: t.temp }));

  const logs = ['base.jsonl', 'metrics.csv', `tensorboard/base/${EVENTS}`].map((name) =>
    path.join(DIGITS, 'logs', name),
  );
  cpSync(path.join(DIGITS, 'resharded'), path.join(t.temp, 'model'), { recursive: true });
  const attest = ['attest', 'model', '--key', key, '--no-source', ...logs.flatMap((log) => ['--log', log])];
  if (!t.exits(stemma(attest, { cwd: t.temp }), 0, 'stemma attest with logs')) return;

  const attestation = ['--attestation', 'model/model.attestations.jsonl'];
  for (const log of logs) {
    const name = path.basename(log);
    const lines = RECORDS[name].flatMap((line) => ['--line', String(line)]);
    prove(t, check, { pub, stranger }, `${name}.proofs`, ['record', log, ...lines, ...attestation]);
  }
  saltedLog(t, check, { key, pub, stranger });
  prove(t, check, { pub, stranger }, 'files.proofs', ['file', 'model', 'config.json', 'model.safetensors.index.json']);
  prove(t, check, { pub, stranger }, 'tensors.proofs', ['tensor', 'model', 'layers.0.weight', 'layers.2.bias']);
  for (const salted of [false, true]) {
    const out = salted ? 'salted' : 'plain';
    cpSync(path.join(DIGITS, 'data-rotated'), path.join(t.temp, out, 'data'), { recursive: true });
    writeFileSync(path.join(t.temp, out, 'data/README.md'), '# turned digits\n');
    const flags = salted ? ['--salted', `${out}/secret`] : [];
    const attested = stemma(['dataset', 'attest', `${out}/data`, '--key', key, '--output-dir', out, ...flags], {
      cwd: t.temp,
    });
    if (!t.exits(attested, 0, `stemma dataset attest, ${out}`)) continue;
    const evidence = ['--attestation', `${out}/model.attestations.jsonl`];
    const dataset = salted ? ['--secret', `${out}/secret`, '--dataset', `${out}/data`] : [];
    const args = ['record', `${out}/data/train.jsonl`, '--line', '1', '--line', '7', ...evidence, ...dataset];
    prove(t, check, { pub, stranger }, `${out}.proofs`, args);
    // In a salted dataset a file without records is one record, in a plain one a file like the others.
    const whole = salted
      ? ['record', `${out}/data/README.md`, '--line', '1', ...evidence, ...dataset]
      : ['file', `${out}/data`, 'README.md', 'train.jsonl', ...evidence];
    prove(t, check, { pub, stranger }, `${out}.files`, whole);
  }
}

/** A log of which the provenance has the salted root alone. */
function saltedLog(t, check, { key, pub, stranger }) {
  const log = path.join(DIGITS, 'logs/base.jsonl');
  cpSync(path.join(DIGITS, 'base'), path.join(t.temp, 'private'), { recursive: true });
  const attest = ['attest', 'private', '--key', key, '--no-source', '--salted-log', `${log}=log.secret`];
  if (!t.exits(stemma(attest, { cwd: t.temp }), 0, 'stemma attest with a salted log')) return;
  const evidence = ['--attestation', 'private/model.attestations.jsonl', '--secret', 'log.secret'];
  prove(t, check, { pub, stranger }, 'salted-log.proofs', ['record', log, '--line', '1', '--line', '205', ...evidence]);
}

/** Every proof holds here and there; with a byte of the leaf, the place or the key changed, neither here nor there. */
function prove(t, check, { pub, stranger }, name, args) {
  if (!t.exits(stemma(['prove', ...args, '-o', name], { cwd: t.temp }), 0, `${name}: stemma prove`)) return;
  const verdict = (file, by) => stemma(['check-proof', file, '--key', by], { cwd: t.temp });
  t.exits(verdict(name, pub), 0, `${name}: stemma check-proof`);
  const found = check(name);
  t.equal(
    found.filter(([, , , holds]) => !holds),
    [],
    `${name}: ${found.length} proofs hold for the reader of the page`,
  );
  t.equal(
    check(name, stranger).filter(([, , , holds]) => holds),
    [],
    `${name}: none under another key`,
  );

  const [line] = readFileSync(path.join(t.temp, name), 'utf8').split('\n');
  const proof = JSON.parse(line);
  // A tree of one leaf has one index and no path.
  const places = {
    index: { ...proof, index: (proof.index + 1) % found[0][2] },
    path: { ...proof, path: proof.path.slice(1) },
  };
  for (const [what, changed] of Object.entries({
    ...(found[0][2] > 1 ? places : {}),
    leaf: { ...proof, leaf: changedLeaf(proof.leaf) },
  })) {
    const file = `${name}.${what}`;
    writeFileSync(path.join(t.temp, file), `${JSON.stringify(sorted(changed))}\n`);
    t.exits(verdict(file, pub), 1, `${file}: stemma check-proof`);
    t.equal(check(file)[0][3], false, `${file}: does not hold for the reader of the page`);
  }
}

function changedLeaf(leaf) {
  if ('text' in leaf) return { ...leaf, text: `${leaf.text}x` };
  if ('base64' in leaf)
    return { ...leaf, base64: Buffer.concat([Buffer.from(leaf.base64, 'base64'), Buffer.of(0xff)]).toString('base64') };
  return 'size' in leaf ? { ...leaf, size: leaf.size + 1 } : { ...leaf, length: leaf.length + 1 };
}

/** The members in the order of RFC 8785, which for these names is that of the alphabet. */
function sorted(value) {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key])]),
  );
}
