import type { ChildCommand } from '../wrapper.ts';
import type { Interpreter } from './interpreter.ts';
import { namedInterpreter } from './named-interpreter.ts';
import { interpreterOf, pythonProcesses } from './processes.ts';
import { versionsOf } from './versions.ts';

/** Between two looks at first; later a fortieth of the time since the start, so that looking costs less and less of it. */
const FIRST_MS = 50;
const SHARE = 40;
const MAX_MS = 5000;

interface Seen {
  readonly interpreter: Interpreter;
  ticks: number;
}

/**
 * Looks, while a command runs, for the Python that it really executes, behind whatever starts it: a shell, `env`, `uv run`, a shim of
 * pyenv. Of several it is the one that used the most processor time. One that ran for less than a fortieth of the time may be missed.
 */
export class PythonWatch {
  /** By process: which Python it ran, and its ticks, when it was last looked at. */
  readonly #processes = new Map<number, Seen>();
  /** By the path of the program: what its processes used together. */
  readonly #used = new Map<string, Seen>();
  #timer: NodeJS.Timeout | undefined;
  #elapsed = 0;

  /** @param pid of the command */
  start(pid: number): void {
    const look = (): void => {
      this.#look(pid);
      const pause = Math.min(Math.max(FIRST_MS, this.#elapsed / SHARE), MAX_MS);
      this.#elapsed += pause;
      this.#timer = setTimeout(look, pause).unref();
    };
    look();
  }

  /** Ends it; may be called more than once. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /**
   * The versions of the Python and of the frameworks installed for it (`versionsOf`). Where none was seen, of the one that the command
   * names; empty where it names none.
   */
  versions(command: ChildCommand): Readonly<Record<string, string>> {
    let most: Seen | undefined;
    for (const seen of this.#used.values()) if (most === undefined || seen.ticks >= most.ticks) most = seen;
    if (most !== undefined) return versionsOf(most.interpreter);
    const program = namedInterpreter(command);
    return program === undefined ? {} : versionsOf({ program, env: command.env });
  }

  #look(root: number): void {
    for (const { pid, ticks } of pythonProcesses(root)) {
      const before = this.#processes.get(pid);
      const interpreter = interpreterOf(pid) ?? before?.interpreter;
      if (interpreter === undefined) continue;
      const { program } = interpreter;
      const used = this.#used.get(program) ?? { interpreter, ticks: 0 };
      // A process may become another program and go on counting, and its number may be given to another process.
      used.ticks += Math.max(0, ticks - (before?.ticks ?? 0));
      this.#used.set(program, used);
      this.#processes.set(pid, { interpreter, ticks });
    }
  }
}
