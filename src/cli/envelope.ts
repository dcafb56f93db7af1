import type { ExitStatus } from './exit-codes.ts';
import type { Failure } from './failure.ts';
import { renderJson } from './render/json.ts';

/** The one document that `--json` prints, whatever happens (docs/json-output.md). */
export type Envelope = {
  readonly schemaVersion: 1;
  /** The command with spaces, `key generate`; empty where none was recognised. */
  readonly command: string;
  readonly ok: boolean;
  readonly exitCode: ExitStatus;
  readonly warnings: readonly string[];
} & ({ readonly result: unknown } | { readonly error: Failure['error'] });

export function resultEnvelope(
  command: string,
  exitCode: ExitStatus,
  result: unknown,
  warnings: readonly string[],
): Envelope {
  return { schemaVersion: 1, command, ok: exitCode === 0, exitCode, result, warnings };
}

export function errorEnvelope(command: string, failure: Failure, warnings: readonly string[]): Envelope {
  return { schemaVersion: 1, command, ok: false, exitCode: failure.exitCode, error: failure.error, warnings };
}

let printed = false;

/** Prints the document, unless there has been one: what goes wrong after the answer shows in the exit code alone. */
export function printEnvelope(envelope: Envelope): void {
  if (!printed) process.stdout.write(renderJson(envelope));
  printed = true;
}

const TRUTHY = new Set(['1', 'true', 'y', 'yes']);

/** Whether `--json` stands before any `--`, or STEMMA_JSON asks for it: known before, and even if, the flags parse. */
export function isJsonRequested(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.includes('--json') || TRUTHY.has((process.env['STEMMA_JSON'] ?? '').toLowerCase());
}
