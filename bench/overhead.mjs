/**
 * Rows about what `stemma run` costs the command that it watches, and the processes for it: `node bench/overhead.mjs train STEPS
 * LINES` is a command that computes and writes so many lines meanwhile; `node bench/overhead.mjs tree FILE` makes the tree of a log.
 */
import { hash } from 'node:crypto';
import { mkdirSync, writeSync } from 'node:fs';
import path from 'node:path';

const SECONDS = 60;
const FAST = 100_000;
/** A pair takes minutes, in which the machine drifts little. */
const MAX_PAIRS = 3;
const LINE = Buffer.from(`${'{"step":1000000,"loss":0.123456789012,"lr":0.0003}'.padEnd(59)}\n`);
/** Written at once, as by a buffered stdout. */
const MAX_BATCH = 1000;

/** A minute of one core; with many lines against the same and the tree of its log afterwards, which a run makes meanwhile. */
export function rows({ data, key, rounds, command, compare }) {
  const cwd = path.join(data, 'overhead');
  mkdirSync(cwd, { recursive: true });
  const steps = stepsIn(SECONDS);
  const script = [process.execPath, import.meta.filename];
  const train = (lines) => [...script, 'train', String(steps), String(lines)];
  const flags = ['--key', key, '--no-source', '--force', '--output', 'out', '--quiet'];
  const watched = (lines) =>
    shell('"$@" > log', [...command('run', ...flags), '--', ...shell('date +%s%N > out; exec "$@"', train(lines))]);
  const quiet = shell('"$@" > log', train(SECONDS));
  const loud = shell(`"$@" > log && "$0" ${quoted(import.meta.filename)} tree log`, train(SECONDS * FAST));
  const pairs = { cwd, rounds: Math.min(rounds, MAX_PAIRS) };
  return [
    compare('run, a minute, a line a second', 'the command alone', '0.99', watched(SECONDS), quiet, pairs),
    compare(
      'run, a minute, 100,000 lines a second',
      'the command, then the tree of its log',
      '0.99',
      watched(SECONDS * FAST),
      loud,
      pairs,
    ),
  ];
}

const shell = (script, words) => ['sh', '-c', script, process.execPath, ...words];
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** What a training step stands for here: the same work each time. */
function step(state) {
  return hash('sha256', state, 'buffer');
}

/** How many steps this machine does in so many seconds. */
function stepsIn(seconds) {
  const sample = 2_000_000;
  const start = performance.now();
  let state = Buffer.alloc(1024);
  for (let i = 0; i < sample; i++) state = step(state);
  return Math.round((sample * seconds * 1000) / (performance.now() - start));
}

function train(steps, lines) {
  const batch = Math.max(1, Math.min(MAX_BATCH, Math.floor(lines / 1000)));
  const bytes = Buffer.concat(Array.from({ length: batch }, () => LINE));
  let state = Buffer.alloc(1024);
  for (let written = 0, done = 0; written < lines; written += batch) {
    const until = (steps * (written + batch)) / lines;
    for (; done < until; done++) state = step(state);
    writeAll(bytes);
  }
}

/** A pipe takes less than all of it, where its reader is behind. */
function writeAll(bytes) {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

async function tree(file) {
  const { digestLog } = await import('../dist/core/index.js');
  const { size } = await digestLog(file, {});
  if (size === 0) throw new Error(`${path.basename(file)} is empty`);
}

if (process.argv[1] === import.meta.filename) {
  const [, , what, first, second] = process.argv;
  if (what === 'tree') await tree(first);
  else train(Number(first), Number(second));
}
