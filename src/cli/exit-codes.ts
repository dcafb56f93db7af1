import { ERROR_CLASSES, type ErrorClass, type ErrorCode } from '../core/errors/index.ts';
import type { Report } from '../core/verify/index.ts';

/** The exit codes of design §5, documented in docs/exit-codes.md; CI depends on them before it depends on anything else. */
export const EXIT = {
  done: 0,
  negative: 1,
  usage: 2,
  incomplete: 3,
  badInput: 4,
  unavailable: 5,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a process exits with: an `ExitCode`, or the status of a command that failed, which `run` passes on. */
export type ExitStatus = number;

/** What each code means, in one line; the help of every command and docs/exit-codes.md show these. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, 'done; every required check passed'],
  [EXIT.negative, 'negative verdict: a digest, signature, proof or requirement fails, or two models differ'],
  [EXIT.usage, 'usage: flags, arguments or configuration'],
  [EXIT.incomplete, 'incomplete: required evidence is missing, expired or not decidable'],
  [EXIT.badInput, 'bad input: a malformed or unsupported model, attestation, key or proof'],
  [EXIT.unavailable, 'unavailable: a file system or remote failure kept us from deciding; retrying may help'],
  [EXIT.bug, 'a bug of ours'],
  [EXIT.interrupted, 'interrupted'],
];

export const EXIT_OF_ERROR_CLASS = {
  contradiction: EXIT.negative,
  usage: EXIT.usage,
  incomplete: EXIT.incomplete,
  malformed: EXIT.badInput,
  unavailable: EXIT.unavailable,
  interrupted: EXIT.interrupted,
} as const satisfies Record<ErrorClass, ExitCode>;

const EXIT_OF_RESULT = {
  pass: EXIT.done,
  fail: EXIT.negative,
  incomplete: EXIT.incomplete,
  malformed: EXIT.badInput,
  unavailable: EXIT.unavailable,
} as const satisfies Record<Report['result'], ExitCode>;

/** The exit code of a verification, of a model or of a log: computed from the report and from nothing else (design §5). */
export function exitCodeOfReport(report: Pick<Report, 'result'>): ExitCode {
  return EXIT_OF_RESULT[report.result];
}

const PRECEDENCE: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.bug,
  EXIT.usage,
  EXIT.negative,
  EXIT.badInput,
  EXIT.unavailable,
  EXIT.incomplete,
  EXIT.done,
];

/** The code to leave with when two apply: 2, 1, 4, 5, 3 (design §5). */
export function worseExitCode(a: ExitCode, b: ExitCode): ExitCode {
  return PRECEDENCE.indexOf(a) < PRECEDENCE.indexOf(b) ? a : b;
}

/** The code to leave with when these errors were met and none of them was thrown. */
export function exitCodeOfErrors(codes: readonly ErrorCode[]): ExitCode {
  return codes.map((code): ExitCode => EXIT_OF_ERROR_CLASS[ERROR_CLASSES[code]]).reduce(worseExitCode, EXIT.done);
}
