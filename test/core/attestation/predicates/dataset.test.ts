import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  buildDatasetStatement,
  DATASET_PREDICATE_TYPE,
  type DatasetPredicate,
  type DatasetStatementInput,
  parseDatasetPredicate,
} from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import { codeOf, pointerOf, readJsonObject, sha256Hex, statementOf } from '../support.ts';

const FILE_ROOT = sha256Hex('file tree');
const SALTED_ROOT = sha256Hex('salted tree');
const PARENT = { sha256: sha256Hex('parent'), stemmaFileTreeV1: sha256Hex('parent tree') };

const PREDICATE: DatasetPredicate = {
  kind: 'folder',
  files: 3,
  bytes: 1234,
  records: 7,
  fileTree: { hash: 'sha256', size: 3, root: FILE_ROOT },
  recordTrees: [
    { path: 'a.jsonl', hash: 'sha256', size: 5, root: sha256Hex('a') },
    { path: 'b/c.csv', hash: 'sha256', size: 2, root: sha256Hex('c') },
  ],
  licenses: ['CC-BY-4.0'],
  sources: ['https://example.com/corpus'],
  optOut: {
    observedAt: '2026-11-01T00:00:00.000Z',
    signals: [
      { signal: 'noai', value: 'true', records: 2 },
      { signal: 'robots.txt', files: 1 },
    ],
  },
  derivedFrom: [
    {
      role: 'dataset',
      relation: 'derived-dataset',
      name: 'raw',
      uri: undefined,
      digest: PARENT,
      evidence: 'declared',
      ignored: ['tmp'],
      opaque: [],
      share: undefined,
      attestations: 'ipfs://bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4',
    },
  ],
  ignored: ['scratch'],
};
const INPUT: DatasetStatementInput = {
  name: 'corpus',
  digest: { sha256: sha256Hex('oms'), stemmaFileTreeV1: FILE_ROOT },
  predicate: PREDICATE,
};
const SALTED: DatasetStatementInput = {
  name: 'private',
  digest: { stemmaSaltedTreeV1: SALTED_ROOT },
  predicate: {
    kind: 'folder',
    files: 3,
    records: 8,
    recordFiles: 2,
    saltedTree: { hash: 'sha256', size: 3, root: SALTED_ROOT },
    licenses: [],
    sources: [],
    optOut: { signals: [] },
    derivedFrom: [],
    ignored: [],
  },
};

type Json = Record<string, unknown>;
const jsonOf = (input: DatasetStatementInput): Json => JSON.parse(decodeUtf8(buildDatasetStatement(input))) as Json;
const read = (json: Json): DatasetPredicate => parseDatasetPredicate(statementOf(json));

/** The statement with members of its predicate and digests of its subject replaced; undefined takes one out. */
function altered(input: DatasetStatementInput, predicate: Json, digest: Json = {}): Json {
  const json = jsonOf(input);
  const subject = (json['subject'] as { name: string; digest: Json }[])[0];
  const merged = JSON.parse(JSON.stringify({ ...(json['predicate'] as Json), ...predicate })) as Json;
  const digests = JSON.parse(JSON.stringify({ ...subject?.digest, ...digest })) as Json;
  return { ...json, predicate: merged, subject: [{ ...subject, digest: digests }] };
}

describe('a dataset statement', () => {
  it.each([
    ['plain', INPUT],
    ['salted', SALTED],
  ])('that is %s is read as it was written', (_, input) => {
    expect(read(jsonOf(input))).toEqual(input.predicate);
  });

  it('has equal bytes for equal inputs, and members in the order of its page', () => {
    expect(buildDatasetStatement(INPUT)).toEqual(buildDatasetStatement(INPUT));
    expect(Object.keys(jsonOf(INPUT)['predicate'] as Json)).toEqual([
      'kind',
      'files',
      'bytes',
      'records',
      'fileTree',
      'recordTrees',
      'licenses',
      'sources',
      'optOut',
      'derivedFrom',
      'ignored',
    ]);
  });

  it.each([INPUT, SALTED])('fits its JSON Schema', (input) => {
    const schema = readJsonObject(
      path.resolve(import.meta.dirname, '../../../../schemas/v1/dataset-predicate.schema.json'),
    );
    const validate = new Ajv2020().compile(schema);
    expect(validate(jsonOf(input)['predicate'])).toBe(true);
    expect(validate({ ...(jsonOf(input)['predicate'] as Json), extra: 1 })).toBe(false);
  });

  it('of another type is not read', () => {
    const json = { ...jsonOf(INPUT), predicateType: `${DATASET_PREDICATE_TYPE}x` };
    expect(codeOf(() => read(json))).toBe('PREDICATE_INVALID');
  });

  const tree = PREDICATE.recordTrees?.[0];
  it.each<readonly [string, Json]>([
    ['', { extra: 1 }],
    ['/files', { files: 0 }],
    ['/files', { kind: 'file', ignored: undefined }],
    ['/ignored', { ignored: [] }],
    ['/ignored', { ignored: ['b', 'a'] }],
    ['/ignored', { ignored: ['../x'] }],
    ['/bytes', { bytes: undefined }],
    ['/bytes', { bytes: -1 }],
    ['/records', { records: 8 }],
    ['/records', { records: undefined }],
    ['/records', { recordTrees: undefined }],
    ['/recordFiles', { recordFiles: 2 }],
    ['/fileTree', { fileTree: undefined }],
    ['/fileTree/hash', { fileTree: { hash: 'blake3', size: 3, root: FILE_ROOT } }],
    ['/fileTree/size', { fileTree: { hash: 'sha256', size: 4, root: FILE_ROOT } }],
    ['/fileTree/root', { fileTree: { hash: 'sha256', size: 3, root: FILE_ROOT.toUpperCase() } }],
    ['/recordTrees', { recordTrees: [tree, tree] }],
    ['/recordTrees', { recordTrees: [{ ...tree, path: '', size: 7 }] }],
    ['/recordTrees/0/path', { recordTrees: [{ ...tree, path: '/etc/passwd', size: 7 }] }],
    ['/licenses', { licenses: [] }],
    ['/licenses', { licenses: ['MIT', 'MIT'] }],
    ['/licenses/0', { licenses: ['CC BY 4.0'] }],
    ['/sources/0', { sources: ['https://user:pass@example.com/'] }],
    ['/sources/0', { sources: ['https://example.com/?token=1'] }],
    ['/sources/0', { sources: ['file:///etc/passwd'] }],
    ['/sources/0', { sources: ['/data'] }],
    ['/optOut', { optOut: undefined }],
    ['/optOut/observedAt', { optOut: { observedAt: 'yesterday', signals: [] } }],
    ['/optOut/signals/0/files', { optOut: { signals: [{ signal: 'robots.txt', files: 0 }] } }],
    ['/optOut/signals/0', { optOut: { signals: [{ signal: 'other', files: 1 }] } }],
    ['/optOut/signals', { optOut: { signals: PREDICATE.optOut.signals.toReversed() } }],
    ['/derivedFrom', { derivedFrom: [] }],
    ['/derivedFrom/0/digest/sha256', { derivedFrom: [{ digest: { sha256: 'AB' }, annotations: {} }] }],
    [
      '/derivedFrom/0/annotations/relation',
      {
        derivedFrom: [
          { digest: PARENT, annotations: { role: 'dataset', relation: 'trained-on', evidence: 'declared' } },
        ],
      },
    ],
    [
      '/derivedFrom/0/annotations/attestations',
      {
        derivedFrom: [
          {
            digest: PARENT,
            annotations: {
              role: 'dataset',
              relation: 'derived-dataset',
              evidence: 'declared',
              attestations: 'https://example.com/evidence',
            },
          },
        ],
      },
    ],
  ])('is malformed at %s', (pointer, predicate) => {
    expect(codeOf(() => read(altered(INPUT, predicate)))).toBe('PREDICATE_INVALID');
    expect(pointerOf(() => read(altered(INPUT, predicate)))).toBe(`/predicate${pointer}`);
  });

  it.each<readonly [string, Json]>([
    ['stemmaFileTreeV1', { stemmaFileTreeV1: sha256Hex('another') }],
    ['stemmaFileTreeV1', { stemmaFileTreeV1: undefined }],
    ['sha256', { sha256: undefined }],
    ['stemmaSegmentTreeBlake3V1', { stemmaSegmentTreeBlake3V1: FILE_ROOT }],
    ['stemmaSaltedTreeV1', { stemmaSaltedTreeV1: SALTED_ROOT }],
  ])('is malformed where its subject differs in %s', (key, digest) => {
    expect(pointerOf(() => read(altered(INPUT, {}, digest)))).toBe(`/subject/0/digest/${key}`);
  });

  it('with a number that is not written as an integer is malformed', () => {
    const text = JSON.stringify(jsonOf(INPUT)).replace('"bytes":1234', '"bytes":1234.0');
    expect(codeOf(() => parseDatasetPredicate(statementOf(text)))).toBe('JSON_INVALID');
  });

  it('without a name, or with two subjects, is malformed', () => {
    const json = jsonOf(INPUT);
    const [subject] = json['subject'] as Json[];
    expect(pointerOf(() => read({ ...json, subject: [{ ...subject, name: '' }] }))).toBe('/subject/0/name');
    expect(pointerOf(() => read({ ...json, subject: [subject, subject] }))).toBe('/subject');
  });

  it('is not built from what could not be read back', () => {
    expect(codeOf(() => buildDatasetStatement({ ...INPUT, digest: SALTED.digest }))).toBe('PREDICATE_INVALID');
    const predicate = { ...PREDICATE, sources: ['https://example.com/?key=1'] };
    expect(codeOf(() => buildDatasetStatement({ ...INPUT, predicate }))).toBe('PREDICATE_INVALID');
  });
});

describe('a salted dataset statement', () => {
  it.each<readonly [string, Json]>([
    ['bytes', { bytes: 1 }],
    ['fileTree', { fileTree: { hash: 'sha256', size: 3, root: FILE_ROOT } }],
    ['recordTrees', { recordTrees: [] }],
    ['records', { records: undefined }],
    ['recordFiles', { recordFiles: undefined }],
    ['recordFiles', { recordFiles: 4 }],
    ['saltedTree/size', { saltedTree: { hash: 'sha256', size: 2, root: SALTED_ROOT } }],
  ])('is malformed where %s tells too much, or nothing', (pointer, predicate) => {
    expect(pointerOf(() => read(altered(SALTED, predicate)))).toBe(`/predicate/${pointer}`);
  });

  it.each([{ sha256: sha256Hex('oms') }, { sha512: '00'.repeat(64) }, { stemmaFileTreeV1: FILE_ROOT }, { x: '00' }])(
    'is malformed with a plain digest beside its root: %j',
    (digest) => {
      const [key] = Object.keys(digest);
      expect(pointerOf(() => read(altered(SALTED, {}, digest)))).toBe(`/subject/0/digest/${key}`);
    },
  );

  it('is malformed with another root than its subject', () => {
    const json = altered(SALTED, {}, { stemmaSaltedTreeV1: sha256Hex('another') });
    expect(pointerOf(() => read(json))).toBe('/subject/0/digest/stemmaSaltedTreeV1');
  });
});
