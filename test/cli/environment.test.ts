import { describe, expect, it } from 'vitest';
import { isOnlyOnCommandLine, isWeakening, TRUST_FLAGS, WEAKENING_FLAGS } from '../../src/cli/index.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';

const PEM = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----';

async function flagsUnder(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const { stdout, exitCode } = await runStemma(['flags', '--json', ...args], {
    script: 'test/cli/harness/run.ts',
    env,
  });
  return { exitCode, document: onlyDocument(stdout) };
}

describe('flags from the environment', () => {
  it('set what the command line leaves open, and the report can name them', async () => {
    const { document } = await flagsUnder({
      STEMMA_MAX_BYTES: '12',
      STEMMA_FULL: 'yes',
      STEMMA_PARAM: 'a=1\nb=2 3\n\n',
    });

    expect(document.result).toMatchObject({
      flags: { 'max-bytes': '12', full: true, param: ['a=1', 'b=2 3'] },
      environment: ['STEMMA_FULL', 'STEMMA_MAX_BYTES', 'STEMMA_PARAM'],
    });
  });

  it('give way to the command line, and are then not named', async () => {
    const { document } = await flagsUnder({ STEMMA_MAX_BYTES: '12', STEMMA_PARAM: 'a' }, [
      '--max-bytes',
      '7',
      '--param',
      'b',
    ]);

    expect(document.result).toMatchObject({ flags: { 'max-bytes': '7', param: ['b'] }, environment: [] });
  });

  it('do not exist for a flag that weakens a verdict', async () => {
    const { document } = await flagsUnder({ STEMMA_FORCE: 'true' });

    expect(document.result).toMatchObject({ flags: { force: false }, environment: [] });
  });

  it('count for nothing when they are empty', async () => {
    const { document } = await flagsUnder({ STEMMA_MAX_BYTES: '', STEMMA_FULL: '', STEMMA_TRUSTED_KEYS: '' });

    expect(document.result).toMatchObject({ flags: { full: false }, environment: [] });
    expect(document.result?.flags).not.toHaveProperty('key');
  });

  it.each(['maybe', 'enabled', ' true', '2'])('refuse %j as a switch instead of taking it for false', async (word) => {
    const { exitCode, document } = await flagsUnder({ STEMMA_FULL: word });

    expect(exitCode).toBe(2);
    expect(document).toMatchObject({
      ok: false,
      error: { code: 'USAGE', message: expect.stringContaining('STEMMA_FULL') },
    });
  });

  it('hold several trusted keys: paths as in PATH, one per line, or PEM text', async () => {
    const { document } = await flagsUnder({ STEMMA_TRUSTED_KEYS: `a.pub:dir/b.pub\nc d.pub\n${PEM}\n${PEM}` });

    expect(document.result).toMatchObject({ flags: { key: [PEM, PEM, 'a.pub', 'dir/b.pub', 'c d.pub'] } });
  });

  it('can ask for JSON', async () => {
    const { stdout } = await runStemma(['flags'], { script: 'test/cli/harness/run.ts', env: { STEMMA_JSON: '1' } });

    expect(onlyDocument(stdout).ok).toBe(true);
  });
});

describe('trust', () => {
  it.each(TRUST_FLAGS)('is not added by an inherited variable for --%s', (flag) => {
    expect(isOnlyOnCommandLine(flag)).toBe(true);
  });

  it('on the command line replaces the keys of the environment', async () => {
    const { document } = await flagsUnder({ STEMMA_TRUSTED_KEYS: 'inherited.pub' }, ['--key', 'a.pub']);

    expect(document.result).toMatchObject({ flags: { key: ['a.pub'] }, environment: [] });
  });
});

describe('repeatable flags', () => {
  it('take one value each, so that what follows is refused rather than swallowed', async () => {
    const { exitCode, document } = await flagsUnder({}, ['--param', 'a', 'b']);

    expect(exitCode).toBe(2);
    expect(document.error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('unexpected argument: b') });
  });
});

describe('weakening flags', () => {
  it.each([...WEAKENING_FLAGS, 'ignore', 'ignore-unsigned-files', 'no-manifest', 'no-passphrase'])(
    'include %s',
    (flag) => {
      expect(isWeakening(flag)).toBe(true);
    },
  );

  it.each(['key', 'threshold', 'require', 'expect', 'strict-fs', 'note'])('do not include %s', (flag) => {
    expect(isWeakening(flag)).toBe(false);
  });
});
