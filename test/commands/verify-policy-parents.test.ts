import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pae } from '../../src/core/attestation/index.ts';
import { loadSigner } from '../../src/core/keys/index.ts';
import { type CliResult, runStemma } from '../support/cli.ts';
import { type Family, makeFamily } from '../support/family.ts';
import { DATASET, type Draft, PROVENANCE, releasePolicy, requirement, writePolicy } from '../support/policies.ts';
import { payloadOf, weights } from './policy-support.ts';

let family: Family;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'stemma-policy-')));
  family = await makeFamily(dir);
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const verify = (model: string, lineage: Draft): Promise<CliResult> => {
  const release = releasePolicy();
  const policy = { ...release, requirements: [weights], lineage: { ...(release['lineage'] as Draft), ...lineage } };
  return runStemma(['verify', model, '--policy', writePolicy(dir, policy)], { cwd: dir });
};

function copyOf(member: Parameters<Family['member']>[0], name: string): string {
  cpSync(family.member(member), path.join(dir, name), { recursive: true });
  return path.join(dir, name, 'model.attestations.jsonl');
}

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');
const writeLines = (file: string, lines: readonly string[]): void => writeFileSync(file, `${lines.join('\n')}\n`);

/** A line with another payload, signed anew. */
async function resigned(line: string, key: string, change: (statement: Statement) => void): Promise<string> {
  const bundle = JSON.parse(line);
  const statement = JSON.parse(payloadOf(line)) as Statement;
  change(statement);
  const payload = Buffer.from(JSON.stringify(statement));
  const signer = await loadSigner(readFileSync(key), undefined);
  const signature = await signer.sign(pae(bundle.dsseEnvelope.payloadType, payload));
  bundle.dsseEnvelope.payload = payload.toString('base64');
  bundle.dsseEnvelope.signatures[0].sig = Buffer.from(signature).toString('base64');
  return JSON.stringify(bundle);
}

interface Statement {
  readonly predicate: { readonly buildDefinition: { buildType: string } };
}

describe('the parents of a model are not known', () => {
  it('by a provenance of another build type, in which no parents are read', async () => {
    const file = copyOf('merged-gguf', 'built');
    const isOwn = (line: string): boolean =>
      payloadOf(line).includes(PROVENANCE) && payloadOf(line).includes('"merged-gguf"');
    const own = linesOf(file).filter((line) => isOwn(line));
    const changed = await Promise.all(
      own.map((line) =>
        resigned(line, family.key('release'), ({ predicate }) => {
          predicate.buildDefinition.buildType = 'https://actions.github.io/buildtypes/workflow/v1';
        }),
      ),
    );
    expect((await verify('built', {})).exitCode).toBe(0);

    writeLines(file, [...linesOf(file).filter((line) => !isOwn(line)), ...changed]);
    const { exitCode, stdout } = await verify('built', {});
    expect(stdout).toContain('their parents are not known');
    expect(exitCode).toBe(3);
  });

  it('by somebody who is trusted for an ancestor and names a parent that the policy only warns of', async () => {
    const file = copyOf('merged-gguf', 'warned');
    writeLines(
      file,
      linesOf(file).filter((line) => !payloadOf(line).includes(PROVENANCE)),
    );
    mkdirSync(path.join(dir, 'nobody'));
    writeFileSync(path.join(dir, 'nobody', 'weights.bin'), 'numbers');
    const key = ['--key', family.key('data-owner'), '--no-model-sig', '--no-source'];
    await family.stemma('attest', 'warned', ...key, '--base', 'finetuned-from=nobody');
    const { exitCode, stdout } = await verify('warned', {
      unknownParent: 'warn',
      maxDepth: undefined,
      allow: undefined,
    });

    expect(stdout).toContain('their parents are not known');
    expect(exitCode).toBe(3);
  });
});

describe('an ancestor', () => {
  it('for which there is no rule has its licence stated by nobody', async () => {
    const file = copyOf('finetuned', 'unruled');
    const lineage = {
      unknownParent: 'warn',
      licences: { allow: ['CC-BY-4.0', 'MIT'] },
      ancestors: [{ relations: ['trained-on'], requirements: [requirement('data', DATASET, ['data-owner'])] }],
    };
    const release = releasePolicy();
    const policy = {
      ...release,
      requirements: [{ ...weights, signers: { anyOf: ['trainer-one'] } }],
      lineage: { ...(release['lineage'] as Draft), ...lineage },
    };
    copyOf('base', 'base-by-qa');
    const own = path.join(dir, 'base-by-qa', 'model.attestations.jsonl');
    rmSync(own);
    const key = ['--key', family.key('qa'), '--no-model-sig', '--force', '--no-source'];
    await family.stemma('attest', 'base-by-qa', ...key, '--param', 'license=MIT');
    writeLines(file, [...linesOf(file), ...linesOf(own)]);
    const { exitCode, stdout } = await runStemma(['verify', 'unruled', '--policy', writePolicy(dir, policy)], {
      cwd: dir,
    });

    expect(stdout).toContain('nobody who is asked about it states the licence of base "base"');
    expect(exitCode).toBe(3);
  });

  it('is as far away as its nearest link, whatever the order of the lines', async () => {
    mkdirSync(path.join(dir, 'near'));
    writeFileSync(path.join(dir, 'near', 'weights.bin'), 'numbers');
    const key = ['--key', family.key('release')];
    await family.stemma('attest', 'near', ...key, '--dataset', family.member('data'), '--no-source');
    const dataset = ['--dataset', family.member('data')];
    await family.stemma('evaluate', 'near', ...key, ...dataset, '--metric', 'accuracy=0.9');
    const file = path.join(dir, 'near', 'model.attestations.jsonl');
    const isEvaluation = (line: string): boolean => payloadOf(line).includes('/evaluation/v1');
    const lines = linesOf(file);
    writeLines(file, [...lines.filter((line) => isEvaluation(line)), ...lines.filter((line) => !isEvaluation(line))]);
    const { exitCode, stdout } = await verify('near', { maxDepth: 1, allow: undefined });

    expect(stdout).not.toContain('2 links away');
    expect(exitCode).toBe(0);
  });
});
