import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type DemoResult, renderDemo, runDemo } from '../../src/cli/demo/index.ts';
import { inWorkspace } from '../../src/cli/demo/workspace.ts';
import { onlyDocument, runStemma } from '../support/cli.ts';

const FIXTURE = path.resolve(import.meta.dirname, '../../fixtures/digits');
const PLAIN = { color: false, unicode: true, verbose: false };
const IDS = ['keys', 'attest-base', 'attest-finetuned', 'verify', 'verify-fast', 'tamper', 'wrong-key'];
const CODES = [0, 0, 0, 0, 0, 1, 3];

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'stemma-demo-test-'));
  const restore = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  onTestFinished(() => {
    if (restore === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = restore;
    rmSync(temporary, { recursive: true, force: true });
  });
});

/** The demonstration in process, on a fixture of one's own. */
function demo(fixture: string, signal = new AbortController().signal): Promise<DemoResult> {
  const work = { signal, onProgress: () => undefined, onWarning: () => undefined };
  return runDemo({ work, fixture, keep: false, at: new Date('2026-01-01T00:00:00Z'), version: '0.0.0' });
}

function fixtureWith(change: (folder: string) => void): string {
  const folder = path.join(temporary, 'fixture');
  cpSync(FIXTURE, folder, { recursive: true });
  change(folder);
  return folder;
}

const brokenSteps = ({ steps }: DemoResult): string[] =>
  steps.filter(({ broken }) => broken.length > 0).map(({ id }) => id);
const leftovers = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('stemma-demo-'));

describe('demo', () => {
  it('goes as told, names what was tampered with, and leaves nothing behind', async () => {
    const { exitCode, stdout, stderr } = await runStemma(['demo'], { env: { TMPDIR: temporary } });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('model.safetensors changed, tensor layers.1.weight');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('✔ all 7 steps went as told; the folder was removed');
    expect(stderr).toContain('stemma verify MODEL');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('prints one document with --json, with the exit code of every step and no folder', async () => {
    const { exitCode, stdout, stderr } = await runStemma(['demo', '--json'], { env: { TMPDIR: temporary } });

    expect([exitCode, stderr]).toEqual([0, '']);
    const { command, ok, result } = onlyDocument(stdout);
    expect([command, ok, result?.['asTold']]).toEqual(['demo', true, true]);
    expect(result?.['steps']).toMatchObject(IDS.map((id, i) => ({ id, exitCode: CODES[i], broken: [] })));
    expect(stdout).not.toContain(temporary);
  });

  it('prints nothing but the verdict with --quiet', async () => {
    const { exitCode, stdout, stderr } = await runStemma(['demo', '--quiet'], { env: { TMPDIR: temporary } });

    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '✔ all 7 steps went as told; the folder was removed\n',
      stderr: '',
    });
  });

  it('keeps a folder in which the commands it showed do what it said', async () => {
    const { stdout } = await runStemma(['demo', '--keep', '--json'], { env: { TMPDIR: temporary } });
    const { result } = onlyDocument(stdout) as unknown as { readonly result: DemoResult };
    const { folder: kept = '', steps } = result;

    expect(path.dirname(kept)).toBe(temporary);
    for (const { commands, exitCode } of steps) {
      for (const command of commands.filter((text) => !text.startsWith('stemma key generate'))) {
        const again = await runStemma(command.split(' ').slice(1), { cwd: kept });
        expect([command, again.exitCode]).toEqual([command, exitCode]);
      }
    }
  });

  it('leaves models that verify no more once the trainer is not trusted', async () => {
    const { stdout } = await runStemma(['demo', '--keep', '--json'], { env: { TMPDIR: temporary } });
    const { result } = onlyDocument(stdout) as unknown as { readonly result: DemoResult };

    const { exitCode } = await runStemma(['verify', 'base', '--key', 'stranger.pub'], { cwd: result.folder ?? '' });

    expect(exitCode).toBe(3);
  });
});

describe('a demo that does not go as told', () => {
  it('says which step broke its word, and whose fault that is', async () => {
    const fixture = fixtureWith((folder) => {
      const file = path.join(folder, 'finetuned', 'model.safetensors');
      writeFileSync(
        file,
        readFileSync(file).toString('latin1').replace('layers.1.weight', 'layers.1.wEight'),
        'latin1',
      );
    });

    const result = await demo(fixture);

    expect(result.asTold).toBe(false);
    expect(brokenSteps(result)).toEqual(['tamper']);
    const text = renderDemo(result, PLAIN);
    expect(text).toContain('not as told: tensor layers.1.weight is named, and no other tensor');
    expect(text.split('\n').at(-1)).toMatch(/^✖ not as told: tamper; this is a bug in stemma/);
  });

  it('notices a training log without records', async () => {
    const result = await demo(fixtureWith((folder) => writeFileSync(path.join(folder, 'logs', 'base.jsonl'), '')));

    expect(brokenSteps(result)).toEqual(['attest-base']);
  });

  it('shows hostile text from a fixture escaped', async () => {
    const result = await demo(FIXTURE);
    const step = { ...result.steps[0], found: ['\u001b[2Jgone\n::error::x'] } as (typeof result.steps)[number];

    const text = renderDemo({ ...result, steps: [step] }, PLAIN);

    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\n::error');
  });
});

describe('a demo that cannot run', () => {
  it('leaves nothing behind when the model is refused', async () => {
    const fixture = fixtureWith((folder) => writeFileSync(path.join(folder, 'base', 'model.safetensors'), 'short'));

    await expect(demo(fixture)).rejects.toMatchObject({ code: 'SAFETENSORS_INVALID' });

    expect(leftovers()).toEqual([]);
  });

  it('leaves nothing behind when the fixture is not there', async () => {
    await expect(demo(path.join(temporary, 'absent'))).rejects.toMatchObject({ code: 'WRITE_FAILED' });

    expect(leftovers()).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    await expect(demo(FIXTURE, AbortSignal.abort())).rejects.toMatchObject({ code: 'INTERRUPTED' });

    expect(leftovers()).toEqual([]);
  });

  it('says so when there is no place for its folder', async () => {
    const { exitCode, stdout, stderr } = await runStemma(['demo'], {
      env: { TMPDIR: path.join(temporary, 'nowhere') },
    });

    expect([exitCode, stdout]).toEqual([5, '']);
    expect(stderr).toContain('cannot be set up in a temporary folder: ENOENT');
  });

  it('takes no argument', async () => {
    const { exitCode } = await runStemma(['demo', 'model'], { env: { TMPDIR: temporary } });

    expect([exitCode, readdirSync(temporary)]).toEqual([2, []]);
  });

  it('can write into its copy of a read-only fixture, as in a system-wide installation', async () => {
    const fixture = fixtureWith((folder) => chmodSync(path.join(folder, 'base', 'model.safetensors'), 0o444));

    const { result: mode } = await inWorkspace(
      fixture,
      false,
      async (folder) => statSync(path.join(folder, 'base', 'model.safetensors')).mode,
    );

    expect(mode & 0o200).toBe(0o200);
  });
});
