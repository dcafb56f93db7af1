/**
 * One line of what `strace -f -xx` writes. Every string in it, and every name of a descriptor, is spelt as `\xNN` alone, so that
 * no text of the traced program's choice can look like a part of the line.
 */
export type TraceLine =
  | { readonly kind: 'call'; readonly pid: number; readonly call: string }
  /** A call that another process interrupted in the record; with `movedTo`, an `execve` by which a thread takes its process's id. */
  | { readonly kind: 'unfinished'; readonly pid: number; readonly start: string; readonly movedTo?: number }
  | { readonly kind: 'resumed'; readonly pid: number; readonly name: string; readonly rest: string }
  /** The process has become the program that its thread `by` executes: that `execve` has succeeded. */
  | { readonly kind: 'superseded'; readonly pid: number; readonly by: number }
  /** The process or thread is no more. */
  | { readonly kind: 'ended'; readonly pid: number };

const LINE = /^([1-9]\d{0,9}) +(\S.*)$/;
const UNFINISHED = /^(.*?) ?<unfinished \.\.\.>$/;
const MOVED = /^(.*?) <pid changed to ([1-9]\d{0,9}) \.\.\.>$/;
const RESUMED = /^<\.\.\. ([a-z][a-z0-9_]*) resumed>(.*)$/;
const SUPERSEDED = /^\+\+\+ superseded by execve in pid ([1-9]\d{0,9}) \+\+\+$/;
const ENDED = /^\+\+\+ (?:exited with \d{1,3}|killed by SIG\w+(?: \(core dumped\))?) \+\+\+$/;
const CALL = /^[a-z][a-z0-9_]*\(.*\) += .+$/;

/** @returns undefined for a line that is not of that form */
export function parseTraceLine(line: string): TraceLine | undefined {
  const [, digits = '', text = ''] = LINE.exec(line) ?? [];
  const pid = Number(digits);
  if (pid === 0) return undefined;
  const resumed = RESUMED.exec(text);
  if (resumed !== null) return { kind: 'resumed', pid, name: resumed[1] ?? '', rest: resumed[2] ?? '' };
  const unfinished = UNFINISHED.exec(text);
  if (unfinished !== null) return { kind: 'unfinished', pid, start: unfinished[1] ?? '' };
  const moved = MOVED.exec(text);
  if (moved !== null) return { kind: 'unfinished', pid, start: moved[1] ?? '', movedTo: Number(moved[2]) };
  const superseded = SUPERSEDED.exec(text);
  if (superseded !== null) return { kind: 'superseded', pid, by: Number(superseded[1]) };
  if (ENDED.test(text)) return { kind: 'ended', pid };
  return CALL.test(text) ? { kind: 'call', pid, call: text } : undefined;
}
