import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasTool, runWrapped, workingFolder } from './wrapping.ts';

const shell = (line: string): string[] => ['/bin/sh', '-c', line];

describe('--hermetic without bubblewrap', () => {
  it('is refused before anything is run', async () => {
    const folder = workingFolder();
    const env = { PATH: '/nonexistent' };
    const run = runWrapped(folder, shell('echo ran > ran'), { hermetic: true }, env);
    await expect(run).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      hint: expect.stringContaining('bubblewrap') as string,
    });
    expect(existsSync(path.join(folder, 'ran'))).toBe(false);
  });

  it('is refused where the one found does not work here, never run without', async () => {
    const folder = workingFolder();
    const tools = workingFolder();
    writeFileSync(path.join(tools, 'bwrap'), '#!/bin/sh\necho "bwrap: no permissions" >&2\nexit 1\n', { mode: 0o755 });
    const run = runWrapped(folder, shell('echo ran > ran'), { hermetic: true }, { PATH: tools });
    await expect(run).rejects.toMatchObject({ code: 'TOOL_MISSING', details: { exitCode: 1 } });
    expect(existsSync(path.join(folder, 'ran'))).toBe(false);
  });

  it('takes no bwrap out of the working folder', async () => {
    const folder = workingFolder();
    writeFileSync(path.join(folder, 'bwrap'), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    const run = runWrapped(folder, shell('true'), { hermetic: true }, { PATH: ':.:' });
    await expect(run).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('not found') as string,
    });
  });
});

describe('declared paths that suit no sandbox', () => {
  it.each([
    ['.', 'USAGE'],
    ['..', 'USAGE'],
    ['/', 'USAGE'],
    ['out/model.safetensors', 'USAGE'],
  ])('refuses the output %s', async (output, code) => {
    const run = runWrapped(workingFolder(), shell('true'), { hermetic: true, writes: [output] });
    await expect(run).rejects.toMatchObject({ code });
  });

  it('refuses an input that is not there', async () => {
    const run = runWrapped(workingFolder(), shell('true'), { hermetic: true, reads: ['data'] });
    await expect(run).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });
});

describe.skipIf(!hasTool('bwrap'))('--hermetic', () => {
  it('shows the declared inputs alone', async () => {
    const folder = workingFolder();
    writeFileSync(path.join(folder, 'data.txt'), 'data');
    writeFileSync(path.join(folder, 'secret.txt'), 'secret');
    const { code, stdout } = await runWrapped(folder, shell('ls; cat data.txt; cat secret.txt 2>/dev/null'), {
      hermetic: true,
      reads: ['data.txt'],
    });
    expect([code, stdout]).toEqual([1, 'data.txt\ndata']);
  });

  it('lets in the program, and nothing that lies beside it in the working folder or a home', async () => {
    const folder = workingFolder();
    writeFileSync(path.join(folder, 'train.sh'), '#!/bin/sh\nls -A "$PWD"; ls -A "$HOME"\n', { mode: 0o755 });
    writeFileSync(path.join(folder, 'secret'), 'x');
    const home = workingFolder();
    mkdirSync(path.join(home, 'bin'));
    writeFileSync(path.join(home, 'secret'), 'x');
    symlinkSync(path.join(folder, 'train.sh'), path.join(home, 'bin/train'));
    const env = { ...process.env, HOME: home };
    const here = await runWrapped(folder, ['./train.sh'], { hermetic: true }, env);
    expect(here.stdout).toBe('train.sh\n');
    const there = await runWrapped(folder, [path.join(home, 'bin/train')], { hermetic: true }, env);
    expect(there.stdout).toBe('train.sh\nbin\n');
  });

  it('lets in what the shims of pyenv need', async () => {
    const folder = workingFolder();
    const home = workingFolder();
    const pyenv = path.join(home, '.pyenv');
    for (const name of ['shims', 'libexec']) mkdirSync(path.join(pyenv, name), { recursive: true });
    writeFileSync(path.join(pyenv, 'libexec/pyenv'), '#!/bin/sh\necho "$1"\n', { mode: 0o755 });
    writeFileSync(path.join(pyenv, 'shims/python'), `#!/bin/sh\nexec ${pyenv}/libexec/pyenv "$1"\n`, { mode: 0o755 });
    writeFileSync(path.join(home, 'secret'), 'x');
    const env = { HOME: home, PATH: `${pyenv}/shims:${process.env['PATH']}` };
    const { code, stdout } = await runWrapped(folder, ['python', 'here'], { hermetic: true }, env);
    expect([code, stdout]).toEqual([0, 'here\n']);
  });

  it('follows the link that an input is, to that file and no further', async () => {
    const folder = workingFolder();
    const elsewhere = workingFolder();
    writeFileSync(path.join(elsewhere, 'real'), 'data');
    writeFileSync(path.join(elsewhere, 'beside'), 'secret');
    symlinkSync(path.join(elsewhere, 'real'), path.join(folder, 'link'));
    const { stdout } = await runWrapped(folder, shell(`cat link; cat ${elsewhere}/beside 2>/dev/null || echo none`), {
      hermetic: true,
      reads: ['link'],
    });
    expect(stdout).toBe('datanone\n');
  });

  it('lets no input be written, and loses what is written elsewhere', async () => {
    const folder = workingFolder();
    mkdirSync(path.join(folder, 'data'));
    const { stdout } = await runWrapped(
      folder,
      shell('{ echo x > data/x; } 2>/dev/null || echo refused; echo y > y; cat y'),
      {
        hermetic: true,
        reads: ['data'],
      },
    );
    expect(stdout).toBe('refused\ny\n');
    expect([existsSync(path.join(folder, 'data/x')), existsSync(path.join(folder, 'y'))]).toEqual([false, false]);
  });

  it('keeps what is written to the outputs, also where they lie in an input or do not exist yet', async () => {
    const folder = workingFolder();
    const line = 'mkdir out/deep; echo 1 > out/deep/w; echo 2 > out/log.jsonl; { echo 3 > w; } 2>/dev/null; true';
    await runWrapped(folder, shell(line), {
      hermetic: true,
      reads: ['.'],
      writes: ['out/log.jsonl', 'out/deep', 'out'],
    });
    expect(readFileSync(path.join(folder, 'out/deep/w'), 'utf8')).toBe('1\n');
    expect(readFileSync(path.join(folder, 'out/log.jsonl'), 'utf8')).toBe('2\n');
    expect(existsSync(path.join(folder, 'w'))).toBe(false);
  });

  it('has no network, not even that of this machine', async () => {
    const line = 'require("net").connect(1, "192.0.2.1").on("error", (e) => console.log(e.code))';
    const { stdout } = await runWrapped(workingFolder(), [process.execPath, '-e', line], { hermetic: true });
    expect(stdout).toBe('ENETUNREACH\n');
  });

  it.each([
    ['exit 3', 3],
    ['kill -9 $$', 137],
  ])('exits with the status of %s', async (line, status) => {
    expect((await runWrapped(workingFolder(), shell(line), { hermetic: true })).code).toBe(status);
  });

  it.skipIf(!hasTool('strace') || !hasTool('script'))('is traced from within, and under a terminal', async () => {
    const folder = workingFolder();
    writeFileSync(path.join(folder, 'data'), 'x');
    const { code, stdout, observation } = await runWrapped(folder, shell('test -t 1 && cat data'), {
      hermetic: true,
      observe: true,
      tty: true,
      reads: ['data'],
    });
    expect([code, stdout]).toEqual([0, 'x']);
    expect(observation).toMatchObject({ complete: true, declaredOpens: 1, files: [], unsettledCount: 0, contacts: [] });
  });
});
