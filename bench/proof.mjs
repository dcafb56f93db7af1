/**
 * Rows about a proof of one record, and their process: `node bench/proof.mjs LOG RECORD ATTESTATIONS CACHE` proves a record twice in one
 * process and prints how long the second time took, in seconds: by then the index is there and the code is loaded.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES } from '../test/peers/support/stemma.mjs';
import { alone } from './measure.mjs';

const ROUNDS = 9;

/** A proof from `log`, of so many records, whose index is in the cache: by itself, and as a whole process. */
export function proofRows({ data, command, attest, timing }, log, records) {
  const folder = path.join(data, 'proof');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  cpSync(path.join(FIXTURES, 'digits/base'), path.join(folder, 'model'), { recursive: true });
  attest(path.join(folder, 'model'), '--log', log);
  const attestations = path.join(folder, 'model/model.attestations.jsonl');
  const record = String(Math.ceil(records * 0.7));
  const what = `a proof from ${records / 1e6} million records, once indexed`;
  const cache = path.join(folder, 'cache');
  const script = [import.meta.filename, log, record, attestations, path.join(cache, 'stemma')];
  const inside = Array.from({ length: ROUNDS }, () => measured(script)).toSorted((a, b) => a.seconds - b.seconds);
  const prove = command(
    'prove',
    'record',
    log,
    '--line',
    record,
    '--attestation',
    attestations,
    '-o',
    'out.json',
    '--quiet',
  );
  const whole = ['env', `XDG_CACHE_HOME=${cache}`, ...prove];
  return [
    timing(what, '100 ms', inside[Math.floor(ROUNDS / 2)]),
    timing('stemma prove record, the same', '-', alone(whole, { rounds: ROUNDS, cwd: folder })),
  ];
}

function measured(script) {
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const [seconds, megabytes] = stdout.split(' ').map(Number);
  return { seconds, megabytes };
}

async function prove(file, line, attestations, cache) {
  const { proveRecords } = await import('../dist/core/index.js');
  const once = () => proveRecords({ file, lines: [Number(line)], attestations, cache });
  await once();
  const start = performance.now();
  const { proofs } = await once();
  const seconds = (performance.now() - start) / 1000;
  if (proofs.length !== 1) throw new Error(`${proofs.length} proofs`);
  process.stdout.write(`${seconds} ${process.resourceUsage().maxRSS / 1024}`);
}

if (process.argv[1] === import.meta.filename) await prove(...process.argv.slice(2));
