import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StemmaError } from '../../../../src/core/errors/index.ts';
import type { WrapOptions } from '../../../../src/core/run/wrapper.ts';
import { wrapCommand } from '../../../../src/core/run/wrapper.ts';
import { hasTool, runWrapped, workingFolder } from '../wrapping.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function observe(folder: string, argv: readonly string[], declared: Partial<WrapOptions> = {}) {
  const { observation, ...ran } = await runWrapped(folder, argv, { observe: true, ...declared });
  if (observation === undefined) throw new Error('expected an observation');
  return { ...ran, observation };
}
const observeShell = async (folder: string, line: string, declared?: Partial<WrapOptions>) =>
  observe(folder, ['/bin/sh', '-c', line], declared);
const listed = (place: string, files: readonly { readonly place: string; readonly name: string }[]): string[] =>
  files.filter((file) => file.place === place).map(({ name }) => name);

describe('--observe without strace', () => {
  it.each([
    ['none at all', undefined],
    ['one that may not trace', '#!/bin/sh\necho "strace: ptrace: Operation not permitted" >&2\nexit 1\n'],
    ['one that runs the command untraced', '#!/bin/sh\nexit 0\n'],
  ])('is refused before anything is run: %s', async (_, script) => {
    const folder = workingFolder();
    const tools = workingFolder();
    if (script !== undefined) writeFileSync(path.join(tools, 'strace'), script, { mode: 0o755 });
    const run = runWrapped(folder, ['/bin/sh', '-c', 'echo ran > ran'], { observe: true }, { PATH: tools });
    await expect(run).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('strace') as string,
    });
    expect(existsSync(path.join(folder, 'ran'))).toBe(false);
  });
});

describe.skipIf(!hasTool('strace'))('--observe', () => {
  it('lists an undeclared file with its digest, and a declared one not', async () => {
    const folder = workingFolder();
    mkdirSync(path.join(folder, 'data'));
    writeFileSync(path.join(folder, 'data/a.csv'), 'a');
    writeFileSync(path.join(folder, 'extra.csv'), 'extra');
    const { observation } = await observeShell(folder, 'cat data/a.csv extra.csv', { reads: ['data'] });
    expect(observation).toMatchObject({ complete: true, gaps: {}, declaredOpens: 1, unsettled: [], contacts: [] });
    expect(observation.files).toEqual([{ place: 'working-folder', name: 'extra.csv', sha256: sha256('extra') }]);
  });

  it('counts a credential and a file of a salted dataset, and tells neither name nor digest', async () => {
    const folder = workingFolder();
    for (const name of ['pin.txt', 'salted.csv', 'unclear.csv', 'plain.csv'])
      writeFileSync(path.join(folder, name), name);
    const isSalted = async (file: string) => {
      if (file.endsWith('unclear.csv')) throw new StemmaError('TOO_LARGE', 'x');
      return file.endsWith('salted.csv');
    };
    const line = 'cat pin.txt salted.csv unclear.csv plain.csv';
    const { observation } = await observeShell(folder, line, { isSalted });
    expect(observation).toMatchObject({ complete: false, gaps: { 'credential-file': 1, 'salted-dataset': 2 } });
    expect(observation.files.map(({ name }) => name)).toEqual(['plain.csv']);
    expect(JSON.stringify(observation)).not.toMatch(/pin\.txt|salted\.csv|unclear/);
  });

  it('sees what children of children read, and through which links', async () => {
    const folder = workingFolder();
    const elsewhere = workingFolder();
    writeFileSync(path.join(elsewhere, 'real.csv'), 'real');
    symlinkSync(path.join(elsewhere, 'real.csv'), path.join(folder, 'link'));
    const { observation } = await observeShell(folder, '(sh -c "cd /; cat $PWD/link" & wait)');
    expect(observation.files).toEqual([{ place: 'outside', name: 'real.csv', sha256: sha256('real') }]);
  });

  it('takes a declared link for the file that it leads to', async () => {
    const folder = workingFolder();
    const elsewhere = workingFolder();
    writeFileSync(path.join(elsewhere, 'real.csv'), 'real');
    symlinkSync(elsewhere, path.join(folder, 'link'));
    const { observation } = await observeShell(folder, 'cat link/real.csv', { reads: ['link'] });
    expect([observation.files, observation.declaredOpens]).toEqual([[], 1]);
  });

  it('lists a script that was executed, by whatever name', async () => {
    const folder = workingFolder();
    mkdirSync(path.join(folder, 'sub'));
    writeFileSync(path.join(folder, 'step.sh'), '#!/bin/sh\ntrue\n', { mode: 0o755 });
    const { observation } = await observeShell(folder, 'cd sub && ../sub/../step.sh');
    expect(listed('working-folder', observation.files)).toEqual(['step.sh']);
  });

  it('lists no file that the run made itself, and none that it only wrote or failed to open', async () => {
    const folder = workingFolder();
    writeFileSync(path.join(folder, 'old'), 'old');
    const line =
      'echo 1 > made; cat made; echo 2 >> old; cat none 2>/dev/null; ls . >/dev/null; cat /proc/version >/dev/null; true';
    const { observation } = await observeShell(folder, line);
    expect(observation).toMatchObject({ complete: true, files: [], unsettled: [] });
  });

  it.each([
    ['written after it was read', 'cat f; echo 2 >> f', 'changed'],
    ['replaced after it was read', 'cat f; cp f g; mv g f', 'changed'],
    ['replaced, its times set back', 'cat f; echo 2 > g; touch -r f g; mv g f', 'changed'],
    ['deleted after it was read', 'cat f; rm f', 'gone'],
    ['replaced by a link', 'cat f; rm f; ln -s other f', 'gone'],
  ])('says that a file is not known that was %s', async (_, line, why) => {
    const folder = workingFolder();
    writeFileSync(path.join(folder, 'f'), '1');
    const { observation } = await observeShell(folder, line);
    expect(observation).toMatchObject({ complete: false, unsettledCount: 1, unsettled: [{ name: 'f', why }] });
    expect(listed('working-folder', observation.files)).toEqual([]);
  });

  it('does not read a pipe that lies in the place of a file', async () => {
    const folder = workingFolder();
    const { observation } = await observeShell(folder, 'mkfifo p; (echo x > p &); cat p');
    expect(observation.files).toEqual([]);
  });

  it('tells hostile names as they are', async () => {
    const folder = workingFolder();
    const names = ['a"b', 'x\ny) = 3<\\x2f>', '7 openat(AT_FDCWD, "x", O_RDONLY) = 3', "it's <unfinished ...>", 'ü'];
    for (const name of names) writeFileSync(path.join(folder, name), name);
    const { observation } = await observe(folder, ['/bin/cat', ...names]);
    expect(listed('working-folder', observation.files)).toEqual(names.toSorted());
    expect(observation).toMatchObject({ complete: true, gaps: {} });
  });

  it('tells more files than it lists by their number and the root of their tree', async () => {
    const folder = workingFolder();
    for (let i = 0; i < 300; i++) writeFileSync(path.join(folder, `f${i}`), '');
    const { observation } = await observeShell(folder, 'cat f*');
    expect(observation.files).toEqual([]);
    expect(observation.groups.find(({ place }) => place === 'working-folder')).toMatchObject({
      files: 300,
      bytes: 0,
      fileTree: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    const again = await observeShell(folder, 'cat f*');
    expect(again.observation.groups).toEqual(observation.groups);
  });

  it('tells addresses, also those that were not reached', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const line = `for (const p of [${port}, 1]) require('net').connect(p, '127.0.0.1').on('error', () => {})`;
    const { observation } = await observe(workingFolder(), [process.execPath, '-e', line]);
    const contacts = observation.contacts.filter(({ address }) => address.startsWith('tcp:'));
    expect(contacts).toHaveLength(2);
    expect(contacts).toContainEqual({ direction: 'outbound', address: `tcp://127.0.0.1:${port}`, reached: true });
    expect(contacts.map(({ address }) => address)).toContain('tcp://127.0.0.1:1');
  });

  it.each([
    ['exit 3', 3, null],
    ['kill -9 $$', null, 'SIGKILL'],
    ['kill -15 $$', null, 'SIGTERM'],
  ])('leaves the command its end: %s', async (line, code, signal) => {
    expect(await observeShell(workingFolder(), line)).toMatchObject({ code, signal });
  });

  it('says so when a process outlives the command', { timeout: 20_000 }, async () => {
    const { observation } = await observeShell(workingFolder(), '(sleep 8 >/dev/null 2>&1 &) ; true');
    expect(observation).toMatchObject({ complete: false, gaps: { 'still-running': 1 } });
  });

  it('says so when somebody ends the tracer', async () => {
    const line = 'tracer=$(sed -n "s/^TracerPid:[[:space:]]*//p" /proc/$$/status); kill -9 $tracer; sleep 0.1';
    const { observation } = await observeShell(workingFolder(), line);
    expect(observation.complete).toBe(false);
    expect(observation.gaps).toHaveProperty('trace-cut');
  });

  it('leaves nothing behind, also where no child was started', async () => {
    const mine = (): string[] => readdirSync(os.tmpdir()).filter((name) => name.startsWith('stemma-observe-'));
    const before = mine();
    const command = { argv: ['/bin/true'], cwd: workingFolder(), env: process.env };
    const options = { observe: true, hermetic: false, tty: false, reads: [], writes: [] };
    const unused = await wrapCommand(command, options);
    await unused.dispose();
    await unused.dispose();
    const notStarted = await wrapCommand(command, options);
    expect(await notStarted.finish({})).toMatchObject({ complete: false, gaps: { 'trace-cut': 1 } });
    await observeShell(workingFolder(), 'true');
    expect(mine().filter((name) => !before.includes(name))).toEqual([]);
  });
});
