import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  buildProvenanceStatement,
  type ObservedRun,
  type ProvenanceInput,
  parseProvenance,
} from '../../../../src/core/attestation/index.ts';
import { codeOf, predicateOf, readJsonObject, readStatement } from '../support.ts';
import { OBSERVED } from './provenance-inputs.ts';

type NetworkContact = NonNullable<ObservedRun['contacts']>[number];

const CONTACT: NetworkContact = {
  uri: 'tcp://192.0.2.1:443',
  direction: 'outbound',
  reached: true,
  evidence: 'observed',
};
const SUMMARY: NonNullable<ObservedRun['observation']> = {
  tool: 'strace',
  complete: false,
  gaps: { 'still-running': 1 },
};
const SHA256 = { sha256: 'ab'.repeat(32) };

const withRun = (run: Partial<ObservedRun>, rest: Partial<ProvenanceInput> = {}): ProvenanceInput => ({
  ...OBSERVED,
  ...rest,
  run: { ...(OBSERVED.run as ObservedRun), ...run },
});
const input = withRun(
  { observation: SUMMARY, contacts: [CONTACT, { ...CONTACT, uri: 'unix:', direction: 'inbound', reached: false }] },
  {
    inputs: [{ name: 'x.csv', uri: undefined, digest: SHA256, evidence: 'observed', undeclared: true }],
    environment: [
      {
        name: 'packages',
        uri: undefined,
        digest: { stemmaFileTreeV1: 'cd'.repeat(32) },
        evidence: 'observed',
        files: 7,
      },
    ],
  },
);

/** The statement with one text replaced in its payload, as another tool may have signed it. */
function edited(from: string, to: string): Uint8Array {
  const text = Buffer.from(buildProvenanceStatement(input)).toString('utf8');
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to), 'utf8');
}

describe('a provenance statement of a run whose files and addresses were observed', () => {
  it('is read back as it was given', () => {
    const provenance = parseProvenance(readStatement(buildProvenanceStatement(input)));
    expect(provenance).toMatchObject({
      inputs: input.inputs,
      environment: input.environment,
      contacts: input.run?.contacts,
      observation: SUMMARY,
    });
  });

  it('has no member for gaps where there are none', () => {
    const payload = buildProvenanceStatement(withRun({ observation: { tool: 'strace', complete: true, gaps: {} } }));
    expect(predicateOf(payload)).toHaveProperty('buildDefinition.internalParameters.observation', {
      tool: 'strace',
      complete: true,
    });
  });

  it('reads as not observed where nobody did', () => {
    const provenance = parseProvenance(readStatement(buildProvenanceStatement(OBSERVED)));
    expect([provenance.contacts, provenance.observation]).toEqual([[], undefined]);
    expect(provenance.inputs[0]).not.toHaveProperty('undeclared');
  });

  it('fits its JSON Schema', () => {
    const file = path.resolve('schemas/v1/training-provenance-predicate.schema.json');
    const validate = new Ajv2020().compile(readJsonObject(file));
    validate(predicateOf(buildProvenanceStatement(input)));
    expect(validate.errors).toBeNull();
  });

  it.each<[string, Partial<ObservedRun>]>([
    ['an address with a path of this machine', { contacts: [{ ...CONTACT, uri: 'file:///run/x' }] }],
    ['an address with user info', { contacts: [{ ...CONTACT, uri: 'tcp://me@192.0.2.1' }] }],
    ['an address that is no URI', { contacts: [{ ...CONTACT, uri: '192.0.2.1' }] }],
    ['a tool without a name', { observation: { ...SUMMARY, tool: '' } }],
    ['a gap that did not happen', { observation: { ...SUMMARY, gaps: { 'io-uring': 0 } } }],
  ])('is not written with %s', (_, run) => {
    expect(codeOf(() => buildProvenanceStatement(withRun(run)))).toBe('PREDICATE_INVALID');
  });

  it.each([
    ['an address without a direction', '"direction":"outbound",', ''],
    ['an unknown direction', '"direction":"outbound"', '"direction":"sideways"'],
    ['text for what is true or false', '"reached":true', '"reached":"yes"'],
    ['an address without a URI', '"uri":"unix:",', ''],
    ['an empty URI', '"uri":"unix:"', '"uri":""'],
    ['unknown evidence', '"role":"network","evidence":"observed"', '"role":"network","evidence":"seen"'],
    ['an observation that does not say whether it is complete', '"complete":false,', ''],
    ['an observation without a tool', '"tool":"strace",', ''],
    ['a gap that is no number', '"still-running":1', '"still-running":"once"'],
    ['text for a file that was not declared', '"undeclared":true', '"undeclared":"true"'],
    ['no files in a tree', '"files":7', '"files":0'],
    ['an input without a digest', `"digest":{"sha256":"${SHA256.sha256}"},`, ''],
  ])('is not read with %s', (_, from, to) => {
    const statement = readStatement(edited(from, to));
    expect(codeOf(() => parseProvenance(statement))).toBe('PREDICATE_INVALID');
  });
});
