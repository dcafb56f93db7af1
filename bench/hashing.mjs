import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { weightsIn } from './context.mjs';
import { warm } from './data.mjs';
import { once } from './measure.mjs';

/** Gigabytes through `verify` and `attest`, against programs that do nothing but hash. */
export async function rows(context) {
  return [...sharded(context), ...singleFile(context), ...singleTensor(context)];
}

function sharded(context) {
  const { command, compare, key, pub, cores } = context;
  const folder = context.model('sharded');
  const weights = weightsIn(folder);
  const verify = command('verify', folder, '--key', pub, '--quiet');
  const signer = modelSigning(context, folder);
  warm(weights);
  once(signer.sign, { cwd: context.data });
  return [
    compare('verify, sharded', `${cores} parallel openssl dgst -sha256`, '1.0', verify, openssl(context, weights)),
    compare('verify, sharded', 'model_signing verify key', '1.2', verify, signer.verify),
    compare('verify --fast, sharded', 'b3sum', '0.75', [...verify, '--fast'], [context.b3sum(), ...weights]),
    compare('attest, sharded', 'verify of the same', '0.75', attest(command, folder, key), verify),
  ];
}

function singleFile({ command, compare, model, key, pub, b3sum }) {
  const folder = model('single');
  const weights = weightsIn(folder);
  const verify = command('verify', folder, '--key', pub, '--quiet');
  warm(weights);
  return [
    compare('verify, one file', 'one openssl dgst -sha256', '0.95', verify, ['openssl', 'dgst', '-sha256', ...weights]),
    compare('verify --fast, one file', 'b3sum', '0.75', [...verify, '--fast'], [b3sum(), ...weights]),
    compare('attest, one file', 'verify of the same', '0.75', attest(command, folder, key), verify),
  ];
}

function singleTensor({ command, compare, model, pub, b3sum }) {
  const folder = model('tensor');
  const weights = weightsIn(folder);
  const fast = command('verify', folder, '--key', pub, '--fast', '--quiet');
  warm(weights);
  return [compare('verify --fast, one tensor', 'b3sum', '0.75', fast, [b3sum(), ...weights])];
}

function attest(command, folder, key) {
  return command('attest', folder, '--key', key, '--no-source', '--force', '--quiet');
}

/** So many `openssl` processes at once as there are cores, each with its share of the files. */
export function openssl({ data, cores }, files) {
  const list = path.join(data, `list-${path.basename(path.dirname(files[0]))}`);
  writeFileSync(list, `${files.join('\n')}\n`);
  const share = String(Math.ceil(files.length / cores));
  return ['xargs', '-a', list, '-n', share, '-P', String(cores), 'openssl', 'dgst', '-sha256'];
}

/** The peer signs and verifies what is not our evidence. */
function modelSigning({ data, key, pub, modelSigning: program }, folder) {
  const signature = path.join(data, `${path.basename(folder)}.ms.sig`);
  const evidence = ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'];
  const rest = [
    folder,
    '--signature',
    signature,
    ...evidence.flatMap((name) => ['--ignore-paths', path.join(folder, name)]),
  ];
  return {
    sign: [...program(), 'sign', 'key', ...rest, '--private_key', key],
    verify: [...program(), 'verify', 'key', ...rest, '--public_key', pub],
  };
}
