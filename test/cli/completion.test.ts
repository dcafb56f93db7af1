import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { onlyDocument, runStemma } from '../support/cli.ts';

const HOME = mkdtempSync(path.join(tmpdir(), 'stemma-completion-'));
const env = { HOME, XDG_CACHE_HOME: path.join(HOME, 'cache'), SHELL: '/bin/bash' };
const hasBash = spawnSync('bash', ['--version']).status === 0;

/** What bash would offer after these words, the last one being incomplete. */
function complete(...words: string[]): string[] {
  const script = `
    source "$XDG_CACHE_HOME/stemma/autocomplete/functions/bash/stemma.bash"
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stemma_autocomplete; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script, 'bash', ...words], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return output.split('\n').filter((word) => word !== '');
}

describe.skipIf(!hasBash)('shell completion (needs bash)', () => {
  beforeAll(async () => {
    expect(await runStemma(['autocomplete', 'bash'], { env })).toMatchObject({ exitCode: 0 });
  });

  it('is set up by what autocomplete script prints', async () => {
    const { exitCode, stdout } = await runStemma(['autocomplete', 'script', 'bash'], { env });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('bash_setup');
  });

  it('offers commands and flags', () => {
    expect(complete('stemma', 'key', '')).toEqual(expect.arrayContaining(['generate', 'show']));
    expect(complete('stemma', 'key', 'generate', '--no')).toEqual(['--no-passphrase']);
  });

  it('offers nothing for a command that does not exist', () => {
    expect(complete('stemma', 'nonsense', 'x')).toEqual([]);
  });

  it('refuses --json in one document, since its answer is for a person', async () => {
    const { exitCode, stdout } = await runStemma(['autocomplete', '--json'], { env });

    expect(exitCode).toBe(2);
    expect(onlyDocument(stdout)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
  });
});
