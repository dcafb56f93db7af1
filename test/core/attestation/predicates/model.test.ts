import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  buildModelStatement,
  MODEL_PREDICATE_TYPE,
  type ModelPredicate,
  type ModelStatementInput,
  parseModelPredicate,
} from '../../../../src/core/attestation/index.ts';
import { decodeUtf8 } from '../../../../src/core/bytes/index.ts';
import {
  codeOf,
  type Place,
  pointerOf,
  predicateOf,
  readJsonObject,
  readStatement,
  sha256Hex,
  statementOf,
  withMember,
} from '../support.ts';

const FILE_ROOT = sha256Hex('file tree');
const SEGMENT_ROOT = sha256Hex('segment tree');
const OMS_ROOT = sha256Hex('oms');

const PREDICATE: ModelPredicate = {
  kind: 'folder',
  digests: 'observed',
  files: 3,
  bytes: 1234,
  formats: ['safetensors'],
  fileTree: { hash: 'sha256', size: 3, root: FILE_ROOT },
  segmentTree: { hash: 'blake3', size: 7, root: SEGMENT_ROOT },
  tensorSets: [
    {
      path: 'model.safetensors',
      format: 'safetensors',
      hash: 'blake3',
      size: 4,
      parameters: 99,
      root: sha256Hex('tensors'),
    },
  ],
  manifest: { sha256: sha256Hex('manifest') },
  ignored: ['logs', 'tmp/x'],
  opaque: ['odd.gguf'],
  allowSymlinks: true,
};
const INPUT: ModelStatementInput = {
  name: 'digits',
  digest: { sha256: OMS_ROOT, stemmaFileTreeV1: FILE_ROOT, stemmaSegmentTreeBlake3V1: SEGMENT_ROOT },
  predicate: PREDICATE,
};
const { segmentTree: _segments, ...UNSEGMENTED } = PREDICATE;
const PRECOMPUTED: ModelStatementInput = {
  name: 'hub',
  digest: { sha256: OMS_ROOT, stemmaFileTreeV1: FILE_ROOT },
  predicate: { ...UNSEGMENTED, digests: 'precomputed', tensorSets: [], ignored: [], opaque: [], allowSymlinks: false },
};
const SINGLE: ModelStatementInput = {
  ...INPUT,
  predicate: {
    ...PREDICATE,
    kind: 'file',
    files: 1,
    fileTree: { hash: 'sha256', size: 1, root: FILE_ROOT },
    tensorSets: PREDICATE.tensorSets.map((set) => ({ ...set, path: '' })),
    ignored: [],
    opaque: [''],
  },
};

const json = (input: ModelStatementInput): unknown => JSON.parse(decodeUtf8(buildModelStatement(input)));
const parse = (value: unknown) => parseModelPredicate(statementOf(value));
const changed =
  (where: Place, member: unknown, input = INPUT) =>
  () =>
    parse(withMember(json(input), where, member));
const predicate = (where: Place, member: unknown, input = INPUT) => changed(['predicate', ...where], member, input);

describe('building a model statement', () => {
  it('is exactly the documented JSON', () => {
    const t = PREDICATE.tensorSets[0]?.root;
    expect(decodeUtf8(buildModelStatement(INPUT))).toBe(
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"digits","digest":{"sha256":"${OMS_ROOT}","stemmaFileTreeV1":"${FILE_ROOT}","stemmaSegmentTreeBlake3V1":"${SEGMENT_ROOT}"}}],` +
        '"predicateType":"https://w3id.org/stemma/model/v1","predicate":{"kind":"folder","digests":"observed","files":3,"bytes":1234,"formats":["safetensors"],' +
        `"fileTree":{"hash":"sha256","size":3,"root":"${FILE_ROOT}"},"segmentTree":{"hash":"blake3","size":7,"root":"${SEGMENT_ROOT}"},` +
        `"tensorSets":[{"path":"model.safetensors","format":"safetensors","hash":"blake3","size":4,"parameters":99,"root":"${t}"}],` +
        `"manifest":{"sha256":"${sha256Hex('manifest')}"},"ignored":["logs","tmp/x"],"opaque":["odd.gguf"],"allowSymlinks":true}}`,
    );
  });

  it('leaves out what is absent', () => {
    const { manifest: _, ...rest } = PRECOMPUTED.predicate;
    expect(Object.keys(predicateOf(buildModelStatement({ ...PRECOMPUTED, predicate: rest })))).toEqual([
      'kind',
      'digests',
      'files',
      'bytes',
      'formats',
      'fileTree',
      'tensorSets',
    ]);
  });

  it.each<[string, ModelStatementInput]>([
    ['a folder', INPUT],
    ['a single file', SINGLE],
    ['precomputed digests', PRECOMPUTED],
  ])('is read back as it was given: %s', (_, input) => {
    expect(parseModelPredicate(readStatement(buildModelStatement(input)))).toEqual(input.predicate);
  });

  it('refuses an input that its own reader would refuse', () => {
    expect(codeOf(() => buildModelStatement({ ...INPUT, digest: PRECOMPUTED.digest }))).toBe('PREDICATE_INVALID');
    expect(codeOf(() => buildModelStatement({ ...INPUT, name: '' }))).toBe('PREDICATE_INVALID');
    expect(codeOf(() => buildModelStatement({ ...INPUT, predicate: { ...PREDICATE, ignored: ['b', 'a'] } }))).toBe(
      'PREDICATE_INVALID',
    );
    expect(codeOf(() => buildModelStatement({ ...INPUT, predicate: { ...PREDICATE, bytes: 2 ** 53 } }))).toBe(
      'PREDICATE_INVALID',
    );
  });

  it('validates against the committed JSON Schema, which refuses unknown members', () => {
    const file = path.resolve(import.meta.dirname, '../../../../schemas/v1/model-predicate.schema.json');
    const validate = new Ajv2020().compile(readJsonObject(file));
    for (const input of [INPUT, SINGLE, PRECOMPUTED]) {
      expect([validate(predicateOf(buildModelStatement(input))), validate.errors]).toEqual([true, null]);
    }
    expect(validate({ ...predicateOf(buildModelStatement(INPUT)), extra: 1 })).toBe(false);
  });
});

describe('reading a model statement', () => {
  it('keeps digests of algorithms that it does not know', () => {
    expect(changed(['subject', 0, 'digest', 'gitTree'], 'ab'.repeat(20))()).toEqual(PREDICATE);
  });

  it('accepts a set without tensors and a segment tree by SHA-256', () => {
    const sha = {
      ...INPUT,
      digest: { sha256: OMS_ROOT, stemmaFileTreeV1: FILE_ROOT, stemmaSegmentTreeSha256V1: SEGMENT_ROOT },
    };
    const input: ModelStatementInput = {
      ...sha,
      predicate: { ...PREDICATE, segmentTree: { hash: 'sha256', size: 7, root: SEGMENT_ROOT }, tensorSets: [] },
    };
    expect(parse(json(input)).segmentTree?.hash).toBe('sha256');
  });

  it.each<[string, () => unknown]>([
    ['another predicate type', changed(['predicateType'], `${MODEL_PREDICATE_TYPE}/`)],
    ['no predicate', changed(['predicate'], undefined)],
    ['two subjects', changed(['subject', 1], { digest: { sha256: OMS_ROOT } })],
    ['a subject without a name', changed(['subject', 0, 'name'], undefined)],
    ['a subject with an empty name', changed(['subject', 0, 'name'], '')],
    [
      "X's file tree in the subject and Y's in the predicate",
      changed(['subject', 0, 'digest', 'stemmaFileTreeV1'], sha256Hex('Y')),
    ],
    [
      "X's file tree and Y's segment tree",
      changed(['subject', 0, 'digest', 'stemmaSegmentTreeBlake3V1'], sha256Hex('Y')),
    ],
    ['a subject without the file tree', changed(['subject', 0, 'digest', 'stemmaFileTreeV1'], undefined)],
    [
      'a subject without the segment tree that the predicate has',
      changed(['subject', 0, 'digest', 'stemmaSegmentTreeBlake3V1'], undefined),
    ],
    ['a subject without sha256', changed(['subject', 0, 'digest', 'sha256'], undefined)],
    [
      'a segment key under the other hash',
      changed(['subject', 0, 'digest', 'stemmaSegmentTreeSha256V1'], SEGMENT_ROOT),
    ],
    [
      'a tree of ours that the predicate does not have',
      changed(['subject', 0, 'digest', 'stemmaLogTreeV1'], SEGMENT_ROOT),
    ],
    [
      'a segment key beside precomputed digests',
      changed(['subject', 0, 'digest', 'stemmaSegmentTreeBlake3V1'], SEGMENT_ROOT, PRECOMPUTED),
    ],
    ['precomputed digests with a segment tree', predicate(['digests'], 'precomputed')],
    ['precomputed digests with a tensor root', predicate(['tensorSets'], PREDICATE.tensorSets, PRECOMPUTED)],
    ['an unknown member', predicate(['extra'], 1)],
    ['an unknown member of a tree', predicate(['fileTree', 'leaves'], 3)],
    ['an unknown member of a tensor set', predicate(['tensorSets', 0, 'dtype'], 'F32')],
    ['an unknown kind', predicate(['kind'], 'archive')],
    ['no kind', predicate(['kind'], undefined)],
    ['unknown digests', predicate(['digests'], 'guessed')],
    ['no files', predicate(['files'], 0)],
    ['files in a string', predicate(['files'], '3')],
    ['negative bytes', predicate(['bytes'], -1)],
    ['another number of files than leaves', predicate(['files'], 4)],
    ['fewer segments than files', predicate(['segmentTree', 'size'], 2)],
    ['a file tree by BLAKE3', predicate(['fileTree', 'hash'], 'blake3')],
    ['a root in upper case', predicate(['fileTree', 'root'], FILE_ROOT.toUpperCase())],
    ['a root that is too short', predicate(['fileTree', 'root'], FILE_ROOT.slice(2))],
    ['a file tree that is a bare root', predicate(['fileTree'], FILE_ROOT)],
    ['no file tree', predicate(['fileTree'], undefined)],
    ['a segment tree by MD5', predicate(['segmentTree', 'hash'], 'md5')],
    ['a predicate without members', changed(['predicate'], {})],
    ['an unknown format', predicate(['formats'], ['onnx', 'safetensors'])],
    ['formats out of order', predicate(['formats'], ['safetensors', 'gguf'])],
    ['a format twice', predicate(['formats'], ['safetensors', 'safetensors'])],
    ['a tensor set of a format that is not listed', predicate(['formats'], ['gguf'])],
    ['a tensor set by another hash than the segments', predicate(['tensorSets', 0, 'hash'], 'sha256')],
    ['a tensor set twice', predicate(['tensorSets', 1], PREDICATE.tensorSets[0])],
    ['tensor sets out of order', predicate(['tensorSets', 1], { ...PREDICATE.tensorSets[0], path: 'a.safetensors' })],
    ['a tensor set with an escaping path', predicate(['tensorSets', 0, 'path'], '../m.safetensors')],
    ['an empty tensor path in a folder', predicate(['tensorSets', 0, 'path'], '')],
    ['a tensor path in a single file', predicate(['tensorSets', 0, 'path'], 'x', SINGLE)],
    ['a manifest that is a string', predicate(['manifest'], FILE_ROOT)],
    ['a manifest without a digest', predicate(['manifest'], {})],
    ['an empty list of ignored paths', predicate(['ignored'], [])],
    ['ignored paths out of order', predicate(['ignored'], ['b', 'a'])],
    ['an ignored path twice', predicate(['ignored'], ['a', 'a'])],
    ['an ignored pattern', predicate(['ignored'], ['**'])],
    ['an escaping ignored path', predicate(['ignored'], ['../a'])],
    ['an absolute ignored path', predicate(['ignored'], ['/a'])],
    ['an ignored path that is a number', predicate(['ignored'], [1])],
    ['the empty ignored path', predicate(['ignored'], [''])],
    ['ignored paths in a single file', predicate(['ignored'], ['a'], SINGLE)],
    ['an empty list of opaque paths', predicate(['opaque'], [])],
    ['an opaque pattern', predicate(['opaque'], ['*.gguf'])],
    ['the empty opaque path in a folder', predicate(['opaque'], [''])],
    ['an opaque path in a single file', predicate(['opaque'], ['a'], SINGLE)],
    ['two files in a single-file model', predicate(['files'], 2, SINGLE)],
    ['allowSymlinks that is false, which has no place', predicate(['allowSymlinks'], false)],
    ['allowSymlinks that is a string', predicate(['allowSymlinks'], 'true')],
  ])('refuses %s', (_, call) => {
    expect(codeOf(call)).toBe('PREDICATE_INVALID');
  });

  it.each(['1234.0', '1.234e3', '1234.5'])('refuses the number %s where an integer is required', (literal) => {
    const text = decodeUtf8(buildModelStatement(INPUT)).replace('"bytes":1234', `"bytes":${literal}`);
    expect(codeOf(() => parse(text))).toBe('JSON_INVALID');
  });

  it('names what is wrong by its JSON pointer', () => {
    expect(pointerOf(predicate(['tensorSets', 0, 'parameters'], -1))).toBe('/predicate/tensorSets/0/parameters');
    expect(pointerOf(predicate(['ignored'], ['b', 'a']))).toBe('/predicate/ignored');
    expect(pointerOf(changed(['subject', 0, 'digest', 'sha256'], undefined))).toBe('/subject/0/digest/sha256');
  });
});
