import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { goSources } from '../support/install.mjs';
import { run as runProgram } from '../support/process.mjs';
import { opensslKey, stemma, stemmaResult } from '../support/stemma.mjs';

export const title = "the notes of Go's checksum database and our checkpoints are one format";

const TRAINER = `
  const { appendFileSync, mkdirSync } = require('node:fs');
  mkdirSync('out', { recursive: true });
  (async () => {
    for (let i = 0; i < 40; i++) {
      console.log('step ' + i);
      appendFileSync('out/train.jsonl', JSON.stringify({ step: i }) + '\\n');
      await new Promise((resolve) => setTimeout(resolve, i === 20 ? 600 : 5));
    }
  })();`;

export function run(t) {
  const program = goSources('note', import.meta.dirname);
  const note = (args, input = '') => runProgram(program, args, { cwd: t.temp, input });
  for (const curve of ['ed25519', 'P-256']) {
    const { key, pub } = opensslKey(t.temp, curve, curve);
    const out = path.join(t.temp, `${curve}.checkpoints`);
    writeFileSync(path.join(t.temp, 'out.txt'), runTrainer(t, key, out).stdout);
    const notes = split(readFileSync(out, 'utf8'));
    t.ok(notes.length >= 4, `${curve}: ${notes.length} checkpoints of a run`);
    for (const [i, text] of notes.entries()) {
      const log = text.split('\n')[0].endsWith('/0') ? 'out/train.jsonl' : 'out.txt';
      t.exits(
        note(['check', pub, log], text),
        0,
        `${curve}: Go verifies checkpoint ${i + 1}, and its root over ${log}`,
      );
      t.exits(
        note(['check', pub, log], text.replace(/\n(\d+)\n/, '\n1$1\n')),
        1,
        `${curve}: Go refuses it with another size`,
      );
    }
  }
  const proof = path.join(t.temp, 'proof');
  const since = ['--since', path.join(t.temp, 'P-256.checkpoints'), '--origin', 'stdout'];
  const proved = ['log-check', 'out.txt', ...since, '--key', path.join(t.temp, 'P-256.pub'), '--prove', proof];
  const { from, to } = stemmaResult(proved, { cwd: t.temp }).proof;
  writeFileSync(`${proof}.hashes`, readFileSync(proof, 'utf8').split('\n\n')[0].split('\n').slice(1).join('\n'));
  const extend = (newer) => note(['extends', 'out.txt', String(from), String(newer), `${proof}.hashes`]);
  t.exits(extend(to), 0, `Go verifies the consistency proof from ${from} to ${to} records`);
  t.exits(extend(to - 1), 1, 'Go refuses it for another size');

  const { key, pub } = opensslKey(t.temp, 'go', 'ed25519');
  const log = path.join(t.temp, 'out.txt');
  const made = note(['sign', key, 'stemma.run/go/stdout', log, '17']);
  t.exits(made, 0, 'Go signs a checkpoint');
  const file = path.join(t.temp, 'go.checkpoint');
  writeFileSync(file, made.stdout);
  const check = () => stemma(['log-check', log, '--since', file, '--key', pub], { cwd: t.temp });
  t.exits(check(), 0, 'stemma log-check takes it');
  writeFileSync(log, readFileSync(log, 'utf8').replace('step 9', 'step 8'));
  t.exits(check(), 1, 'stemma log-check says that the log was edited');
}

/** Run under `stemma run`, with a fresh log and model. */
function runTrainer(t, key, out) {
  const folder = path.join(t.temp, 'out');
  runProgram('rm', ['-rf', folder]);
  const flags = ['--output', 'out', '--log', 'out/train.jsonl', '--no-model-sig', '--no-source'];
  const checkpoints = ['--checkpoint-every', '10', '--checkpoint-out', out];
  const result = stemma(['run', '--key', key, ...flags, ...checkpoints, '--', process.execPath, '-e', TRAINER], {
    cwd: t.temp,
  });
  t.exits(result, 0, 'stemma run makes checkpoints');
  return result;
}

/** A note ends where its signature lines end. */
const split = (text) => text.match(/[^\u2014]*(?:\u2014 .*\n)+/g) ?? [];
