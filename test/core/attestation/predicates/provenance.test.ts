import { describe, expect, it } from 'vitest';
import { buildProvenanceStatement, parseProvenance } from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { codeOf, type Place, pointerOf, sha256Hex, statementOf, withMember } from '../support.ts';
import { digest, INPUT } from './provenance-inputs.ts';

const json = (): unknown => JSON.parse(decodeUtf8(buildProvenanceStatement(INPUT)));
const parse = (value: unknown) => parseProvenance(statementOf(value));
const changed = (where: Place, member: unknown) => () => parse(withMember(json(), where, member));
const definition = (where: Place, member: unknown) => changed(['predicate', 'buildDefinition', ...where], member);
const dependency = (index: number, where: Place, member: unknown) =>
  definition(['resolvedDependencies', index, ...where], member);
const details = (where: Place, member: unknown) => changed(['predicate', 'runDetails', ...where], member);

describe('reading provenance of our build type', () => {
  it('ignores unknown members as SLSA asks, and byproducts that are no logs', () => {
    const value = withMember(json(), ['predicate', 'runDetails', 'byproducts', 2], { uri: 'https://example.com/x' });
    expect(parse(withMember(value, ['predicate', 'future'], 1)).logs).toHaveLength(2);
  });

  it('keeps external parameters as they were signed', () => {
    expect(definition(['externalParameters', 'command'], ['python', 'train.py'])().externalParameters).toMatchObject({
      command: ['python', 'train.py'],
    });
  });

  it('reads times, which only a run that saw them records', () => {
    const started = '2026-01-02T03:04:05Z';
    expect(details(['metadata'], { startedOn: started, finishedOn: started })()).toMatchObject({
      startedOn: started,
      finishedOn: started,
      invocationId: undefined,
    });
  });

  it.each<[string, () => unknown]>([
    ['another predicate type', changed(['predicateType'], 'https://slsa.dev/provenance/v0.2')],
    ['no predicate', changed(['predicate'], undefined)],
    ['two subjects', changed(['subject', 1], { digest: digest('x') })],
    ['an ignored pattern of the subject', changed(['subject', 0, 'annotations', 'ignored'], ['**'])],
    ['ignored paths of the subject in a string', changed(['subject', 0, 'annotations', 'ignored'], 'tmp')],
    ['opaque paths of the subject out of order', changed(['subject', 0, 'annotations', 'opaque'], ['b', 'a'])],
    ['no build definition', changed(['predicate', 'buildDefinition'], undefined)],
    ['no run details', changed(['predicate', 'runDetails'], undefined)],
    ['no build type', definition(['buildType'], undefined)],
    ['a command in one string', definition(['externalParameters', 'command'], 'python train.py')],
    ['an argument that is a number', definition(['externalParameters', 'command'], ['python', 3])],
    ['a command without end', definition(['externalParameters', 'command'], Array(1025).fill('x'))],
    ['an input without an evidence level', dependency(0, ['annotations'], { role: 'input' })],
    ['external parameters in a list', definition(['externalParameters'], [])],
    ['a parameter that is a number', definition(['externalParameters', 'parameters', 'lr'], 0.01)],
    ['parameters in a list', definition(['externalParameters', 'parameters'], ['lr=1'])],
    ['dependencies in an object', definition(['resolvedDependencies'], {})],
    ['a dependency that is a string', definition(['resolvedDependencies', 0], 'base')],
    ['a parent by name alone', dependency(0, ['digest'], undefined)],
    ['a dependency without annotations', dependency(0, ['annotations'], undefined)],
    ['a dependency without a role', dependency(0, ['annotations', 'role'], undefined)],
    ['an unknown role', dependency(0, ['annotations', 'role'], 'teacher')],
    ['no relation', dependency(0, ['annotations', 'relation'], undefined)],
    ['an unknown relation', dependency(0, ['annotations', 'relation'], 'inspired-by')],
    ['a relation of datasets on a base model', dependency(0, ['annotations', 'relation'], 'trained-on')],
    ['a relation of base models on a dataset', dependency(1, ['annotations', 'relation'], 'finetuned-from')],
    ['no evidence level', dependency(0, ['annotations', 'evidence'], undefined)],
    ['an unknown evidence level', dependency(0, ['annotations', 'evidence'], 'sworn')],
    ['a share above one', dependency(0, ['annotations', 'share'], 1_000_001)],
    ['a share in a string', dependency(0, ['annotations', 'share'], '1')],
    ['an ignored pattern of a link', dependency(0, ['annotations', 'ignored'], ['*'])],
    ['an empty list of ignored paths', dependency(0, ['annotations', 'ignored'], [])],
    ['opaque paths of a link that are numbers', dependency(0, ['annotations', 'opaque'], [1])],
    ['a name that is a number', dependency(0, ['name'], 1)],
    ['a source without the state of its working tree', dependency(2, ['annotations', 'workingTree'], undefined)],
    ['an unknown state of the working tree', dependency(2, ['annotations', 'workingTree'], 'dirty')],
    ['an environment without evidence', dependency(3, ['annotations', 'evidence'], undefined)],
    ['no builder', details(['builder'], undefined)],
    ['a builder without an id', details(['builder', 'id'], undefined)],
    ['a builder whose version is a string', details(['builder', 'version'], '1')],
    ['an invocation that is a number', details(['metadata', 'invocationId'], 1)],
    ['a log without a name', details(['byproducts', 0, 'name'], undefined)],
    ['a log without a size', details(['byproducts', 0, 'annotations', 'size'], undefined)],
    ['a log of a negative size', details(['byproducts', 0, 'annotations', 'size'], -1)],
    ['a log of unknown records', details(['byproducts', 0, 'annotations', 'records'], 'csv')],
    ['a log without digests', details(['byproducts', 0, 'digest'], undefined)],
    [
      'a salted log with the digest of its file',
      details(['byproducts', 0, 'digest', 'stemmaSaltedTreeV1'], sha256Hex('salted')),
    ],
    ['a log whose truncation is a string', details(['byproducts', 0, 'annotations', 'truncated'], 'yes')],
  ])('refuses %s', (_, call) => {
    expect(codeOf(call)).toBe('PREDICATE_INVALID');
  });

  it.each<[string, () => unknown]>([
    ['an empty digest set of a parent', dependency(0, ['digest'], {})],
    ['an upper-case digest of a parent', dependency(0, ['digest'], { sha256: 'AB'.repeat(32) })],
    ['a digest of the wrong length in a log', details(['byproducts', 0, 'digest'], { stemmaLogTreeV1: 'ab' })],
  ])('refuses %s', (_, call) => {
    expect(codeOf(call)).toBe('DIGEST_SET_INVALID');
  });

  it('names what is wrong by its JSON pointer', () => {
    expect(pointerOf(dependency(1, ['annotations', 'relation'], 'x'))).toBe(
      '/predicate/buildDefinition/resolvedDependencies/1/annotations/relation',
    );
  });
});

describe('reading provenance of another builder', () => {
  const foreign = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'a.tgz', digest: { sha256: sha256Hex('a') } }, { digest: { sha256: sha256Hex('b') } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { ref: 'refs/heads/main' } },
        internalParameters: { github: {} },
        resolvedDependencies: [
          { uri: 'git+https://example.com/r', digest: { gitCommit: 'ab'.repeat(20) } },
          { name: 'undigested' },
        ],
      },
      runDetails: { builder: { id: 'https://example.com/builder' }, metadata: { invocationId: 'i' } },
    },
  };

  it('keeps builder, build type and parameters, and takes none of its dependencies for lineage', () => {
    expect(parse(foreign)).toMatchObject({
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref: 'refs/heads/main' } },
      builder: { id: 'https://example.com/builder', version: {} },
      invocationId: 'i',
      links: [],
      sources: [],
      logs: [],
    });
  });

  it('still refuses one without a builder', () => {
    expect(codeOf(() => parse(withMember(foreign, ['predicate', 'runDetails', 'builder', 'id'], '')))).toBe(
      'PREDICATE_INVALID',
    );
  });
});
