import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { yellow } from '../support/checks.mjs';
import { venv } from '../support/install.mjs';
import { run as runProgram } from '../support/process.mjs';
import { FIXTURES, opensslKey, readBundles, stemma } from '../support/stemma.mjs';
import { bubblewrapFolder } from './bubblewrap.mjs';

export const title = 'stemma run --hermetic lets a training loop see what was declared, with a real bubblewrap';

const ROOT = path.resolve(import.meta.dirname, '../../..');

export function run(t) {
  const found = bubblewrapFolder();
  const PATH = [...(found === undefined ? [] : [found]), process.env.PATH].join(path.delimiter);
  const { key, pub } = opensslKey(t.temp, 'trainer', 'P-256');
  const cwd = path.join(t.temp, 'work');
  mkdirSync(cwd);
  const hermetic = (flags, command) =>
    stemma(['run', '--key', key, '--no-source', '--hermetic', ...flags, '--', ...command], { cwd, env: { PATH } });

  if (runProgram('unshare', ['--user', '--net', 'true']).status !== 0) {
    console.log(yellow('SKIP what runs in a sandbox: this machine lets nobody make a user namespace'));
    const refused = hermetic(['--output', 'out'], ['sh', '-c', 'echo > out/x']);
    t.exits(refused, 2, 'where the system forbids sandboxes, nothing is run without one');
    return;
  }
  trainInside(t, { cwd, pub, hermetic });
  lookAround(t, { cwd, hermetic });
  runTests(t, PATH);
}

function trainInside(t, { cwd, pub, hermetic }) {
  const bin = venv('digits', path.join(FIXTURES, 'digits/requirements.txt'));
  cpSync(path.join(FIXTURES, 'digits/data'), path.join(cwd, 'data'), { recursive: true });
  cpSync(path.join(import.meta.dirname, '../run/train.py'), path.join(cwd, 'train.py'));
  const command = [path.join(bin, 'python'), '-B', 'train.py', 'data', 'made/out', '5'];
  const declared = ['--dataset', 'data', '--input', 'train.py', '--output', 'made', '--log', 'made/out/train.jsonl'];

  const ran = hermetic(declared, command);

  t.exits(ran, 0, 'a loop of NumPy and tensorboardX runs with nothing else within reach');
  const [provenance] = readBundles(path.join(cwd, 'made/model.attestations.jsonl'))
    .map(({ statement }) => statement)
    .filter(({ predicateType }) => predicateType === 'https://slsa.dev/provenance/v1');
  const { internalParameters, resolvedDependencies } = provenance.predicate.buildDefinition;
  const evidence = resolvedDependencies.map(({ annotations }) => `${annotations.role} ${annotations.evidence}`);
  t.equal(evidence.toSorted(), ['dataset hermetic', 'input hermetic'], 'what it read is recorded as hermetic');
  t.equal(internalParameters.versions.numpy, '2.4.6', 'the Python inside is seen from outside');
  const verified = stemma(['verify', 'made', '--key', pub, '--log', 'made/out/train.jsonl'], { cwd });
  t.exits(verified, 0, 'verify finds the model and its log to be what was made inside');
}

/** What a program finds that looks for what was not declared. */
const LOOK = `
import os, socket, sys
def can(what, act):
    try:
        act(); print(what)
    except OSError: pass
can("undeclared", lambda: open("secret.txt"))
can("above", lambda: open("../trainer.key"))
can("home", lambda: os.listdir(os.path.expanduser("~/.ssh")))
can("input", lambda: open("data/new", "w"))
can("network", lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1))
can("processes", lambda: os.kill(int(sys.argv[2]), 0))
can("declared", lambda: open("data/train.csv"))
can("output", lambda: open("seen/model.bin", "w"))
`;

function lookAround(t, { cwd, hermetic }) {
  writeFileSync(path.join(cwd, 'look.py'), LOOK);
  writeFileSync(path.join(cwd, 'secret.txt'), 'secret');
  const declared = ['--dataset', 'data', '--input', 'look.py', '--output', 'seen'];
  const ran = hermetic(declared, ['python3', '-B', 'look.py', '9', String(process.pid)]);
  t.equal([ran.status, ran.stdout], [0, 'declared\noutput\n'], 'no other file, process or address can be reached');
}

/** Those of the repository that are skipped where there is no bubblewrap. */
function runTests(t, PATH) {
  const report = path.join(t.temp, 'report.json');
  const files = ['test/core/run/hermetic.test.ts', 'test/commands/run-wrapping.test.ts'];
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', ...files, '--reporter=json', `--outputFile.json=${report}`];
  const ran = runProgram(process.execPath, args, { cwd: ROOT, env: { ...process.env, PATH } });
  t.exits(ran, 0, 'the tests of --hermetic pass');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const inside = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ ancestorTitles }) => /^(?:stemma run )?--hermetic$/.test(ancestorTitles[0] ?? '')),
  );
  const ranInside = inside.filter(({ status }) => status === 'passed').length;
  t.ok(ranInside >= 10, 'and were really run', `${ranInside} of ${inside.length} ran`);
}
