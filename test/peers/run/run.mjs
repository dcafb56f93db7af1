import { appendFileSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { venv } from '../support/install.mjs';
import { FIXTURES, opensslKey, readBundles, stemma } from '../support/stemma.mjs';

export const title = 'stemma run watches a training loop of Python, NumPy and tensorboardX';

export function run(t) {
  const bin = venv('digits', path.join(FIXTURES, 'digits/requirements.txt'));
  const cwd = t.temp;
  cpSync(path.join(FIXTURES, 'digits/data'), path.join(cwd, 'data'), { recursive: true });
  cpSync(path.join(import.meta.dirname, 'train.py'), path.join(cwd, 'train.py'));
  const { key, pub } = opensslKey(cwd, 'trainer', 'P-256');
  const env = { PYTHONHASHSEED: '0', OMP_NUM_THREADS: '1' };
  const python = [path.join(bin, 'python'), '-B', 'train.py', 'data', 'out', '5'];
  const flags = ['--key', key, '--no-source', '--dataset', 'data', '--input', 'train.py', '--output', 'out'];

  const ran = stemma(['run', ...flags, '--log', 'out/train.jsonl', '--', ...python], { cwd, env });

  t.exits(ran, 0, 'the run is attested');
  t.ok(ran.stdout.split('\n').length === 6, 'what the loop prints passes through', ran.stdout);
  const [provenance] = readBundles(path.join(cwd, 'out/model.attestations.jsonl'))
    .map(({ statement }) => statement)
    .filter(({ predicateType }) => predicateType === 'https://slsa.dev/provenance/v1');
  const { externalParameters, internalParameters, resolvedDependencies } = provenance.predicate.buildDefinition;
  t.ok(externalParameters.command.join(' ') === 'python -B train.py data out 5', 'the command is recorded');
  const { environment, versions } = internalParameters;
  t.ok(environment.PYTHONHASHSEED === '0' && environment.OMP_NUM_THREADS === '1', 'so are its variables');
  t.ok(
    /^3\.\d+/.test(versions.python) && versions.numpy === '2.4.6' && versions.safetensors === '0.8.0',
    'and versions',
  );
  const evidence = resolvedDependencies.map(({ annotations }) => `${annotations.role} ${annotations.evidence}`);
  t.ok(evidence.includes('dataset observed') && evidence.includes('input observed'), 'its inputs were observed');
  const [events] = readdirSync(path.join(cwd, 'out/board'));
  t.ok(events?.includes('.tfevents.'), 'TensorBoard wrote its log');
  const verified = stemma(['verify', 'out', '--key', pub, '--full', '--log', 'out/train.jsonl'], { cwd });
  t.exits(verified, 0, 'verify finds the model and its log to be what was observed');

  const broken = stemma(['run', ...flags, '--force', '--', path.join(bin, 'python'), '-c', 'raise SystemExit(7)'], {
    cwd,
  });
  t.exits(broken, 7, 'the status of a loop that fails is passed on');

  watchTrainer(t, { cwd, key, pub, python: path.join(bin, 'python') });
}

/** Checkpoints of its logs and of its model, while a loop in the manner of a Hugging Face Trainer goes on. */
function watchTrainer(t, { cwd, key, pub, python }) {
  cpSync(path.join(import.meta.dirname, 'trainer.py'), path.join(cwd, 'trainer.py'));
  const kept = ['--checkpoint-every', '2', '--checkpoint-out', 'run.checkpoints'];
  const saved = ['--checkpoint-glob', 'runs/checkpoint-*/model.safetensors'];
  const watched = ['--key', key, '--no-source', '--dataset', 'data', '--output', 'final', '--log', 'runs/log.jsonl'];

  const ran = stemma(['run', ...watched, ...kept, ...saved, '--', python, '-B', 'trainer.py', 'data', 'final', '30'], {
    cwd,
  });

  t.exits(ran, 0, 'a loop with callbacks and folders of checkpoints is attested');
  const names = readFileSync(path.join(cwd, 'transcript.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).name);
  const expected = [10, 20, 30].map((step) => `runs/checkpoint-${step}/model.safetensors`);
  t.ok(
    names.join() === expected.join(),
    'the transcript has each checkpoint, also the one that was deleted',
    names.join(),
  );
  const evidence = ['--log', 'runs/log.jsonl', '--checkpoints', 'run.checkpoints', '--transcript', 'transcript.jsonl'];
  const verify = () => stemma(['verify', 'final', '--key', pub, ...evidence], { cwd });
  const verified = verify();
  t.exits(verified, 0, 'verify finds log, checkpoints and transcript to be those of the run');
  t.ok(verified.stdout.includes('and beginnings of "log.jsonl"'), 'the log begins with what was signed meanwhile');
  t.ok(verified.stdout.includes('2 of 3 files are here, and equal'), 'the two that were kept are what they were');
  appendFileSync(path.join(cwd, expected[2]), 'x');
  t.exits(verify(), 1, 'a checkpoint that was changed afterwards is found');
}
