import { spawn } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  /** Added to an environment without any `STEMMA_*`, CI or colour variable. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Instead of `bin/run.js`; relative to the repository. */
  readonly script?: string;
}

/** The environment that a command is tested in: this one without anything that would change its output. */
export function plainEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined || /^(?:STEMMA_|CI$|GITHUB_|NODE_ENV$|NO_COLOR$|FORCE_COLOR$|VITEST)/.test(key)
      ? []
      : [[key, value]],
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8', TERM: 'xterm', ...added };
}

/** Runs the command line as a process of its own, as users start it: the tests build it first (build.ts). */
export function runStemma(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { cwd, env, stdin, script = 'bin/run.js' } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(ROOT, script), ...args], { cwd, env: plainEnvironment(env) });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, ...output }));
    child.stdin.on('error', () => undefined).end(stdin ?? '');
  });
}

/** The document of docs/json-output.md, as a test reads it. */
export interface JsonDocument {
  readonly schemaVersion: number;
  readonly command: string;
  readonly ok: boolean;
  readonly exitCode: number;
  readonly warnings: readonly string[];
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly details?: object;
  };
}

/** Parses what `--json` printed; throws unless it is exactly one document. */
export function onlyDocument(stdout: string): JsonDocument {
  const document: JsonDocument = JSON.parse(stdout);
  return document;
}
