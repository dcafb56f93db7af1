import { expect } from 'vitest';
import { resultEnvelope } from '../../../src/cli/envelope.ts';
import { EXIT, type ExitCode } from '../../../src/cli/exit-codes.ts';
import { renderHuman } from '../../../src/cli/render/human.ts';
import { renderJson } from '../../../src/cli/render/json.ts';
import { Attest } from '../../../src/commands/attest.ts';
import { Diff } from '../../../src/commands/diff.ts';
import { Sign } from '../../../src/commands/sign.ts';
import { Verify } from '../../../src/commands/verify.ts';
import type { Report } from '../../../src/core/verify/index.ts';
import { runStemma } from '../../support/cli.ts';

const COMMANDS = { attest: Attest, diff: Diff, sign: Sign, verify: Verify } as const;

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run for people and the document that `--json` prints of it. */
interface Answer {
  readonly human: Ran;
  readonly json: string;
}

/**
 * Runs a command in this process; one at a time, since the output streams are shared. A process prints one document in its
 * life, so the document is made here of what the run returned, as the base command makes it.
 */
export async function runInProcess(argv: readonly string[]): Promise<Answer> {
  const [name = '', ...rest] = argv;
  const command = COMMANDS[name as keyof typeof COMMANDS];
  const output = { stdout: '', stderr: '' };
  const restore = [
    capture(process.stdout, (text) => (output.stdout += text)),
    capture(process.stderr, (text) => (output.stderr += text)),
  ];
  const before = process.exitCode;
  try {
    process.exitCode = undefined;
    const result: unknown = await command.run(rest);
    const exitCode = exitCodeSet();
    const json = renderJson(resultEnvelope(name, exitCode, result, []));
    return { human: { exitCode, ...output }, json };
  } finally {
    process.exitCode = before;
    for (const undo of restore) undo();
  }
}

/** The same through processes of their own, one for people and one for machines. */
export async function runProcesses(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Answer> {
  const human = await runStemma(argv, { env });
  const json = await runStemma([...argv, '--json'], { env });
  expect([json.exitCode, json.stderr]).toEqual([human.exitCode, '']);
  return { human: { ...human, exitCode: human.exitCode ?? -1 }, json: json.stdout };
}

/** What the command has left in `process.exitCode`. */
function exitCodeSet(): ExitCode {
  const { exitCode } = process;
  const known = Object.values(EXIT).find((code) => code === (exitCode ?? EXIT.done));
  if (known === undefined) throw new Error(`not an exit code of docs/exit-codes.md: ${exitCode}`);
  return known;
}

function capture(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(stream, 'write');
  stream.write = (chunk: string | Uint8Array): boolean => {
    take(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    return true;
  };
  return () => {
    if (own === undefined) Reflect.deleteProperty(stream, 'write');
    else Object.defineProperty(stream, 'write', own);
  };
}

/** What a person is shown, every check included. */
export const shown = (report: Report): string => renderHuman(report, { color: false, unicode: true, verbose: true });
