import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '../find-program.ts';
import type { Interpreter } from './interpreter.ts';
import { isPython } from './named-interpreter.ts';

/** A process that runs a Python. */
export interface PythonProcess {
  readonly pid: number;
  /** Ticks of processor time that it and its threads have used so far. */
  readonly ticks: number;
}

/** More are not looked at: a look must stay cheap beside what it looks at. */
const MAX_PROCESSES = 1024;
/** Of a process with more threads, only the first is asked for children: a thread of a trainer starts no processes. */
const MAX_THREADS = 32;

/**
 * The processes that run a Python, of a process and what it started, as Linux's `/proc` says. None elsewhere. Nothing here throws:
 * a process may end between two questions.
 */
export function pythonProcesses(root: number): PythonProcess[] {
  const found: PythonProcess[] = [];
  const pending = [root];
  const seen = new Set(pending);
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    if (isPython(path.basename(asked(() => readlinkSync(`/proc/${pid}/exe`)) ?? ''))) {
      found.push({ pid, ticks: ticksOf(pid) });
    }
    for (const child of childrenOf(pid)) {
      if (seen.has(child) || seen.size >= MAX_PROCESSES) continue;
      seen.add(child);
      pending.push(child);
    }
  }
  return found;
}

/**
 * The Python that a process runs, by the name by which it was started: as Python itself finds out what its environment is, by
 * `argv[0]` and `PATH`. Undefined where that is not the program that the process runs, because it was started under another name or
 * has renamed itself.
 */
export function interpreterOf(pid: number): Interpreter | undefined {
  return asked(() => {
    const [name = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const env = environmentOf(pid);
    const program = findProgram(name, { cwd: readlinkSync(`/proc/${pid}/cwd`), env });
    if (program === undefined) return undefined;
    const [named, running] = [program, `/proc/${pid}/exe`].map((file) => statSync(file, { bigint: true }));
    return named?.dev === running?.dev && named?.ino === running?.ino ? { program, env } : undefined;
  });
}

/** No other variable of a process is kept: they are full of secrets. */
const KEPT: ReadonlySet<string> = new Set(['PATH', 'HOME', 'PYTHONNOUSERSITE', 'PYTHONUSERBASE']);

function environmentOf(pid: number): Interpreter['env'] {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
      return KEPT.has(name) ? [[name, value] as const] : [];
    }),
  );
}

/** proc(5): fields 14 and 15 after the name, which may hold anything. */
function ticksOf(pid: number): number {
  const stat = asked(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function childrenOf(pid: number): number[] {
  const threads = asked(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  const askedOf = threads.length > MAX_THREADS ? [String(pid)] : threads;
  return askedOf.flatMap((thread) => {
    const children = asked(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')) ?? '';
    return children
      .split(' ')
      .filter((child) => child !== '')
      .map(Number);
  });
}

function asked<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
