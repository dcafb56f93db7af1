import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { Workshop } from './run-support.ts';

let shop: Workshop;

beforeEach(() => {
  shop = new Workshop();
});

describe('what is refused before anything runs', () => {
  it.each([
    ['no output', '', 2, '--output'],
    ['an output in an output', '--output out --output out/sub', 2, 'lies in the output'],
    ['an output twice', '--output out --output ./out', 2, 'is named twice'],
    ['an output in an input', '--output data/out --dataset data', 2, 'lies in the input'],
    ['an output that is an input', '--output base --base finetuned-from=base', 2, 'lies in the input'],
    ['a mutable path that is no input', '--output out --mutable data', 2, 'is no input'],
    ['an input that is not there', '--output out --input gone', 2, 'gone'],
    ['a dataset that is not there', '--output out --dataset gone', 2, 'gone'],
    ['a name for two outputs', '--output a --output b --name x', 2, 'of one output'],
    ['an ignored path outside of the output', '--output out --ignore ../x', 2, '--ignore'],
    ['a pattern for an opaque container', '--output out --opaque *.gguf', 2, '--opaque'],
    ['a place for the evidence in the output', '--output out --output-dir out/ev', 2, 'lies in the model'],
    ['a secret parameter', '--output out --param token=x', 2, 'secret'],
    ['a key that OMS refuses', '--output out --key ed25519.key', 2, 'model.sig needs'],
    ['an encrypted key without a passphrase', '--output out --key p256-encrypted.key', 2, 'passphrase'],
    ['a key that is not there', '--output out --key gone.key', 2, 'gone.key'],
  ])('%s', async (_, flags, exitCode, said) => {
    const key = flags.includes('--key') ? [] : ['--key', 'p256.key'];
    const ran = await shop.stemma(['run', ...key, ...flags.split(' ').filter(Boolean), '--', 'touch', 'x']);
    expect([ran.exitCode, existsSync(shop.at('x')), shop.evidence()]).toEqual([exitCode, false, []]);
    expect(ran.stderr).toContain(said);
  });

  it.each([
    ['an input', '--input link', 4, '"link" is a symbolic link'],
    ['a dataset', '--dataset link', 4, '"link" is a symbolic link'],
    ['a base model', '--base finetuned-from=link', 4, '"link" is a symbolic link'],
  ])('%s that is a link to a file, by its name', async (_, flags, exitCode, said) => {
    symlinkSync('data/test.csv', shop.at('link'));
    const ran = await shop.run(`--output out ${flags}`, ['touch', 'x']);
    expect([ran.exitCode, existsSync(shop.at('x'))]).toEqual([exitCode, false]);
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).toContain('name the file or folder that it leads to');
  });

  it.each([
    ['an empty name', ''],
    ['a name that is not on the path', 'no-such-program'],
    ['a folder', './data'],
    ['a file that may not be executed', './data/test.csv'],
    ['a file behind a file', './data/test.csv/x'],
  ])('a command that cannot be started: %s, before its inputs are digested', async (_, program) => {
    const ran = await shop.run('--output out --input data', [program]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/cannot be started: it was not found, or may not be executed|expected the command/);
    expect(ran.stderr).not.toMatch(/hashing|ERR_|EACCES/);
  });

  it('a signature of what was there before, although that is gone', async () => {
    writeFileSync(shop.at('old.bin'), 'x');
    await shop.stemma(['sign', 'old.bin', '--key', 'p256.key']);
    rmSync(shop.at('old.bin'));
    const ran = await shop.run('--output old.bin', ['touch', 'x']);
    expect([ran.exitCode, existsSync(shop.at('x'))]).toEqual([2, false]);
    expect(ran.stderr).toContain('old.bin.sig is there already');
  });
});

describe('the environment of the command', () => {
  const SHOW =
    "import fs from 'node:fs';fs.mkdirSync('out');fs.writeFileSync('out/x','x');console.log(JSON.stringify(process.env))";
  const shown = async (env: Readonly<Record<string, string>>, key: readonly string[] = ['--key', 'p256.key']) => {
    const args = ['run', ...key, '--no-source', '--output', 'out', '--', ...shop.script('show.mjs', SHOW)];
    const { exitCode, stdout } = await shop.stemma(args, env);
    expect(exitCode).toBe(0);
    const found: Record<string, string> = JSON.parse(stdout);
    return found;
  };

  it('has nothing of ours: no key, no passphrase, no setting', async () => {
    const env = {
      STEMMA_SIGNING_KEY: 'p256-encrypted.key',
      STEMMA_PASSPHRASE: 'correct horse',
      STEMMA_QUIET: '1',
      MY_OWN: 'x',
    };
    const found = await shown(env, []);
    expect(Object.keys(found).filter((name) => /^stemma_/i.test(name))).toEqual([]);
    expect(JSON.stringify(found)).not.toMatch(/p256-encrypted|correct horse/);
    expect(found['MY_OWN']).toBe('x');
  });

  it('has a signing key in no form, where it was given as PEM', async () => {
    const found = await shown({ STEMMA_SIGNING_KEY: readFileSync(shop.at('p256.key'), 'utf8') }, []);
    expect(JSON.stringify(found)).not.toContain('PRIVATE KEY');
  });

  it('has no FORCE_COLOR where nobody looks on', async () => {
    expect((await shown({}))['FORCE_COLOR']).toBeUndefined();
  });
});
