import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { venv } from '../support/install.mjs';
import { mustRun } from '../support/process.mjs';
import { FIXTURES, opensslKey, readBundles, stemma, stemmaResult } from '../support/stemma.mjs';

export const title = 'a reader of docs/formats alone recomputes every root of fixtures/digits';

const DIGITS = path.join(FIXTURES, 'digits');
const FOLDERS = ['base', 'finetuned', 'resharded', 'fp16', 'gguf', 'data', 'checkpoints'];
const FILES = ['checkpoints/epoch-03.safetensors', 'gguf/digits-finetuned.gguf', 'data/train.csv'];
const EVENTS = 'events.out.tfevents.1735689600.digits';
const LOGS = [
  'logs/base.jsonl',
  'logs/finetuned.jsonl',
  'logs/metrics.csv',
  `logs/tensorboard/base/${EVENTS}`,
  `logs/tensorboard/finetuned/${EVENTS}`,
];

export function run(t) {
  const python = path.join(venv('trees', path.join(import.meta.dirname, 'requirements.txt')), 'python');
  const check = (...args) => {
    const output = mustRun(python, ['-B', path.join(import.meta.dirname, 'check.py'), ...args], { cwd: DIGITS });
    return JSON.parse(output);
  };
  const signer = opensslKey(t.temp, 'signer', 'P-256');
  models(t, check, signer);
  logs(t, check, signer);
  saltedLogs(t, check, signer);
  datasets(t, python, signer);
}

/** The DigestSet, sizes and roots that `attest` signs and `digest` prints are those of check.py, with either hash. */
function models(t, check, { key }) {
  const sets = new Map();
  for (const hash of ['blake3', 'sha256']) {
    const expected = check('--digest', hash, ...FOLDERS, ...FILES);
    for (const name of [...FOLDERS, ...FILES]) {
      const { digestSet, fileTree, segmentTree, tensorSets, manifest } = expected[name];
      const model = path.join(t.temp, hash, name);
      cpSync(path.join(DIGITS, name), model, { recursive: true });

      const result = stemma(['attest', model, '--key', key, '--digest', hash], { cwd: t.temp });
      if (!t.exits(result, 0, `${name}, ${hash}: stemma attest`)) continue;
      const { subject, predicate } = statement(model, '/model/v1');
      t.equal(subject[0].digest, digestSet, `${name}, ${hash}: the DigestSet`);
      t.equal(predicate.fileTree, fileTree, `${name}, ${hash}: the file tree of ${fileTree.size}`);
      t.equal(predicate.segmentTree, segmentTree, `${name}, ${hash}: the segment tree of ${segmentTree.size}`);
      t.equal(predicate.tensorSets ?? [], tensorSets, `${name}, ${hash}: ${tensorSets.length} tensor sets`);

      t.equal(predicate.manifest?.sha256, manifest, `${name}, ${hash}: the manifest, byte by byte`);
      const printed = JSON.stringify(stemmaResult(['digest', path.join(DIGITS, name), '--digest', hash]));
      const missing = Object.values(digestSet).filter((value) => !printed.includes(value));
      t.equal(missing, [], `${name}, ${hash}: stemma digest prints the same`);
      sets.set(`${name} ${hash}`, tensorSets[0]?.root);
    }
    t.equal(sets.get(`resharded ${hash}`), sets.get(`finetuned ${hash}`), `${hash}: re-sharding keeps the tensor root`);
  }
}

/** What `dataset attest` signs, plain and salted, is what dataset.py recomputes; and so it is after a change of one record. */
function datasets(t, python, { key }) {
  const recompute = (...args) =>
    JSON.parse(mustRun(python, ['-B', path.join(import.meta.dirname, 'dataset.py'), ...args]));
  const secret = path.join(t.temp, 'data.secret');
  for (const { name, flags, secretFlags } of [
    { name: 'plain', flags: [], secretFlags: [] },
    { name: 'salted', flags: ['--salted', secret], secretFlags: ['--secret', secret] },
  ]) {
    const dataset = path.join(t.temp, name, 'data');
    cpSync(path.join(DIGITS, 'data'), dataset, { recursive: true });
    writeFileSync(path.join(dataset, 'odd.txt'), 'a\r\n\r\n\nb');
    const result = stemma(['dataset', 'attest', dataset, '--key', key, ...flags], { cwd: t.temp });
    if (!t.exits(result, 0, `${name}: stemma dataset attest`)) continue;
    const { subject, predicate } = statement(dataset, '/dataset/v1');
    const { digestSet, ...expected } = recompute(...secretFlags, dataset);
    t.equal(subject[0].digest, digestSet, `${name} dataset: the DigestSet`);
    for (const [member, value] of Object.entries(expected))
      t.equal(predicate[member], value, `${name} dataset: ${member}`);

    appendFileSync(path.join(dataset, 'odd.txt'), '\n');
    const { digestSet: changed } = recompute(...secretFlags, dataset);
    t.equal(
      Object.values(changed).filter((hex) => Object.values(digestSet).includes(hex)),
      [],
      `${name} dataset: a changed record`,
    );
  }
}

/** The logs named by the provenance have the roots of check.py. */
function logs(t, check, { key }) {
  const expected = check('--log', ...LOGS);
  const model = path.join(t.temp, 'logged');
  cpSync(path.join(DIGITS, 'base'), model, { recursive: true });
  const flags = LOGS.flatMap((name) => ['--log', path.join(DIGITS, name)]);
  if (!t.exits(stemma(['attest', model, '--key', key, ...flags], { cwd: t.temp }), 0, 'stemma attest with logs'))
    return;

  const byproducts = statement(model, 'slsa.dev/provenance/v1').predicate.runDetails.byproducts;
  for (const name of LOGS) {
    const { digestSet, size } = expected[name];
    const found = byproducts.find((byproduct) => byproduct.digest.sha256 === digestSet.sha256);
    t.equal(found?.digest, digestSet, `${name}: the DigestSet`);
    t.equal(found?.annotations.size, size, `${name}: ${size} records`);
  }
  t.equal(byproducts.length, LOGS.length, 'and no other log');
}

/** The same for logs that are salted, lines and frames, each with its own secret: and nothing else is said of them. */
function saltedLogs(t, check, { key }) {
  const model = path.join(t.temp, 'private');
  cpSync(path.join(DIGITS, 'base'), model, { recursive: true });
  const names = ['logs/base.jsonl', `logs/tensorboard/base/${EVENTS}`];
  const secrets = names.map((_, i) => path.join(t.temp, `log-${i}.secret`));
  const flags = names.flatMap((name, i) => ['--salted-log', `${path.join(DIGITS, name)}=${secrets[i]}`]);
  const result = stemma(['attest', model, '--key', key, ...flags], { cwd: t.temp });
  if (!t.exits(result, 0, 'stemma attest with salted logs')) return;

  const { byproducts } = statement(model, 'slsa.dev/provenance/v1').predicate.runDetails;
  for (const [i, name] of names.entries()) {
    const { digestSet, size } = check('--log', '--secret', secrets[i], name)[name];
    t.equal(byproducts[i].digest, digestSet, `${name}, salted: the DigestSet`);
    t.equal(byproducts[i].annotations.size, size, `${name}, salted: ${size} records`);
  }
}

function statement(model, type) {
  const file =
    path.extname(model) === '' ? path.join(model, 'model.attestations.jsonl') : `${model}.attestations.jsonl`;
  return readBundles(file).find((bundle) => bundle.statement.predicateType.endsWith(type)).statement;
}
