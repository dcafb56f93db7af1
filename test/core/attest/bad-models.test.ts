import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CLASSES, type ErrorCode } from '../../../src/core/errors/index.ts';
import {
  expectCode,
  gguf,
  indexOf,
  LFS_POINTER,
  modelOf,
  safetensors,
  tempDir,
  tensorsNamed,
  writeFiles,
} from '../model/support.ts';
import { attest, DIGITS, type Overrides, sign, snapshot, trainer } from './support.ts';

const big = (n: bigint): Buffer => Buffer.from(BigUint64Array.of(n).buffer);
const header = (json: string, data = ''): Buffer =>
  Buffer.concat([big(BigInt(json.length)), Buffer.from(json), Buffer.from(data)]);
const overlap =
  '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}';
const hole =
  '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}';
const twice =
  '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
const wide = '{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,1]}}';
const ggufBytes = gguf({ t: [1, 2] });
const patched = (at: number, bytes: Buffer): Buffer =>
  Buffer.concat([ggufBytes.subarray(0, at), bytes, ggufBytes.subarray(at + bytes.length)]);

/** Rows of reference/merkle-logs-signatures.md §6 that are marked A, and their kin: exit 4, nothing written. */
const ROWS: readonly [string, ErrorCode, (model: string) => unknown][] = [
  ['56 a link to a file outside', 'SYMLINK_REFUSED', (m) => symlinkSync('/etc/hostname', path.join(m, 'link'))],
  ['56 a link to a file inside', 'SYMLINK_REFUSED', (m) => symlinkSync('config.json', path.join(m, 'link'))],
  ['56 a link to a folder outside', 'SYMLINK_REFUSED', (m) => symlinkSync('/etc', path.join(m, 'link'))],
  ['56 a link to itself', 'SYMLINK_REFUSED', (m) => symlinkSync('link', path.join(m, 'link'))],
  ['56 a link to nothing', 'SYMLINK_REFUSED', (m) => symlinkSync('nothing', path.join(m, 'link'))],
  ['58 a pipe', 'NOT_A_REGULAR_FILE', (m) => execFileSync('mkfifo', [path.join(m, 'pipe')])],
  ['60 a name that is not UTF-8', 'PATH_INVALID', (m) => writeFileSync(Buffer.from(`${m}/\xff`, 'latin1'), 'x')],
  ['55 a name with a backslash', 'PATH_INVALID', (m) => writeFiles(m, { 'a\\b': 'x' })],
  ['55 a name with a stream', 'PATH_INVALID', (m) => writeFiles(m, { 'x:ads': 'x' })],
  ['55 a name of a device', 'PATH_INVALID', (m) => writeFiles(m, { con: 'x' })],
  ['63 a Git-LFS pointer for weights', 'LFS_POINTER', (m) => writeFiles(m, { 'model.safetensors': LFS_POINTER })],
  ['63 a Git-LFS pointer for a tokenizer', 'LFS_POINTER', (m) => writeFiles(m, { 'tokenizer.json': LFS_POINTER })],
  ['64 a header of 2^63 bytes', 'SAFETENSORS_INVALID', (m) => writeFiles(m, { 'w.safetensors': big(2n ** 63n) })],
  [
    '64 a header longer than the file',
    'SAFETENSORS_INVALID',
    (m) => writeFiles(m, { 'w.safetensors': Buffer.concat([big(99n), Buffer.from('{}')]) }),
  ],
  ['64 overlapping tensors', 'SAFETENSORS_INVALID', (m) => writeFiles(m, { 'w.safetensors': header(overlap, 'abc') })],
  ['64 a hole', 'SAFETENSORS_INVALID', (m) => writeFiles(m, { 'w.safetensors': header(hole, 'abc') })],
  [
    '64 trailing bytes',
    'SAFETENSORS_INVALID',
    (m) => writeFiles(m, { 'w.safetensors': Buffer.concat([tensorsNamed('w'), Buffer.from('x')]) }),
  ],
  ['64 a name twice', 'SAFETENSORS_INVALID', (m) => writeFiles(m, { 'w.safetensors': header(twice, 'a') })],
  ['64 a shape that overflows', 'SAFETENSORS_INVALID', (m) => writeFiles(m, { 'w.safetensors': header(wide, 'a') })],
  ['64 an empty file', 'SAFETENSORS_INVALID', (m) => writeFiles(m, { 'w.safetensors': '' })],
  [
    '65 an index that leaves the folder',
    'SAFETENSORS_INDEX_INVALID',
    (m) => writeFiles(m, { 'x.safetensors.index.json': indexOf({ w: '../../x' }) }),
  ],
  [
    '65 an index of a missing shard',
    'SAFETENSORS_INDEX_INVALID',
    (m) => writeFiles(m, { 'x.safetensors.index.json': indexOf({ w: 'missing.safetensors' }) }),
  ],
  [
    '65 an index of a missing tensor',
    'SAFETENSORS_INDEX_INVALID',
    (m) => writeFiles(m, { 'x.safetensors.index.json': indexOf({ other: 'model.safetensors' }) }),
  ],
  ['66 2^63 key-values', 'GGUF_INVALID', (m) => writeFiles(m, { 'w.gguf': patched(16, big(2n ** 63n)) })],
  ['66 2^63 tensors', 'GGUF_INVALID', (m) => writeFiles(m, { 'w.gguf': patched(8, big(2n ** 63n)) })],
  [
    '66 a tensor type that nobody knows',
    'GGUF_INVALID',
    (m) => writeFiles(m, { 'w.gguf': patched(45, Buffer.from([0xff, 0xff])) }),
  ],
  ['43 a folder named like a side file', 'MODEL_UNSUPPORTED', (m) => mkdirSync(path.join(m, 'model.sig'))],
];

describe('a bad model', () => {
  it.each(ROWS)('with %s is refused, and nothing is written', async (_, code, make) => {
    const model = modelOf({ 'model.safetensors': tensorsNamed('w'), 'config.json': '{}' });
    make(model);
    const before = snapshot(path.dirname(model));
    const error = await expectCode(attest(model), code);
    expect(['malformed', 'unavailable']).toContain(ERROR_CLASSES[error.code]);
    expect(error.message).not.toContain(path.dirname(model));
    expect(snapshot(path.dirname(model))).toEqual(before);
  });

  it.each(ROWS.filter(([, code]) => !/SAFETENSORS|GGUF/.test(code)))(
    'with %s is not signed either',
    async (_, code, make) => {
      const model = modelOf({ 'model.safetensors': tensorsNamed('w'), 'config.json': '{}' });
      make(model);
      const before = snapshot(path.dirname(model));
      await expectCode(sign(model), code);
      expect(snapshot(path.dirname(model))).toEqual(before);
    },
  );

  it.each<[string, Overrides, string[]]>([
    ['has no file', {}, []],
    ['has side files alone', {}, ['model.sig']],
    ['is ignored altogether', { ignore: ['a', 'b'] }, ['a', 'b']],
    ['is a Git folder', {}, ['.git/config', '.gitignore', '.cache/huggingface/x']],
  ])('that %s is empty', async (_, overrides, names) => {
    const model = modelOf(Object.fromEntries(names.map((name) => [name, ''])));
    const before = snapshot(model);
    const error = await expectCode(attest(model, overrides), 'MODEL_EMPTY');
    expect(error.message).not.toContain(path.dirname(model) + path.sep);
    await expectCode(sign(model, overrides), 'MODEL_EMPTY');
    expect(snapshot(model)).toEqual(before);
  });

  it.each(['absent', 'absent/deeper'])('that is not there (%s) is a mistake of the caller', async (name) => {
    await expectCode(attest(path.join(tempDir(), name)), 'PATH_NOT_FOUND');
    await expectCode(sign(path.join(tempDir(), name)), 'PATH_NOT_FOUND');
  });

  it('with a malformed container is taken as plain bytes where that is asked for', async () => {
    const model = modelOf({ 'w.safetensors': 'no header' });
    await expectCode(attest(model), 'SAFETENSORS_INVALID');
    expect((await attest(model, { opaque: ['w.safetensors'] })).files).toBe(1);
  });

  it.each<[string, Overrides]>([
    ['--ignore', { ignore: ['../x'] }],
    ['--ignore', { ignore: ['*.bin'] }],
    ['--opaque', { opaque: ['absent'] }],
  ])('is not made good by a wrong %s', async (_, overrides) => {
    await expectCode(attest(modelOf({ a: 'x' }), overrides), 'USAGE');
  });
});

describe('a model that changes while it is attested', () => {
  /** Runs `change` once, when everything was hashed and the signatures are made. */
  function changing(model: string, change: (model: string) => unknown): Overrides {
    let done = false;
    const sign = async (message: Uint8Array): Promise<Uint8Array> => {
      if (!done) change(model);
      done = true;
      return trainer.sign(message);
    };
    return { signer: { ...trainer, publicKey: trainer.publicKey, sign } };
  }
  const CHANGES: readonly [string, (model: string) => unknown][] = [
    ['a file grows', (m) => appendFileSync(path.join(m, 'config.json'), ' ')],
    ['a file is written anew, of the same size', (m) => writeFiles(m, { 'config.json': '[]' })],
    ['a file is touched', (m) => utimesSync(path.join(m, 'config.json'), 1, 1)],
    ['a file is added', (m) => writeFiles(m, { 'sub/added': 'x' })],
    ['a file is removed', (m) => rmSync(path.join(m, 'config.json'))],
    [
      'a file is replaced by another',
      (m) => renameSync(path.join(writeFiles(m, { tmp: '{}' }), 'tmp'), path.join(m, 'config.json')),
    ],
    ['a link is added', (m) => symlinkSync('config.json', path.join(m, 'link'))],
  ];

  it.each(CHANGES)('so that %s is refused, and nothing is written', async (_, change) => {
    for (const act of [attest, sign]) {
      const model = modelOf({ 'model.safetensors': tensorsNamed('w'), 'config.json': '{}' });
      const error = await expectCode(act(model, changing(model, change)), 'FILE_CHANGED');
      expect(ERROR_CLASSES[error.code]).toBe('unavailable');
      expect(Object.keys(snapshot(path.dirname(model))).filter((name) => /\.sig|jsonl|stemma-tmp/.test(name))).toEqual(
        [],
      );
    }
  });

  it('outside of what is signed is attested', async () => {
    const model = modelOf({ a: 'x', 'scratch/b': 'y', '.git/HEAD': 'z' });
    const change = (m: string): unknown =>
      writeFiles(m, { 'scratch/b': 'changed', '.git/HEAD': 'changed', 'model.sig.bak': '' });
    await expectCode(attest(model, { ...changing(model, change), ignore: ['scratch'] }), 'FILE_CHANGED');
    const again = (m: string): unknown => writeFiles(m, { 'scratch/b': 'changed again', '.git/HEAD': 'changed again' });
    await attest(model, { ...changing(model, again), ignore: ['scratch'] });
  });
});

describe('a repository in the model', () => {
  it('68 whose configuration names programs runs none of them', async () => {
    const dir = tempDir();
    const model = path.join(dir, 'model');
    const trace = path.join(dir, 'ran');
    const trap = path.join(writeFiles(dir, { 'trap.sh': `#!/bin/sh\ntouch '${trace}'\n` }), 'trap.sh');
    execFileSync('chmod', ['+x', trap]);
    writeFiles(model, { 'config.json': '{}', '.gitattributes': '* filter=x diff=x\n' });
    const env = { PATH: process.env['PATH'] ?? '', HOME: dir };
    const git = (...args: string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: model, env });
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'x');
    for (const [key, value] of [
      ['core.fsmonitor', trap],
      ['filter.x.clean', trap],
      ['filter.x.process', trap],
      ['diff.x.textconv', trap],
    ]) {
      git('config', key ?? '', value ?? '');
    }
    symlinkSync(trap, path.join(model, '.git/hooks/post-index-change'));
    writeFiles(model, { 'config.json': '{"changed":1}' });

    await attest(model, { source: { folder: model, explicit: false }, env });

    expect(existsSync(trace)).toBe(false);
    execFileSync(trap);
    expect(existsSync(trace)).toBe(true);
  });
});

it('a model with remote code, pickles and chat templates is attested, and the findings are told', async () => {
  const model = modelOf({
    'modeling.py': 'print(1)',
    'w.bin': Buffer.from([0x80, 2, 0x7d, 0x2e]),
    'w.safetensors': safetensors({}),
  });
  expect((await attest(model)).findings.length).toBeGreaterThan(0);
  expect((await attest(path.join(DIGITS, 'gguf'), { outputDir: tempDir() })).findings.length).toBeGreaterThan(0);
});
