import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleOf, type Json, omsStatement, putSignature, resourcesOf } from './oms-support.ts';
import { checkOf, exitCode, tempFolder, trustKey, verify, writeFiles, writeModel } from './support.ts';

const FILES = { 'config.json': '{}', 'weights.bin': 'numbers' };

async function signed(serialization: Json = {}, contents: Readonly<Record<string, string>> = FILES): Promise<string> {
  const model = writeModel(contents);
  await putSignature(model, omsStatement(resourcesOf(contents), serialization));
  return model;
}

describe('the files of a statement made by others', () => {
  test.each([
    ['a hidden file', '.hidden'],
    ['a file in a hidden folder', '.cache/huggingface/x'],
    ['a Git name below the top', 'sub/.gitignore'],
    ['our own attestations file', 'model.attestations.jsonl'],
    ['an empty file', 'empty'],
  ])('%s that it does not list fails', async (_, name) => {
    const model = await signed();
    writeFiles(model, { [name]: name === 'empty' ? '' : 'x' });
    const report = await verify(model);

    expect(report.result).not.toBe('pass');
    expect(report.changes).toEqual([{ path: name, change: 'added' }]);
  });

  test.each(['.gitattributes', '.gitignore', '.git/HEAD', '.github/workflows/ci.yml'])(
    '%s is no file of it',
    async (name) => {
      const model = await signed();
      writeFiles(model, { [name]: 'x' });

      expect(await exitCode(model)).toBe(0);
    },
  );

  test('hidden, empty and oddly named files that it lists are compared', async () => {
    const contents = {
      '.hidden': 'x',
      empty: '',
      'a b/ü \u{1f40b}.txt': 'y',
      '\uffffx': '1',
      '\u{10000}x': '2',
      '..dots': '3',
    };
    const model = await signed({}, contents);

    expect(await exitCode(model)).toBe(0);
    writeFiles(model, { empty: '!' });
    expect((await verify(model)).changes).toMatchObject([{ path: 'empty', change: 'changed' }]);
  });

  test('the order that UTF-16 would give is not the order of code points', async () => {
    const model = await signed({}, { '\uffffx': '1', '\u{10000}x': '2' });
    const report = await verify(model);

    // U+10000 is written with the surrogate D800, which sorts before U+FFFF only in UTF-16.
    expect(report.result).toBe('pass');
    expect(report.subject.digests['sha256']).toBe(
      omsStatement(resourcesOf({ '\uffffx': '1', '\u{10000}x': '2' })).subject[0]?.digest.sha256,
    );
  });

  test('NFC and NFD names are two files, and the hint says what happened', async () => {
    const model = await signed({}, { '\u00e9.bin': 'x' });
    renameSync(path.join(model, '\u00e9.bin'), path.join(model, 'e\u0301.bin'));
    const report = await verify(model);

    expect(report.result).toBe('fail');
    expect(checkOf(report, 'match.identity').hint).toMatch(/Unicode/);
  });
});

describe('ignored paths', () => {
  test('what the signer left out is read by nobody and reported', async () => {
    const model = await signed({ ignore_paths: ['weights.bin'] }, { 'config.json': '{}' });
    writeFiles(model, { 'weights.bin': 'anything' });
    const report = await verify(model);

    expect(report.result).toBe('pass');
    expect(report.notCovered).toEqual([
      { path: 'weights.bin', because: 'left out by every matched statement, or unsigned' },
    ]);
  });

  test('an ignored path does not ignore what only begins with its name', async () => {
    const model = await signed({ ignore_paths: ['weights'] });
    writeFiles(model, { 'weights.bin2': 'x' });

    expect(await exitCode(model)).toBe(1);
  });

  test('a listed file that the statement itself ignores cannot be said to match', async () => {
    expect(await exitCode(await signed({ ignore_paths: ['weights.bin'] }))).not.toBe(0);
  });

  test('--ignore leaves a changed file out and says so', async () => {
    const model = await signed();
    writeFiles(model, { 'config.json': '{"changed":true}' });
    const report = await verify(model, { ignore: ['config.json'] });

    expect(report.result).toBe('pass');
    expect(report.notCovered).toEqual([{ path: 'config.json', because: 'ignored by the caller' }]);
  });

  test('ignoring every file proves nothing', async () => {
    expect(await exitCode(await signed(), { ignore: Object.keys(FILES) })).toBe(3);
  });

  test.each(['../x', '/etc', 'a/../../x', '*.bin', ''])('--ignore %j is refused', async (ignore) => {
    const model = await signed();

    await expect(verify(model, { ignore: [ignore] })).rejects.toMatchObject({ name: 'StemmaError' });
  });

  test('--ignore-unsigned-files lets an added file pass and lists it as not covered', async () => {
    const model = await signed();
    writeFiles(model, { 'new.txt': 'x' });
    const report = await verify(model, { ignoreUnsignedFiles: true });

    expect(report.result).toBe('pass');
    expect(report.notCovered.map(({ path: name }) => name)).toEqual(['new.txt']);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['changed', { 'weights.bin': 'nunbers' }],
    ['emptied', { 'weights.bin': '' }],
  ])('--ignore-unsigned-files does not excuse a listed file that was %s', async (_, change) => {
    const model = await signed();
    writeFiles(model, change);

    expect(await exitCode(model, { ignoreUnsignedFiles: true })).toBe(1);
  });

  test('--ignore-unsigned-files does not excuse a listed file that is gone', async () => {
    const model = await signed();
    renameSync(path.join(model, 'weights.bin'), path.join(model, 'new-name.bin'));

    expect(await exitCode(model, { ignoreUnsignedFiles: true })).toBe(1);
  });
});

describe('symbolic links', () => {
  const linked = async (allow_symlinks: boolean): Promise<string> => {
    const model = await signed({ allow_symlinks });
    renameSync(path.join(model, 'weights.bin'), path.join(path.dirname(model), 'elsewhere.bin'));
    symlinkSync('../elsewhere.bin', path.join(model, 'weights.bin'));
    return model;
  };

  test('where the signer allowed them, the file that is pointed to is compared', async () => {
    const model = await linked(true);

    expect(await exitCode(model)).toBe(0);
    writeFiles(path.dirname(model), { 'elsewhere.bin': 'nunbers' });
    expect(await exitCode(model)).toBe(1);
  });

  test('a signed false is never overridden, whatever another statement allows', async () => {
    const model = await linked(false);
    const line = JSON.stringify(
      await bundleOf(omsStatement(resourcesOf(FILES), { allow_symlinks: true, ignore_paths: ['model.sig'] })),
    );
    writeFiles(model, { 'model.attestations.jsonl': `${line}\n` });
    const report = await verify(model, { require: ['oms'] });

    const [own, allowing] = report.checks.filter(({ id }) => id === 'match.statement');
    expect(own).toMatchObject({ outcome: 'fail' });
    expect(allowing).toMatchObject({ outcome: 'pass' });
    expect(report.result).toBe('fail');
  });

  test('a link in the folder fails even when files that are not listed may pass', async () => {
    const model = await signed();
    symlinkSync('/etc/hostname', path.join(model, 'link'));

    expect(await exitCode(model, { ignoreUnsignedFiles: true })).toBe(1);
    expect(await exitCode(model, { ignore: ['link'] })).toBe(0);
  });

  test('what nobody trusted allows is not followed', async () => {
    const model = await linked(true);

    expect(await exitCode(model, { trust: [trustKey('p384')] })).toBe(3);
  });
});

describe('the signature inside the model', () => {
  const within = async (name: string): Promise<{ readonly model: string; readonly signature: string }> => {
    const model = writeModel(FILES);
    const signature = path.join(model, name);
    mkdirSync(path.dirname(signature), { recursive: true });
    await putSignature(model, omsStatement(resourcesOf(FILES)), { at: signature });
    return { model, signature };
  };

  test.each(['model.sig', 'other.sig', 'sub/folder/x.sigstore.json', '..sig', 'model.attestations.jsonl'])(
    'is no file of the model under the name %s',
    async (name) => {
      const { model, signature } = await within(name);

      expect(await exitCode(model, { signature })).toBe(0);
    },
  );

  test.each([
    ['relatively', (model: string) => path.relative(process.cwd(), path.join(model, 'x.sig'))],
    ['in a roundabout way', (model: string) => `${model}/../model/./x.sig`],
  ])('is found when it is named %s', async (_, spell) => {
    const { model } = await within('x.sig');

    expect(await exitCode(model, { signature: spell(model) })).toBe(0);
  });

  test('is found when the model is named through a link', async () => {
    const { model, signature } = await within('x.sig');
    const link = path.join(tempFolder(), 'link');
    symlinkSync(model, link);

    expect(await exitCode(link, { signature })).toBe(0);
    expect(await exitCode(model, { signature: path.join(link, 'x.sig') })).toBe(0);
  });

  test('a copy of it beside it is an added file', async () => {
    const { model, signature } = await within('x.sig');
    await putSignature(model, omsStatement(resourcesOf(FILES)), { at: path.join(model, 'y.sig') });

    expect(await exitCode(model, { signature })).toBe(1);
  });

  test('a file inside that is called like the evidence beside the folder is an added file', async () => {
    const model = writeModel(FILES);
    const line = `${JSON.stringify(await bundleOf(omsStatement(resourcesOf(FILES))))}\n`;
    writeFiles(path.dirname(model), { 'model.attestations.jsonl': line });
    expect(await exitCode(model)).toBe(0);
    writeFiles(model, { 'model.attestations.jsonl': '\n' });

    expect((await verify(model)).changes).toEqual([{ path: 'model.attestations.jsonl', change: 'added' }]);
  });
});
