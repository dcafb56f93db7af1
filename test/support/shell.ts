import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { plainEnvironment } from './cli.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A folder for the PATH with `stemma`, run from the sources, and a `jq` that only checks that its input is JSON. */
export function programFolder(folder: string): string {
  const programs = {
    stemma: `#!/bin/sh\nexec "${process.execPath}" "${path.join(ROOT, 'bin/run.js')}" "$@"\n`,
    jq: `#!/bin/sh\nexec "${process.execPath}" -e 'JSON.parse(require("node:fs").readFileSync(0, "utf8"))'\n`,
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(path.join(folder, name), text);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

export interface Ran {
  readonly exitCode: number;
  /** Stdout and stderr as a terminal shows them. */
  readonly output: string;
}

/** Runs commands one after the other in one shell, so that `cd` and `export` carry over. */
export async function runInShell(
  commands: readonly string[],
  options: { readonly cwd: string; readonly programs: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran[]> {
  // A control character ends each command's output: no command here prints one.
  const script = commands.map((command) => `${command}\nprintf '\\036%d\\036' "$?"\n`).join('');
  const output = await bash(script, options);
  const parts = output.split('\u001e');
  return commands.map((_, i) => ({ output: parts[2 * i] ?? '', exitCode: Number(parts[2 * i + 1] ?? Number.NaN) }));
}

function bash(script: string, { cwd, programs, env }: Parameters<typeof runInShell>[1]): Promise<string> {
  const search = [programs, path.dirname(process.execPath), process.env['PATH']].join(path.delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `exec 2>&1\n${script}`], {
      cwd,
      env: plainEnvironment({ ...env, PATH: search }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}
