import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ErrorCode } from '../../../../src/core/errors/index.ts';
import { fileSet, plainPlan, planModel, readLfsPointer, walkModel } from '../../../../src/core/model/index.ts';
import {
  digest,
  expectCode,
  type Files,
  gguf,
  LFS_POINTER,
  modelOf,
  planOf,
  safetensors,
  tempDir,
  tensorsNamed,
  writeFiles,
} from '../support.ts';

const good = tensorsNamed('a', 'b');

describe('recognising containers in a folder', () => {
  it('safetensors by the end of the name, GGUF by its first bytes under any name, everything else not at all', async () => {
    const plan = await planOf(
      modelOf({
        'a.safetensors': good,
        'b.SafeTensors': good,
        'c.bin': gguf({ w: [1] }),
        'd.safetensors.bak': good,
        e: 'GGU',
      }),
    );
    expect(plan.problems).toEqual([]);
    expect(plan.files.map(({ container }) => container?.format)).toEqual([
      'safetensors',
      undefined,
      'gguf',
      undefined,
      undefined,
    ]);
    expect(plan.tensorSets.map(({ path, format }) => [path, format])).toEqual([
      ['a.safetensors', 'safetensors'],
      ['c.bin', 'gguf'],
    ]);
  });

  it.each<[string, Uint8Array | string, ErrorCode]>([
    ['empty.safetensors', '', 'SAFETENSORS_INVALID'],
    ['text.safetensors', 'no header here', 'SAFETENSORS_INVALID'],
    ['cut.safetensors', good.subarray(0, -1), 'SAFETENSORS_INVALID'],
    ['zip-appended.safetensors', Buffer.concat([good, Buffer.from('PK\u0003\u0004')]), 'SAFETENSORS_INVALID'],
    ['gguf.safetensors', gguf({ w: [1] }), 'SAFETENSORS_INVALID'],
    ['cut.gguf', gguf({ w: [1, 2] }).subarray(0, -1), 'GGUF_INVALID'],
    ['magic-only', 'GGUF\u0003\u0000\u0000\u0000', 'GGUF_INVALID'],
  ])('%s does not parse and is a problem, unless it is opaque', async (name, content, code) => {
    const dir = modelOf({ [name]: content, other: 'x' });
    const plan = await planOf(dir);
    expect(plan.problems.map(({ path, error, blocks }) => [path, error.code, blocks])).toEqual([
      [name, code, 'always'],
    ]);
    await expectCode(digest(dir), code);
    const opaque = await digest(dir, { opaque: [name] });
    expect(opaque.trees.segmentTree.size).toBe(2);
    expect(opaque.trees.tensorSets).toEqual([]);
  });

  it('GGUF of another version or byte order is one region and a finding', async () => {
    const swapped = Buffer.from('GGUF\u0000\u0000\u0000\u0003 and so on');
    const plan = await planOf(modelOf({ 'be.gguf': swapped, 'v2.gguf': 'GGUF\u0002\u0000\u0000\u0000' }));
    expect(plan.problems).toEqual([]);
    expect([...plan.files].every(({ container }) => container === undefined)).toBe(true);
    expect(plan.findings.map(({ path, kind }) => [path, kind])).toEqual([
      ['be.gguf', 'unsupported-container'],
      ['v2.gguf', 'unsupported-container'],
    ]);
  });

  it('opaque must name a file of the model', async () => {
    const dir = modelOf({ 'a.safetensors': good });
    await expectCode(digest(dir, { opaque: ['b.safetensors'] }), 'USAGE');
  });
});

describe('recognising a single file', () => {
  const single = (name: string, content: Uint8Array | string): string => {
    return `${writeFiles(tempDir(), { [name]: content })}/${name}`;
  };

  it.each(['weights', 'w.bin', 'w.safetensors'])('safetensors is known by its content, named %s', async (name) => {
    const plan = await planOf(single(name, good));
    expect(plan.tensorSets.map(({ path, format }) => [path, format])).toEqual([['', 'safetensors']]);
  });

  it.each<[string, string]>([
    ['notes.txt', 'text'],
    ['empty', ''],
    ['GGU', 'GGU'],
  ])('%s is one region without a problem', async (name, content) => {
    const plan = await planOf(single(name, content));
    expect(plan.problems).toEqual([]);
    expect(plan.tensorSets).toEqual([]);
  });

  it('one that is named safetensors and is none stops a signer; its trees do not depend on the name', async () => {
    const plan = await planOf(single('w.safetensors', 'junk'));
    expect(plan.problems.map(({ error, blocks }) => [error.code, blocks])).toEqual([['SAFETENSORS_INVALID', 'attest']]);
    await expectCode(digest(single('w.safetensors', 'junk')), 'SAFETENSORS_INVALID');
    const opaque = await digest(single('w.safetensors', 'junk'), { opaque: [''] });
    expect(opaque.trees.digests).toEqual((await digest(single('w.bin', 'junk'))).trees.digests);
  });

  it('a GGUF that does not parse is a problem under any name', async () => {
    await expectCode(digest(single('x', gguf({ w: [1] }).subarray(0, 40))), 'GGUF_INVALID');
  });

  it('an index alone is a plain file', async () => {
    const plan = await planOf(single('m.safetensors.index.json', '{"weight_map":{"a":"gone.safetensors"}}'));
    expect(plan.problems).toEqual([]);
  });
});

describe('Git-LFS pointers', () => {
  it.each(['model.safetensors', 'pytorch_model.bin', 'tokenizer.json'])(
    'in the place of %s are refused',
    async (name) => {
      const dir = modelOf({ [name]: LFS_POINTER, other: 'x' });
      const error = await expectCode(digest(dir), 'LFS_POINTER');
      expect(error.hint).toContain('git lfs pull');
      expect((await planOf(dir)).problems[0]?.blocks).toBe(name.endsWith('.safetensors') ? 'always' : 'attest');
    },
  );

  it('a single-file model is refused too', async () => {
    const dir = modelOf({ 'w.bin': LFS_POINTER });
    await expectCode(digest(`${dir}/w.bin`), 'LFS_POINTER');
  });

  it('are read for a verifier that wonders why weights differ', async () => {
    const { files } = await walkModel(modelOf({ a: LFS_POINTER, b: 'text', c: `${LFS_POINTER}${' '.repeat(2000)}` }), {
      allowSymlinks: false,
    });
    expect(files.map((file) => readLfsPointer(file)?.size)).toEqual([12_345, undefined, undefined]);
  });
});

describe('a file that changes between walk and header', () => {
  it.each<[string, (file: string) => void, ErrorCode]>([
    ['grown', (file) => writeFileSync(file, 'x', { flag: 'a' }), 'FILE_CHANGED'],
    ['shrunk', (file) => truncateSync(file, 3), 'FILE_CHANGED'],
    ['touched', (file) => utimesSync(file, 1, 1), 'FILE_CHANGED'],
    [
      'replaced',
      (file) => {
        renameSync(file, `${file}.old`);
        writeFileSync(file, good);
      },
      'FILE_CHANGED',
    ],
    [
      'replaced by a link',
      (file) => {
        renameSync(file, `${file}.old`);
        symlinkSync(`${file}.old`, file);
      },
      'FILE_CHANGED',
    ],
    [
      'replaced by a FIFO',
      (file) => {
        rmSync(file);
        execFileSync('mkfifo', [file]);
      },
      'NOT_A_REGULAR_FILE',
    ],
    ['removed', (file) => rmSync(file), 'FILE_UNREADABLE'],
  ])('%s: is never planned', async (_, change, code) => {
    const dir = modelOf({ 'a.safetensors': good });
    const set = fileSet(await walkModel(dir, { allowSymlinks: false }), { ignored: [] });
    change(`${dir}/a.safetensors`);
    const plan = await planModel(set, { opaque: [] });
    expect(plan.problems.map(({ error }) => error.code)).toEqual([code]);
    expect(plan.problems[0]?.error.errorClass).toBe('unavailable');
  });
});

describe('the plain plan', () => {
  it('opens nothing: one region each, whatever the files hold', async () => {
    const files: Files = { 'bad.safetensors': 'junk', 'bad.gguf': 'GGUF\u0003\u0000\u0000\u0000', p: LFS_POINTER };
    const plan = plainPlan(fileSet(await walkModel(modelOf(files), { allowSymlinks: false }), { ignored: [] }));
    expect(plan.problems).toEqual([]);
    expect(plan.files).toHaveLength(3);
    expect([...plan.files].every(({ container, opaque }) => container === undefined && !opaque)).toBe(true);
  });

  it('stops when it is aborted', async () => {
    const set = fileSet(await walkModel(modelOf({ a: '' }), { allowSymlinks: false }), { ignored: [] });
    const signal = AbortSignal.abort();
    await expectCode(planModel(set, { opaque: [], signal }), 'INTERRUPTED');
  });
});

describe('notes of a container', () => {
  it('are findings', async () => {
    const header = Buffer.from(' {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = Buffer.concat([length, header, Buffer.of(1)]);
    const plan = await planOf(modelOf({ 'a.safetensors': file, 'b.safetensors': safetensors({ w: { data: 'x' } }) }));
    expect(plan.problems).toEqual([]);
    expect(new Set(plan.findings.map(({ path, kind }) => `${path} ${kind}`))).toEqual(
      new Set(['a.safetensors container-note']),
    );
  });
});
