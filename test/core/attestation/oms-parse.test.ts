import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isOmsPredicateType,
  omsDigestSet,
  parseBundle,
  parseOms,
  parseStatement,
} from '../../../src/core/attestation/index.ts';
import { hexEncode } from '../../../src/core/bytes/index.ts';
import { describeVectors } from '../../support/vectors.ts';
import { ORDERING, omsJson, resourcesOf } from './oms-models.ts';
import { codeOf, type Place, pointerOf, sha256, sha256Hex, statementOf, withMember } from './support.ts';

const parse = (json: unknown) => parseOms(statementOf(json), sha256);
const X = { name: 'x', algorithm: 'sha256', digest: sha256Hex('x') };
const Y = { name: 'y', algorithm: 'sha256', digest: sha256Hex('y') };
const GOOD = omsJson([X, Y]);
const changed = (where: Place, member: unknown) => () => parse(withMember(GOOD, where, member));
const serialization = (member: object) => () => parse(omsJson([X, Y], member));
const named = (name: string) => () => parse(omsJson([{ ...X, name }]));

describe('reading an OMS statement', () => {
  it('returns what the signer listed', () => {
    const { resources, ...rest } = parse(omsJson([X, Y], { ignore_paths: ['z', '.git', 'z'], allow_symlinks: true }));
    expect([...resources]).toEqual([
      { name: 'x', hash: 'sha256', digest: sha256('x') },
      { name: 'y', hash: 'sha256', digest: sha256('y') },
    ]);
    expect(rest).toEqual({
      subjectName: 'model',
      recordedRoot: hexEncode(sha256(Buffer.concat([sha256('x'), sha256('y')]))),
      method: 'files',
      allowSymlinks: true,
      ignorePaths: ['.git', 'z'],
      singleFile: false,
      notes: [],
    });
  });

  it('reads Python order with a note, and gives the root in code-point order for a link', () => {
    const oms = parse(omsJson(resourcesOf(ORDERING)));
    expect(oms.recordedRoot).toBe('c2387c2a28e95e0c9724c9faa84ff2a3fec83bd19e25834e40a18991e8ea9b1d');
    expect(oms.notes).toEqual(['resources are in the order of model_signing (Python), not in code-point order']);
    expect(omsDigestSet(sha256, oms)).toEqual({
      sha256: 'a923b890b833f20d136825a055883b67f68b487793c62f8b116264893d30c2d3',
    });
  });

  it('reads any other order with another note', () => {
    expect(parse(omsJson([Y, X])).notes).toEqual(['resources are not sorted']);
  });

  it.each(['.', 'model'])(
    'takes one resource named %j for a single file, whose own SHA-256 is its digest set',
    (name) => {
      const oms = parse(omsJson([{ ...X, name }]));
      expect(oms.singleFile).toBe(true);
      expect(omsDigestSet(sha256, oms)).toEqual({ sha256: X.digest });
    },
  );

  it('takes one resource of another name for a folder of one file', () => {
    const oms = parse(omsJson([X]));
    expect(oms.singleFile).toBe(false);
    expect(omsDigestSet(sha256, oms)).toEqual({ sha256: sha256Hex(sha256('x')) });
  });

  it('reads a later minor version with a note', () => {
    const later = withMember(GOOD, ['predicateType'], 'https://model_signing/signature/v1.1');
    expect(parse(later).notes).toEqual(['predicate type "https://model_signing/signature/v1.1" was read as v1.0']);
  });

  it.each([
    ['blake2b', 'blake2b', 'blake2b', 64],
    ['blake2', 'blake2', 'blake2b', 64],
    ['blake3', 'blake3', 'blake3', 32],
  ])('reads the hash type %s, and has no digest set to link it by', (hash_type, algorithm, hash, length) => {
    const oms = parse(omsJson([{ name: 'x', algorithm, digest: 'ab'.repeat(length) }], { hash_type }));
    expect(oms.resources.at(0)?.hash).toBe(hash);
    expect(omsDigestSet(sha256, oms)).toBeUndefined();
  });

  it('ignores unknown members of resources, predicate and serialization', () => {
    const json = omsJson([{ ...X, size: 1 } as typeof X], { future: true });
    expect(parse(withMember(json, ['predicate', 'extra'], 1)).resources).toHaveLength(1);
  });

  it('drops an ignored path that can match nothing, with a note, and keeps the others', () => {
    const oms = parse(omsJson([X], { ignore_paths: ['../x', '/abs', 'test/assets/models/simple/ignore-me', './y'] }));
    expect(oms.ignorePaths).toEqual(['test/assets/models/simple/ignore-me']);
    expect(oms.notes).toHaveLength(3);
  });

  it('reads a missing list of ignored paths as none, as producers before 1.1.0 left it out', () => {
    expect(parse(omsJson([X], { ignore_paths: undefined })).ignorePaths).toEqual([]);
  });
});

describe('an OMS statement is malformed', () => {
  it.each<[string, () => unknown]>([
    ['without a predicate', changed(['predicate'], undefined)],
    ['without resources', changed(['predicate', 'resources'], undefined)],
    ['with empty resources', () => parse(omsJson([]))],
    ['with resources that are an object', changed(['predicate', 'resources'], {})],
    ['without serialization', changed(['predicate', 'serialization'], undefined)],
    ['with two subjects', changed(['subject', 1], GOOD.subject[0])],
    ['without a subject name', changed(['subject', 0, 'name'], undefined)],
    ['with an empty subject name', changed(['subject', 0, 'name'], '')],
    ['with another root', changed(['subject', 0, 'digest', 'sha256'], sha256Hex('other'))],
    ['with a root under another algorithm only', changed(['subject', 0, 'digest'], { sha512: 'ab'.repeat(64) })],
    [
      'with digests swapped under the same root',
      changed(
        ['predicate', 'resources'],
        [
          { ...X, digest: Y.digest },
          { ...Y, digest: X.digest },
        ],
      ),
    ],
    ['with a name listed twice', () => parse(omsJson([X, X]))],
    ['with a resource that is a string', changed(['predicate', 'resources', 0], 'x')],
    ['with a resource without a name', changed(['predicate', 'resources', 0, 'name'], undefined)],
    ['with a resource without a digest', changed(['predicate', 'resources', 0, 'digest'], undefined)],
    ['with a resource without an algorithm', changed(['predicate', 'resources', 0, 'algorithm'], undefined)],
    ['with an upper-case digest', () => parse(omsJson([{ ...X, digest: X.digest.toUpperCase() }]))],
    ['with a digest that is too short', () => parse(omsJson([{ ...X, digest: X.digest.slice(2) }]))],
    ['with a digest of BLAKE2b length under sha256', () => parse(omsJson([{ ...X, digest: 'ab'.repeat(64) }]))],
    ['with an algorithm that is not the hash type', () => parse(omsJson([{ ...X, algorithm: 'blake3' }]))],
    ['with a sharded algorithm and whole files', () => parse(omsJson([{ ...X, algorithm: 'sha256-sharded-8' }]))],
    ['with an unknown hash', () => parse(omsJson([{ ...X, algorithm: 'md5' }], { hash_type: 'md5' }))],
    ['with an unknown method', serialization({ method: 'tensors' })],
    ['without a hash type', serialization({ hash_type: undefined })],
    ['with a shard size and whole files', serialization({ shard_size: 8 })],
    ['without allow_symlinks', serialization({ allow_symlinks: undefined })],
    ['with allow_symlinks in a string', serialization({ allow_symlinks: 'false' })],
    ['with ignored paths in a string', serialization({ ignore_paths: 'x' })],
    ['with an ignored path that is a number', serialization({ ignore_paths: [1] })],
    ['with an empty ignored path', serialization({ ignore_paths: [''] })],
    ['with "." beside other files', () => parse(omsJson([{ ...X, name: '.' }, Y]))],
  ])('%s', (_, call) => {
    expect(codeOf(call)).toBe('OMS_INVALID');
  });

  it.each(['**', '*.bin', 'a?', '[a]'])('with the ignored pattern %j', (pattern) => {
    expect(codeOf(serialization({ ignore_paths: [pattern] }))).toBe('OMS_INVALID');
  });

  it.each([
    '../x',
    '/etc/passwd',
    'a/../../x',
    'C:\\x',
    '\\\\host\\x',
    'a\\..\\b',
    'con',
    'x.',
    'x:ads',
    './x',
    'a//b',
    'x/',
    'a\0',
    '..',
    '',
  ])('with the name %j', (name) => {
    expect(codeOf(named(name))).toBe('OMS_INVALID');
  });

  it('and says where', () => {
    expect(pointerOf(changed(['predicate', 'resources', 1, 'name'], '../y'))).toBe('/predicate/resources/1/name');
    expect(pointerOf(changed(['predicate', 'serialization', 'allow_symlinks'], []))).toBe(
      '/predicate/serialization/allow_symlinks',
    );
  });
});

describe('predicate types of OMS', () => {
  it.each([
    'https://model_signing/signature/v1.0',
    'https://model_signing/signature/v1.12',
    'https://model_signing/Digests/v0.1',
  ])('%s is one', (type) => {
    expect(isOmsPredicateType(type)).toBe(true);
  });

  it.each([
    'https://model_signing/signature/v2.0',
    'https://model_signing/signature/v1',
    'https://model_signing/signature/v1.01',
    'https://model_signing/signature/v1.0/',
    'https://model_signing/signature/v1.0\n',
    'http://model_signing/signature/v1.0',
    'https://example.com/wrong-predicate/v1.0',
    'https://model_signing/Digests/v0.2',
  ])('%j is none, and is refused', (type) => {
    expect(isOmsPredicateType(type)).toBe(false);
    expect(codeOf(changed(['predicateType'], type))).toBe('OMS_INVALID');
  });
});

describeVectors('oms', (dir) => {
  const oms = (name: string) => {
    const bytes = new Uint8Array(readFileSync(path.join(dir, 'test-vectors/v1.0', `${name}.bundle.json`)));
    return parseOms(parseStatement(parseBundle(bytes, name).envelope), sha256);
  };

  it.each([
    ['valid/key', '92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4'],
    ['valid/certificate', '92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4'],
    ['valid/sigstore', '61d4849d9d90076d6215f4d525f13d6574af8e3f67aef3e6f36fc40a14fdd226'],
  ])('%s has its root', (name, root) => {
    expect(oms(name)).toMatchObject({ recordedRoot: root, notes: [], method: 'files', allowSymlinks: false });
  });

  it('invalid-payload/wrong-predicate is refused', () => {
    expect(codeOf(() => oms('invalid-payload/wrong-predicate'))).toBe('OMS_INVALID');
  });
});
