import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  buildProvenanceStatement,
  type Material,
  type ObservedRun,
  type ProvenanceInput,
  parseProvenance,
} from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { codeOf, predicateOf, readJsonObject, readStatement } from '../support.ts';
import { BASE, INPUT, MINIMAL, OBSERVED } from './provenance-inputs.ts';

const build = (rest: Partial<ProvenanceInput>) => () => buildProvenanceStatement({ ...INPUT, ...rest });

const observed: ObservedRun = OBSERVED.run ?? failed();
const vocabulary: Material = OBSERVED.inputs?.[0] ?? failed();

function failed(): never {
  throw new Error('not in the inputs');
}

describe('building a provenance statement', () => {
  it('is exactly the documented JSON in the smallest case', () => {
    const { sha256, stemmaFileTreeV1 } = MINIMAL.digest;
    expect(decodeUtf8(buildProvenanceStatement(MINIMAL))).toBe(
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m","digest":{"sha256":"${sha256}","stemmaFileTreeV1":"${stemmaFileTreeV1}"}}],` +
        '"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"buildType":"https://w3id.org/stemma/training/v1",' +
        '"externalParameters":{"parameters":{}},"resolvedDependencies":[]},"runDetails":{"builder":{"id":"https://w3id.org/stemma/builder/local"}}}}',
    );
  });

  it('is read back as it was given', () => {
    const { name: _, digest: __, ...rest } = INPUT;
    expect(parseProvenance(readStatement(buildProvenanceStatement(INPUT)))).toMatchObject({
      ...rest,
      buildType: 'https://w3id.org/stemma/training/v1',
      startedOn: undefined,
      finishedOn: undefined,
    });
  });

  it('says what was observed of a run, in the places that SLSA has for it', () => {
    const payload = buildProvenanceStatement(OBSERVED);
    expect(predicateOf(payload)).toMatchObject({
      buildDefinition: {
        externalParameters: { command: OBSERVED.run?.command, parameters: INPUT.parameters },
        internalParameters: {
          environment: OBSERVED.run?.environment,
          versions: OBSERVED.run?.versions,
          gpus: OBSERVED.run?.gpus,
        },
      },
      runDetails: { metadata: { startedOn: '2026-01-02T03:04:05.006Z', finishedOn: '2026-01-02T04:04:05.006Z' } },
    });
    expect(parseProvenance(readStatement(payload))).toMatchObject({
      command: ['python', 'train.py', '--token', '[redacted]'],
      inputs: OBSERVED.inputs,
      invocationId: INPUT.invocationId,
      startedOn: '2026-01-02T03:04:05.006Z',
      finishedOn: '2026-01-02T04:04:05.006Z',
    });
  });

  it('gives equal bytes whatever the order of variables and versions', () => {
    const run = {
      ...observed,
      environment: { CUDA_VISIBLE_DEVICES: '1', PYTHONHASHSEED: '0' },
      versions: { python: '3.12', torch: '2.8.0' },
    };
    expect(build({ ...OBSERVED, run })()).toEqual(buildProvenanceStatement(OBSERVED));
  });

  it('gives equal bytes whatever the order of parameters', () => {
    expect(build({ parameters: { epochs: '3', lr: '0.01' } })()).toEqual(build({})());
  });

  it('validates against the committed JSON Schema, which refuses unknown members', () => {
    const file = path.resolve(import.meta.dirname, '../../../../schemas/v1/training-provenance-predicate.schema.json');
    const validate = new Ajv2020().compile(readJsonObject(file));
    for (const input of [INPUT, MINIMAL, OBSERVED]) {
      expect([validate(predicateOf(buildProvenanceStatement(input))), validate.errors]).toEqual([true, null]);
    }
    expect(validate({ ...predicateOf(buildProvenanceStatement(INPUT)), extra: 1 })).toBe(false);
  });

  it.each<[string, Partial<ProvenanceInput>]>([
    ['an absolute path for a name', { links: [{ ...BASE, name: '/home/me/base' }] }],
    ['a Windows path for a name', { links: [{ ...BASE, name: 'C:\\models\\base' }] }],
    ['a home path for a log', { logs: INPUT.logs.map((log) => ({ ...log, name: '~/train.jsonl' })) }],
    ['a file URI', { links: [{ ...BASE, uri: 'file:///home/me/base' }] }],
    ['user info in a URI', { links: [{ ...BASE, uri: 'https://user:token@example.com/x' }] }],
    ['a query in a URI', { links: [{ ...BASE, uri: 'https://example.com/x?token=1' }] }],
    ['a URI without a scheme', { links: [{ ...BASE, uri: 'git@example.com/x' }] }],
    ['a builder that is no URI', { builder: { id: 'local' } }],
    ['a share above one', { links: [{ ...BASE, share: 1_000_001 }] }],
    ['a fractional share', { links: [{ ...BASE, share: 0.5 }] }],
    ['a negative share', { links: [{ ...BASE, share: -1 }] }],
    ['ignored paths of a link out of order', { links: [{ ...BASE, ignored: ['b', 'a'] }] }],
    ['ignored paths of the model with a pattern', { ignored: ['*'] }],
    ['opaque paths of the model that escape', { opaque: ['../x'] }],
    ['a parameter named __proto__', { parameters: { ['__proto__']: 'x' } }],
    ['a negative number of records', { logs: INPUT.logs.map((log) => ({ ...log, size: -1 })) }],
    [
      'a salted log with another digest',
      { logs: INPUT.logs.map((log) => ({ ...log, digest: { ...log.digest, stemmaSaltedTreeV1: '00'.repeat(32) } })) },
    ],
    ['an empty invocation', { invocationId: '' }],
    ['an empty command', { run: { ...observed, command: [] } }],
    ['an argument beyond all measure', { run: { ...observed, command: ['x'.repeat(4097)] } }],
    ['a time with an offset', { run: { ...observed, startedOn: '2026-01-02T03:04:05+01:00' } }],
    ['a finish that is no time', { run: { ...observed, finishedOn: 'now' } }],
    ['a GPU without a name', { run: { ...observed, gpus: [{ name: '', driver: '1' }] } }],
    ['a variable named __proto__', { run: { ...observed, environment: { ['__proto__']: 'x' } } }],
    ['an absolute path for an input', { inputs: [{ ...vocabulary, name: '/home/me/vocab.txt' }] }],
  ])('refuses %s', (_, rest) => {
    expect(codeOf(build(rest))).toBe('PREDICATE_INVALID');
  });

  it('refuses a digest that no reader accepts', () => {
    expect(codeOf(build({ links: [{ ...BASE, digest: { sha256: 'AB' } }] }))).toBe('DIGEST_SET_INVALID');
    expect(codeOf(build({ links: [{ ...BASE, digest: {} }] }))).toBe('DIGEST_SET_INVALID');
  });
});
