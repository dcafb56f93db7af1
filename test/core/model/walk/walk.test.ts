import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ModelListing, walkModel } from '../../../../src/core/model/index.ts';
import { digest, expectCode, modelOf, tempDir, writeFiles } from '../support.ts';

const walk = (dir: string): Promise<ModelListing> => walkModel(dir, { allowSymlinks: false });
const kinds = ({ problems }: ModelListing): [string, string][] => problems.map(({ path, kind }) => [path, kind]);

describe('walking a folder', () => {
  it('lists hidden, empty, nested and left-out files in the order of UTF-8 bytes, but not the top-level Git names', async () => {
    const names = [
      '.hidden',
      '.cache/huggingface/x',
      'a-b',
      'a.txt',
      'a/b',
      'model.sig',
      'sub/.git/config',
      'ü',
      '\uffff',
      '\u{10000}',
    ];
    const git = { '.git/HEAD': 'x', '.gitignore': '', '.gitattributes': '', '.github/w.yml': '' };
    const dir = modelOf({ ...Object.fromEntries(names.map((name) => [name, name])), ...git });
    const listing = await walk(dir);
    const byBytes = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(listing.files.map((file) => file.path)).toEqual(byBytes);
    expect(listing.gitNames).toEqual(['.git', '.gitattributes', '.github', '.gitignore']);
    expect(listing.problems).toEqual([]);
    expect([listing.kind, listing.name, listing.root]).toEqual(['folder', 'model', dir]);
  });

  it('goes 1,000 folders deep', async () => {
    const dir = modelOf({});
    let deep = dir;
    for (let i = 0; i < 1000; i++) deep += '/d';
    mkdirSync(deep, { recursive: true });
    writeFileSync(`${deep}/leaf`, 'x');
    const listing = await walk(dir);
    expect(listing.files.map((file) => file.path)).toEqual([`${'d/'.repeat(1000)}leaf`]);
  });

  it('takes names of 255 bytes and tens of thousands of files in one folder', async () => {
    const dir = modelOf({});
    for (let i = 0; i < 20_000; i++) writeFileSync(path.join(dir, `${i}`.padStart(255, 'n')), '');
    const listing = await walk(dir);
    expect(listing.files).toHaveLength(20_000);
  });

  it('knows sizes beyond 2^32 without reading', async () => {
    const dir = modelOf({ sparse: '' });
    truncateSync(path.join(dir, 'sparse'), 2 ** 40);
    expect((await walk(dir)).files.at(0)?.size).toBe(2 ** 40);
  });

  it('stops when it is aborted', async () => {
    const abort = new AbortController();
    abort.abort();
    await expectCode(walkModel(modelOf({ a: '' }), { allowSymlinks: false, signal: abort.signal }), 'INTERRUPTED');
  });
});

describe('what is no usable file is a problem, never an exception', () => {
  it('a FIFO, without blocking', async () => {
    const dir = modelOf({ a: 'x' });
    execFileSync('mkfifo', [path.join(dir, 'pipe')]);
    const listing = await walk(dir);
    expect(kinds(listing)).toEqual([['pipe', 'not-regular']]);
    await expectCode(digest(dir), 'NOT_A_REGULAR_FILE');
  });

  it('a socket', async () => {
    const dir = modelOf({ a: 'x' });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path.join(dir, 's'), resolve));
    try {
      expect(kinds(await walk(dir))).toEqual([['s', 'not-regular']]);
    } finally {
      server.close();
    }
  });

  it('names that are not UTF-8, each under a text of its own', async () => {
    const dir = modelOf({ a: 'x' });
    for (const bytes of [
      [0xff, 0x61],
      [0xfe, 0x61],
      [0xed, 0xa0, 0x80],
    ]) {
      writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(bytes)]), 'x');
    }
    const listing = await walk(dir);
    expect(kinds(listing)).toEqual([
      ['\\xed\\xa0\\x80', 'name-not-utf8'],
      ['\\xfea', 'name-not-utf8'],
      ['\\xffa', 'name-not-utf8'],
    ]);
    expect(listing.files).toHaveLength(1);
    await expectCode(digest(dir), 'PATH_INVALID');
  });

  it('a name with a real U+FFFD is UTF-8', async () => {
    expect(kinds(await walk(modelOf({ '\ufffd': 'x' })))).toEqual([]);
  });

  it.each(['C:', 'x:ads', 'a\\b', 'con', 'NUL.txt', 'x.', 'x '])(
    'the name %j, which no statement can list',
    async (name) => {
      const dir = modelOf({ [`sub/${name}`]: 'x' });
      expect(kinds(await walk(dir))).toEqual([[`sub/${name}`, 'name-refused']]);
      await expectCode(digest(dir), 'PATH_INVALID');
    },
  );

  it('a folder with such a name is not entered', async () => {
    expect(kinds(await walk(modelOf({ 'aux/inside': 'x' })))).toEqual([['aux', 'name-refused']]);
  });

  it.each(['model.sig', 'model.attestations.jsonl', 'model.manifest.jsonl'])('a folder named %s', async (name) => {
    const dir = modelOf({ [`${name}/evil.py`]: 'x', ok: 'x' });
    const listing = await walk(dir);
    expect(kinds(listing)).toEqual([[name, 'side-file-is-folder']]);
    // What it hides is listed all the same.
    expect(listing.files.map((file) => file.path)).toContain(`${name}/evil.py`);
    await expectCode(digest(dir), 'MODEL_UNSUPPORTED');
  });

  it('a folder of that name further down is a folder like any other', async () => {
    expect(kinds(await walk(modelOf({ 'sub/model.sig/x': 'x' })))).toEqual([]);
  });

  it('a folder whose path is too long to open', async () => {
    const dir = modelOf({});
    const name = 'n'.repeat(250);
    execFileSync('sh', [
      '-c',
      `cd "$0" && for i in $(seq 20); do mkdir ${name} && cd -P ${name}; done && : > leaf`,
      dir,
    ]);
    const listing = await walk(dir);
    expect(listing.problems.map(({ kind }) => kind)).toEqual(['unreadable']);
    await expectCode(digest(dir), 'FILE_UNREADABLE');
    execFileSync('rm', ['-rf', dir]);
  });
});

describe('the path itself', () => {
  it('must exist', async () => {
    await expectCode(walk(path.join(tempDir(), 'none')), 'PATH_NOT_FOUND');
    await expectCode(walk(path.join(modelOf({ file: 'x' }), 'file/below')), 'PATH_NOT_FOUND');
  });

  it('must be a folder or a regular file', async () => {
    const dir = tempDir();
    execFileSync('mkfifo', [`${dir}/pipe`]);
    await expectCode(walk(`${dir}/pipe`), 'NOT_A_REGULAR_FILE');
    await expectCode(walk('/dev/null'), 'NOT_A_REGULAR_FILE');
  });

  it('a single file has the empty path', async () => {
    const listing = await walk(path.join(writeFiles(tempDir(), { 'w.bin': 'abc' }), 'w.bin'));
    expect(listing.kind).toBe('file');
    expect(listing.name).toBe('w.bin');
    expect(listing.files.map(({ path, size }) => [path, size])).toEqual([['', 3]]);
  });

  it('an empty folder, or one of empty folders, is no model', async () => {
    await expectCode(digest(modelOf({})), 'MODEL_EMPTY');
    const dir = modelOf({});
    mkdirSync(path.join(dir, 'a/b'), { recursive: true });
    await expectCode(digest(dir), 'MODEL_EMPTY');
    await expectCode(digest(modelOf({ 'model.sig': 'x', '.gitignore': '' })), 'MODEL_EMPTY');
  });
});

describe('warnings', () => {
  it.each([
    ['case', 'Readme.md', 'README.md'],
    ['normalisation', 'u\u0308', 'ü'],
  ])('names that differ only by %s are listed, both, with a warning', async (_, one, other) => {
    const listing = await walk(modelOf({ [one]: '1', [other]: '2' }));
    expect(listing.files).toHaveLength(2);
    expect(listing.problems).toEqual([]);
    expect(listing.warnings).toHaveLength(1);
    expect(listing.warnings[0]).toContain('differs from another name only by case or Unicode normalisation');
  });

  it('distinct names get none', async () => {
    expect((await walk(modelOf({ a: '', b: '', 'A/b': '' }))).warnings).toEqual([]);
  });

  it('a hard link is counted and warned about', async () => {
    const dir = modelOf({ a: 'x' });
    linkSync(path.join(dir, 'a'), path.join(path.dirname(dir), 'elsewhere'));
    const listing = await walk(dir);
    expect(listing.files.at(0)?.links).toBe(2);
    expect(listing.warnings[0]).toContain('"a" has more than one hard link');
    rmSync(path.join(path.dirname(dir), 'elsewhere'));
    expect((await walk(dir)).warnings).toEqual([]);
  });

  it('are cut short, with their number', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 15 }, (_, i) => [
        [`f${i}`, ''],
        [`F${i}`, ''],
      ]).flat(),
    );
    const { warnings } = await walk(modelOf(files));
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toMatch(/^and 5 more/);
  });

  it('hold no control characters from a name', async () => {
    const { warnings } = await walk(modelOf({ '\u001b[31mx': '', '\u001b[31mX': '' }));
    expect(warnings.join('')).not.toContain('\u001b');
    expect(warnings[0]).toContain('\\x1b');
  });
});
