import { createHash, createPrivateKey, sign } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pae } from '../support/dsse.mjs';
import { goProgram, goSources, venv } from '../support/install.mjs';
import { run as runProgram } from '../support/process.mjs';
import { FIXTURES, flip, opensslKey, stemma } from '../support/stemma.mjs';

export const title = "in-toto's library, cosign, libxml2 and the schemas of CI services on what gates read and write";

const ROOT = path.resolve(import.meta.dirname, '../../..');
const READ = path.join(import.meta.dirname, 'read.py');
const VSA = 'https://slsa.dev/verification_summary/v1';
const COSIGN = 'v3.1.3';

export function run(t) {
  const programs = venv('gates-py', path.join(import.meta.dirname, 'requirements.txt'));
  const read = (...args) => runProgram(path.join(programs, 'python'), [READ, ...args], { cwd: t.temp });
  const program = goSources('gates', import.meta.dirname);
  const vsa = (...args) => runProgram(program, args, { cwd: t.temp });
  const keys = Object.fromEntries(['trainer', 'gate'].map((name) => [name, opensslKey(t.temp, name, 'P-256')]));
  const model = path.join(t.temp, 'digits.safetensors');
  cpSync(path.join(FIXTURES, 'digits/finetuned/model.safetensors'), model);
  attest(t, model, keys);
  statements(t, read, model);
  const bundle = summaries(t, vsa, model, keys);
  cosign(t, model, bundle, keys);
  theirs(t, vsa, model, keys);
  junit(t, read, model, keys);
  pipelines(t, programs);
}

/** A statement of every type that a single file can have. */
function attest(t, model, { trainer }) {
  const data = path.join(FIXTURES, 'digits/data');
  const log = path.join(FIXTURES, 'digits/logs/finetuned.jsonl');
  const base = `finetuned-from=${path.join(FIXTURES, 'digits/base')}`;
  const key = ['--key', trainer.key];
  const commands = [
    ['attest', model, ...key, '--no-source', '--base', base, '--dataset', data, '--log', log],
    ['evaluate', model, ...key, '--dataset', path.join(data, 'test.csv'), '--metric', 'accuracy=0.95'],
    ['approve', model, ...key, '--as', 'reviewer', '--approved-on', '2026-11-23'],
  ];
  for (const args of commands) t.exits(stemma(args, { cwd: t.temp }), 0, `stemma ${args[0]}`);
}

function statements(t, read, model) {
  const result = read('statements', `${model}.attestations.jsonl`, `${model}.sig`);
  if (!t.exits(result, 0, "in-toto's library parses and validates every statement")) return;
  const types = new Set(JSON.parse(result.stdout));
  const expected = ['stemma/model/v1', 'stemma/evaluation/v1', 'stemma/approval/v1', 'slsa.dev/provenance/v1'];
  const absent = expected.filter((type) => ![...types].some((found) => found.endsWith(type)));
  t.equal(absent, [], `it found ${types.size} types`);
}

/** Ours, read by the library: PASSED, and FAILED for one flipped bit. Returns the bundle that says PASSED. */
function summaries(t, vsa, model, { trainer, gate }) {
  const verify = (file) =>
    stemma(
      [
        'verify',
        model,
        '--key',
        trainer.pub,
        '--vsa',
        file,
        '--vsa-key',
        gate.key,
        '--time',
        '2026-11-23',
        '--verifier-id',
        'https://gate.example/v1',
        '--vsa-level',
        'ACME_L2',
      ],
      { cwd: t.temp },
    );
  const passed = path.join(t.temp, 'passed.jsonl');
  t.exits(verify(passed), 0, 'stemma verify --vsa');
  const found = readSummary(t, vsa, passed);
  t.equal(
    [found.result, found.verifier, found.time, found.levels],
    ['PASSED', 'https://gate.example/v1', '2026-11-23T00:00:00Z', ['ACME_L2']],
    "in-toto's message of a summary holds what we wrote",
  );
  t.ok(found.inputs >= 4, `it names ${found.inputs} attestations`);

  flip(model, 20_000);
  const failed = path.join(t.temp, 'failed.jsonl');
  t.exits(verify(failed), 1, 'stemma verify --vsa of changed bytes');
  flip(model, 20_000);
  const { result, levels } = readSummary(t, vsa, failed);
  t.equal([result, levels], ['FAILED', ['FAILED']], 'the library reads FAILED');
  return passed;
}

function readSummary(t, vsa, file) {
  const result = vsa('read', file);
  return t.exits(result, 0, "in-toto's Go library reads the summary") ? JSON.parse(result.stdout) : {};
}

function cosign(t, model, bundle, { trainer, gate }) {
  const program = goProgram('cosign', 'github.com/sigstore/cosign/v3/cmd/cosign', COSIGN);
  const verify = (pub) =>
    runProgram(
      program,
      [
        'verify-blob-attestation',
        '--key',
        pub,
        '--bundle',
        bundle,
        '--insecure-ignore-tlog=true',
        '--type',
        VSA,
        model,
      ],
      { cwd: t.temp },
    );
  t.exits(verify(gate.pub), 0, 'cosign verifies the summary');
  t.ok(verify(trainer.pub).status !== 0, 'cosign refuses it under the key of the trainer');
  flip(model, 20_000);
  t.ok(verify(gate.pub).status !== 0, 'cosign refuses it for changed bytes');
  flip(model, 20_000);
}

/** Theirs, read by us: protobuf's JSON, with its white space and its order. */
function theirs(t, vsa, model, { trainer, gate }) {
  const hex = createHash('sha256').update(readFileSync(model)).digest('hex');
  const file = path.join(t.temp, 'theirs.jsonl');
  const require = (result, digest) => {
    const made = vsa('make', result, digest);
    if (!t.exits(made, 0, `in-toto's library writes a summary that says ${result}`)) return undefined;
    writeFileSync(file, `${bundleOf(made.stdout, gate)}\n`);
    const keys = ['--key', trainer.pub, '--key', gate.pub];
    return stemma(['verify', model, ...keys, '--attestations', file, '--require', VSA], { cwd: t.temp });
  };
  t.exits(require('PASSED', hex), 0, 'stemma verify takes it');
  t.exits(require('FAILED', hex), 1, 'stemma verify fails on one that says FAILED');
  t.exits(require('PASSED', '0'.repeat(64)), 3, 'stemma verify does not take one about another file');
}

function bundleOf(payload, { key }) {
  const envelope = { payload: Buffer.from(payload).toString('base64'), payloadType: 'application/vnd.in-toto+json' };
  const sig = sign('sha256', pae(envelope), createPrivateKey(readFileSync(key))).toString('base64');
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [] },
    dsseEnvelope: { ...envelope, signatures: [{ sig, keyid: '' }] },
  });
}

function junit(t, read, model, { trainer, gate }) {
  const report = (name, ...args) => {
    const file = path.join(t.temp, `${name}.xml`);
    stemma(['verify', model, ...args, '--report', `junit=${file}`], { cwd: t.temp });
    return file;
  };
  const passed = report('passed', '--key', trainer.pub);
  const incomplete = report('incomplete', '--key', gate.pub, '--require', 'evaluation');
  const ancestors = report('ancestors', '--key', trainer.pub, '--ancestor-key', gate.pub);
  flip(model, 20_000);
  const failed = report('failed', '--key', trainer.pub);
  flip(model, 20_000);
  const xsd = path.join(FIXTURES, 'schemas/junit-10.xsd');
  t.exits(
    read('junit', xsd, passed, incomplete, ancestors, failed),
    0,
    'libxml2: JUnit reports fit the schema of Jenkins',
  );
  const broken = path.join(t.temp, 'broken.xml');
  writeFileSync(broken, readFileSync(passed, 'utf8').replace('<testcase ', '<testcase secret="1" '));
  t.ok(read('junit', xsd, broken).status !== 0, 'libxml2 notices a report that does not');
}

/** What we offer for CI services, by the schemas that these publish. */
function pipelines(t, programs) {
  const check = (...args) => runProgram(path.join(programs, 'check-jsonschema'), args, { cwd: ROOT });
  const files = [
    ['vendor.github-actions', 'action.yml'],
    ['vendor.github-workflows', 'integrations/github/workflow.yml'],
    ['vendor.gitlab-ci', 'integrations/gitlab/stemma.gitlab-ci.yml', '--data-transform', 'gitlab-ci'],
  ];
  for (const [schema, file, ...more] of files)
    t.exits(check('--builtin-schema', schema, ...more, file), 0, `${file} fits ${schema}`);
  t.ok(check('--builtin-schema', 'vendor.github-actions', 'package.json').status !== 0, 'another file does not');
  const hooks = runProgram(path.join(programs, 'pre-commit'), ['validate-manifest', '.pre-commit-hooks.yaml'], {
    cwd: ROOT,
    env: { ...process.env, PRE_COMMIT_HOME: path.join(t.temp, 'pre-commit') },
  });
  t.exits(hooks, 0, 'pre-commit takes the hook');
}
