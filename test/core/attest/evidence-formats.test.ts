import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseBaseReference, parseDatasetReference } from '../../../src/core/attest/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { tempDir } from '../model/support.ts';
import {
  attest,
  auditor,
  DIGITS,
  digits,
  linesOf,
  type Overrides,
  provenanceOf,
  sign,
  signerOf,
  snapshot,
} from './support.ts';

/** The lineage of fixtures/digits, attested in a folder of its own. */
async function lineage(overrides: Overrides = {}): Promise<string> {
  const dir = tempDir();
  for (const name of ['base', 'finetuned', 'data', 'data-rotated', 'logs'])
    cpSync(path.join(DIGITS, name), path.join(dir, name), { recursive: true });
  const at = (name: string): string => path.join(dir, name);
  await attest(at('base'), {
    datasets: [parseDatasetReference(at('data'))],
    logs: [at('logs/base.jsonl')],
    ...overrides,
  });
  await attest(at('finetuned'), {
    bases: [parseBaseReference(`finetuned-from=${at('base')}`)],
    datasets: [parseDatasetReference(at('data-rotated'))],
    logs: [at('logs/finetuned.jsonl'), at('logs/tensorboard/finetuned/events.out.tfevents.1735689600.digits')],
    parameters: { lr: '0.01', epochs: '5' },
    configs: [at('finetuned/config.json')],
    environments: [{ kind: 'path', path: at('logs/metrics.csv') }],
    ...overrides,
  });
  return dir;
}

describe('attesting twice', () => {
  it('in different places, on one or four threads, gives the same bytes', async () => {
    const first = snapshot(await lineage({ jobs: 1 }));
    expect(Object.keys(first).filter((name) => /model\.(sig|.*jsonl)$/.test(name))).toHaveLength(6);
    expect(snapshot(await lineage({ jobs: 4 }))).toEqual(first);
    expect(snapshot(await lineage())).toEqual(first);
  });

  it('with parameters in another order gives the same bytes', async () => {
    const [one, two] = [digits(tempDir(), 'base'), digits(tempDir(), 'base')];
    await attest(one, { parameters: { a: '1', b: '2' } });
    await attest(two, { parameters: { b: '2', a: '1' } });
    expect(snapshot(one)).toEqual(snapshot(two));
  });

  it.each<[string, Overrides]>([
    ['another parameter', { parameters: { a: '2' } }],
    ['another name', { name: 'other' }],
    ['another digest', { segmentHash: 'sha256' }],
    ['another key', { signer: auditor }],
  ])('with %s gives others', async (_, overrides) => {
    const [one, two] = [digits(tempDir(), 'base'), digits(tempDir(), 'base')];
    await attest(one, { parameters: { a: '1' } });
    await attest(two, { parameters: { a: '1' }, ...overrides });
    expect(snapshot(one)).not.toEqual(snapshot(two));
  });
});

describe('what is written', () => {
  it('holds no absolute path, host name, or user name of this machine', async () => {
    const dir = await lineage();
    const written = Object.entries(snapshot(dir))
      .filter(([name]) => /model\.(sig|.*jsonl)$/.test(name))
      .map(([, bytes]) => bytes + linesOfText(bytes));
    const { username, homedir } = os.userInfo();
    // A host called `vm` would be found in any base64.
    const names = [os.hostname(), username].filter((name) => name.length > 5);
    const forbidden = [dir, path.basename(dir), os.tmpdir(), homedir, process.cwd(), ...names];
    expect(written).toHaveLength(6);
    for (const text of written) for (const word of forbidden) expect(text.includes(word), word).toBe(false);
  });

  it('can be read by everybody, as weights are', async () => {
    const model = digits(tempDir(), 'base');
    await attest(model);
    for (const name of ['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl']) {
      expect(statSync(path.join(model, name)).mode & 0o777 & ~0o022).toBe(0o644 & ~0o022);
    }
  });

  it('says of training logs, configuration and environment what was read', async () => {
    const provenance = provenanceOf(path.join(await lineage(), 'finetuned'));
    expect(provenance.logs.map(({ name, records, size }) => [name, records, size])).toEqual([
      ['finetuned.jsonl', 'lf', 96],
      ['events.out.tfevents.1735689600.digits', 'tfrecord', expect.any(Number)],
    ]);
    expect(provenance.parameters).toEqual({ epochs: '5', lr: '0.01' });
    expect(provenance.config.map(({ name }) => name)).toEqual(['config.json']);
    expect(provenance.environment.map(({ name }) => name)).toEqual(['metrics.csv']);
    expect([provenance.startedOn, provenance.finishedOn, provenance.invocationId]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

/** Payloads are base64: what they hold is looked at in plain. */
function linesOfText(bytes: string): string {
  return bytes
    .split('\n')
    .map((line) => /"payload":"([^"]+)"/.exec(line)?.[1] ?? '')
    .map((payload) => Buffer.from(payload, 'base64').toString('latin1'))
    .join('\n');
}

describeVectors('oms', (vectors) => {
  const schemas = path.join(vectors, 'schemas/v1.0');
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const file of readdirSync(schemas))
    ajv.addSchema(JSON.parse(readFileSync(path.join(schemas, file), 'utf8')) as object);
  const validate = (name: string, value: unknown): string[] => {
    const id = readdirSync(schemas).find((file) => file.startsWith(name)) ?? '';
    const { $id } = JSON.parse(readFileSync(path.join(schemas, id), 'utf8')) as { $id: string };
    const check = ajv.getSchema($id);
    if (check === undefined) throw new Error(`no schema ${name}`);
    void check(value);
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  const payloadOf = (line: string): unknown => {
    const { dsseEnvelope } = JSON.parse(line) as { dsseEnvelope: { payload: string } };
    return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
  };

  it('every line and every model.sig is a bundle by the schema', async () => {
    const dir = await lineage();
    await attest(path.join(dir, 'base'), { signer: auditor });
    const files = ['base', 'finetuned'].flatMap((name) =>
      ['model.sig', 'model.attestations.jsonl'].map((file) => path.join(dir, name, file)),
    );
    for (const line of files.flatMap(linesOf)) expect(validate('bundle', JSON.parse(line))).toEqual([]);
    expect(validate('bundle', { mediaType: 'x' })).not.toEqual([]);
  });

  it.each(['p256', 'p384', 'p521'])('model.sig by a key on %s is pure OMS: nothing of ours is in it', async (name) => {
    const model = digits(tempDir(), 'base');
    await sign(model, { signer: await signerOf(name) });
    const [line = ''] = linesOf(path.join(model, 'model.sig'));
    expect(validate('statement', payloadOf(line))).toEqual([]);
    expect(JSON.stringify(payloadOf(line))).not.toMatch(/w3id|stemma/i);
    expect(Object.keys(JSON.parse(line) as object).toSorted()).toEqual([
      'dsseEnvelope',
      'mediaType',
      'verificationMaterial',
    ]);
  });
});
