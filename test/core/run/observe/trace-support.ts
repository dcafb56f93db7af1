import { Trace } from '../../../../src/core/run/observe/trace.ts';
import type { TraceEvent } from '../../../../src/core/run/observe/trace-events.ts';

/** As `strace -xx` spells a string. */
export const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => String.raw`\x` + byte.toString(16).padStart(2, '0')).join('');
export const CWD = `AT_FDCWD<${hex('/work')}>`;
export const exited = (pid: number): string => `${pid} +++ exited with 0 +++`;
export const opened = (path: string, flags = 'O_RDONLY|O_CLOEXEC', asked = path): string =>
  `openat(${CWD}, "${hex(asked)}", ${flags}) = 3<${hex(path)}>`;
export const execve = (path: string): string => `execve("${hex(path)}", [...], 0x7ffd5801f640 /* 38 vars */`;

export function eventsOf(lines: readonly string[], cut = Number.POSITIVE_INFINITY): TraceEvent[] {
  const events: TraceEvent[] = [];
  const trace = new Trace({ event: (event) => events.push(event) });
  const text = lines.map((line) => `${line}\n`).join('');
  for (let at = 0; at < text.length; at += cut) trace.push(text.slice(at, at + cut));
  trace.end();
  return events;
}

/** What one process's calls mean, when it ends properly. */
export const eventsOfCalls = (...calls: string[]): TraceEvent[] =>
  eventsOf([...calls.map((call) => `7 ${call}`), exited(7)]);
export const gaps = (events: readonly TraceEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'gap' ? [event.gap] : []));
export const read = (path: string) => ({
  kind: 'open',
  path,
  reads: true,
  writes: false,
  fresh: false,
  unlinked: false,
});
