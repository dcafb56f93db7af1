import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from '@oclif/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportEvidence } from '../../src/core/attest/index.ts';
import { ATTEST_DEFAULTS, DATASET_DEFAULTS } from '../../src/core/defaults.ts';
import { attestDataset, attestModel, digestLog, loadSigner } from '../../src/core/index.ts';
import { openTarget, parsePlace, pinnableOf, writeDag } from '../../src/core/ipfs/index.ts';
import { formatCheckpoint, runOrigin, signNote } from '../../src/core/log/index.ts';
import { proveFiles, proveRecords, writeProof } from '../../src/core/proof/index.ts';
import { addToStore } from '../../src/core/store/index.ts';
import { Held } from '../commands/ipfs-support.ts';
import { type FakeServer, fakeCluster, fakeKubo } from '../support/fake-servers.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { fencedBlocks } from '../support/markdown.ts';
import { programFolder, runInShell } from '../support/shell.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COMMANDS = path.join(ROOT, 'src/commands');
const KEYS = path.join(ROOT, 'fixtures/keys');
const DIGITS = path.join(ROOT, 'fixtures/digits');

/** Every command line that the help and the head of the README show. */
async function examples(): Promise<string[]> {
  const shown: string[] = [];
  for (const file of globSync('**/*.ts', { cwd: COMMANDS }).toSorted()) {
    const [command] = Object.values((await import(path.join(COMMANDS, file))) as Record<string, typeof Command>);
    const id = file.replace(/\.ts$/, '').split(path.sep).join(' ');
    for (const example of command?.examples ?? []) {
      const text = typeof example === 'string' ? example : example.command;
      shown.push(text.replaceAll('<%= config.bin %>', 'stemma').replaceAll('<%= command.id %>', id));
    }
  }
  const readme = fencedBlocks(readFileSync(path.join(ROOT, 'README.md'), 'utf8'));
  const copied = readme.filter(({ language }) => language === 'sh').flatMap(({ lines }) => lines);
  return [...shown, ...copied.filter((line) => line.startsWith('stemma '))];
}

/** Two models really differ; `diff` says so by its exit code. */
function exitCodeOf(command: string): number {
  if (command === 'stemma diff ./base ./model' || command.startsWith('stemma dataset diff')) return 1;
  // Without the bytes nothing passes.
  return command.startsWith('stemma lineage model.attestations.jsonl') ? 3 : 0;
}

/** A policy that names no other file, and that ./model or ./data meets. */
function signablePolicy(type = 'model/v1'): string {
  const key = readFileSync(path.join(KEYS, 'p256.pub'), 'utf8').trimEnd().replaceAll('\n', '\n        ');
  return `version: 1
expires: 2099-01-01T00:00:00Z
trust:
  keys:
    trainer:
      publicKey: |
        ${key}
requirements:
  - { id: weights, predicateType: https://w3id.org/stemma/${type}, signers: { anyOf: [trainer] } }
`;
}

const shown = await examples();
let prepared: string;
let kubo: FakeServer;
let cluster: FakeServer;
let gateway: TestGateway;
let release: string;

/** The files that the examples name, made once and copied for each. */
beforeAll(async () => {
  prepared = mkdtempSync(path.join(tmpdir(), 'stemma-examples-'));
  const here = path.join(prepared, 'work');
  mkdirSync(path.join(here, 'out'), { recursive: true });
  const take = (from: string, ...to: string[]): void => {
    for (const name of to) cpSync(from, path.resolve(here, name), { recursive: true });
  };
  take(path.join(DIGITS, 'finetuned'), 'model', 'out/model');
  take(path.join(DIGITS, 'base'), 'base', '../base');
  take(path.join(DIGITS, 'data-rotated'), '../data');
  take(path.join(DIGITS, 'logs/finetuned.jsonl'), 'train.jsonl', 'out/train.jsonl');
  take(path.join(KEYS, 'p256.key'), 'trainer.key', 'qa.key', 'gate.key', 'security.key');
  writeFileSync(path.join(here, 'security.policy.yaml'), signablePolicy());
  take(path.join(DIGITS, 'data/test.csv'), 'test.csv');
  writeFileSync(path.join(here, 'eval.jsonl'), '{"accuracy":0.97}\n'.repeat(50));
  writeFileSync(path.join(here, 'p.jsonl'), '{"y":1,"y_hat":1,"sex":"f","age_band":"30-39"}\n'.repeat(40));
  take(path.join(KEYS, 'p256.pub'), 'trainer.pub');
  writeFileSync(path.join(here, 'release.policy.yaml'), signablePolicy());
  writeFileSync(path.join(here, 'data.policy.yaml'), signablePolicy('dataset/v1'));
  take(path.join(KEYS, 'leaf.key'), 'ci.key');
  take(path.join(KEYS, 'leaf.pem'), 'ci.pem');
  take(path.join(KEYS, 'intermediate.pem'), 'intermediate.pem');
  writeFileSync(path.join(here, 'passphrase'), 'secret\n');
  const signer = await loadSigner(readFileSync(path.join(here, 'trainer.key')), undefined);
  const log = path.join(here, 'train.jsonl');
  for (const model of ['model', 'out/model'])
    await attestModel({ ...ATTEST_DEFAULTS, model: path.join(here, model), logs: [log], signer });
  take(path.join(DIGITS, 'data'), 'data');
  take(path.join(DIGITS, 'data-rotated'), 'base-data');
  take(path.join(KEYS, 'p256.key'), 'data.key');
  take(path.join(KEYS, 'p256.pub'), 'data.pub', 'base.pub');
  await attestDataset({ ...DATASET_DEFAULTS, dataset: path.join(here, 'data'), name: 'corpus', signer });
  const attestations = path.join(here, 'model/model.attestations.jsonl');
  const record = await proveRecords({ file: log, lines: [5], attestations });
  const files = await proveFiles({ model: path.join(here, 'out/model'), paths: ['config.json'] });
  writeFileSync(path.join(here, 'step5.proof.json'), Buffer.concat(record.proofs.map(writeProof)));
  writeFileSync(path.join(here, 'out/files.proofs.jsonl'), Buffer.concat(files.proofs.map(writeProof)));
  take(path.join(here, 'model/model.manifest.jsonl'), 'v1.manifest.jsonl');
  const { size, digests } = await digestLog(path.join(here, 'train.jsonl'), {});
  const origin = runOrigin('0123456789abcdef', '0');
  const root = Buffer.from(digests['stemmaLogTreeV1'] ?? '', 'hex');
  const checkpoint = await signNote(formatCheckpoint({ origin, size: BigInt(size), root }), origin, signer);
  for (const name of ['early.checkpoint', 'out/run.checkpoints']) writeFileSync(path.join(here, name), checkpoint);
  take(attestations, 'theirs.jsonl', 'model.attestations.jsonl');
  const asked = { model: path.join(here, 'model'), parents: [], named: [], maxDepth: 1 };
  const { dag } = await exportEvidence(asked);
  await writeDag(path.join(here, 'received.car'), dag, { recipients: undefined });
  for (const store of [path.join(here, 'store'), path.join(prepared, 'share/stemma')])
    await addToStore({ store, paths: [path.join(here, 'model')] });
  [kubo, cluster] = [await fakeKubo(), await fakeCluster(3)];
  // Held already, so that nobody has to be asked whether it may become public.
  for (const model of ['model', 'out/model']) {
    const what = { withWeights: false, ignore: [], allowSymlinks: false };
    const { dag } = await pinnableOf(path.join(here, model), what);
    for (const place of [`kubo=${kubo.url}`, `cluster=${cluster.url}`]) {
      const target = await openTarget(parsePlace(place), { timeoutMs: 10_000, random: () => 0 });
      await target.put(dag, {});
    }
  }
  const held = new Held();
  release = await held.addRelease(path.join(here, 'model'));
  gateway = await startGateway(held.get);
  const programs = programFolder(path.join(prepared, 'bin'));
  // In the place of a training script, whose language need not be installed here.
  const train = "echo '{}' > out/config.json && echo '{\"step\": 1}' >> out/train.jsonl";
  writeFileSync(path.join(programs, 'python'), `#!/bin/sh\n${train}\n`, { mode: 0o755 });
});

afterAll(async () => {
  await kubo.close();
  await cluster.close();
  gateway.close();
});

describe('the examples of the help', () => {
  it('are there', () => {
    expect(shown.length).toBeGreaterThan(20);
  });

  it.each(shown)('%s', async (command) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stemma-example-'));
    cpSync(prepared, folder, { recursive: true });
    const fresh = command.includes('key generate') ? 'rm trainer.key trainer.pub; ' : '';
    // Neither the two absolute paths nor the servers can be there.
    const possible = command
      .replace('/run/secrets/passphrase', 'passphrase')
      .replace('/mnt/reference/model', 'model')
      .replace('--to kubo', `--to kubo=${kubo.url}`)
      .replace('https://cluster.example', cluster.url)
      .replace('https://gateway.example', gateway.url)
      .replace('http://127.0.0.1:5001', gateway.url);

    const [ran] = await runInShell([fresh + possible], {
      cwd: path.join(folder, 'work'),
      programs: path.join(prepared, 'bin'),
      env: {
        PASS: 'secret',
        TOKEN: 'secret',
        CID: release,
        STEMMA_TO: `kubo=${kubo.url}`,
        XDG_DATA_HOME: path.join(folder, 'share'),
        ...(fresh === '' ? {} : { STEMMA_PASSPHRASE: 'secret' }),
      },
    });

    expect(ran).toMatchObject({ exitCode: exitCodeOf(command) });
  });
});
