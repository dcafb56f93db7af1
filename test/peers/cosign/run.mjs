import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { goProgram } from '../support/install.mjs';
import { run as runProgram } from '../support/process.mjs';
import { FIXTURES, flip, opensslKey, readBundles, stemma } from '../support/stemma.mjs';

export const title = 'cosign v3 verifies our statements by file and by digest, offline';

const VERSION = 'v3.1.3';
const DIGITS = path.join(FIXTURES, 'digits');
const WRONG = '0'.repeat(64);

export function run(t) {
  const cosign = goProgram('cosign', 'github.com/sigstore/cosign/v3/cmd/cosign', VERSION);
  const signer = opensslKey(t.temp, 'signer', 'P-256');
  const stranger = opensslKey(t.temp, 'stranger', 'P-256');
  const gate = (bundle, type, args, pub = signer.pub) =>
    runProgram(
      cosign,
      [
        'verify-blob-attestation',
        '--key',
        pub,
        '--bundle',
        bundle,
        '--insecure-ignore-tlog=true',
        '--type',
        type,
        ...args,
      ],
      {
        cwd: t.temp,
      },
    );

  const file = path.join(t.temp, 'digits.safetensors');
  cpSync(path.join(DIGITS, 'base/model.safetensors'), file);
  for (const { bundle, type } of attest(t, file, signer.key)) {
    t.exits(gate(bundle, type, [file]), 0, `a file: cosign verifies ${type}`);
    t.ok(gate(bundle, type, [file], stranger.pub).status !== 0, `a file: cosign refuses ${type} under another key`);
    t.ok(
      gate(bundle, 'https://example.com/other', [file]).status !== 0,
      `a file: cosign refuses ${type} as another type`,
    );
    flip(file, 1000);
    t.ok(gate(bundle, type, [file]).status !== 0, `a file: cosign refuses ${type} for changed bytes`);
    flip(file, 1000);
  }

  const folder = path.join(t.temp, 'finetuned');
  cpSync(path.join(DIGITS, 'finetuned'), folder, { recursive: true });
  for (const { bundle, type, digest } of attest(t, folder, signer.key)) {
    const keys = Object.keys(digest);
    t.ok(keys.includes('sha256') && keys.includes('stemmaFileTreeV1'), `a folder: ${type} names ${keys.join(', ')}`);
    for (const algorithm of keys) {
      const by = (value) => gate(bundle, type, ['--digest', value, '--digestAlg', algorithm]);
      t.exits(by(digest[algorithm]), 0, `a folder: cosign verifies ${type} by ${algorithm}`);
      t.ok(by(WRONG).status !== 0, `a folder: cosign refuses ${type} by a wrong ${algorithm}`);
    }
  }
}

/** Attests with a base and a log, and lays each line in a file of its own, as cosign takes it. */
function attest(t, model, key) {
  const evidence = [
    ['--base', `finetuned-from=${path.join(DIGITS, 'base')}`],
    ['--log', path.join(DIGITS, 'logs/finetuned.jsonl')],
    ['--param', 'lr=0.03'],
  ];
  const result = stemma(['attest', model, '--key', key, ...evidence.flat()], { cwd: t.temp });
  if (!t.exits(result, 0, `stemma attest ${path.basename(model)}`)) return [];

  const lines =
    path.extname(model) === '' ? path.join(model, 'model.attestations.jsonl') : `${model}.attestations.jsonl`;
  const bundles = readBundles(lines).map(({ line, statement }, index) => {
    const bundle = path.join(t.temp, `${path.basename(model)}-${index}.json`);
    writeFileSync(bundle, line);
    return { bundle, type: statement.predicateType, digest: statement.subject[0].digest };
  });
  const types = bundles.map(({ type }) => type);
  t.equal(
    types.toSorted((a, b) => (a < b ? -1 : 1)),
    ['https://slsa.dev/provenance/v1', 'https://w3id.org/stemma/model/v1'],
    `${path.basename(model)}: a model statement and a provenance`,
  );
  return bundles;
}
