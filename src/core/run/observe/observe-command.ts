import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AbortOptions } from '../../progress/index.ts';
import { realPlace } from '../real-place.ts';
import { requireTool, type Tool } from '../tool.ts';
import type { ChildCommand } from '../wrapper.ts';
import type { Observation } from './observation.ts';
import { settle } from './settle.ts';
import { Sightings } from './sightings.ts';
import { Trace } from './trace.ts';
import { TRACED_CALLS } from './trace-events.ts';
import { TracePipe } from './trace-pipe.ts';

/**
 * The tracer is a grandchild, so that signals and exit status are the command's own (`-D`); it follows all children (`-f`), stops
 * them at the calls named alone (`--seccomp-bpf`), spells every string in hex (`-xx`) and gives descriptors their names (`-yy`).
 */
const OPTIONS = [
  '-f',
  '-D',
  '--quiet=attach,personality',
  '-xx',
  '-yy',
  '-s',
  '0',
  '-e',
  'signal=none',
  '--seccomp-bpf',
];
const CALLS = ['-e', `trace=${TRACED_CALLS.map((call) => `?${call}`).join(',')}`];
/** What goes through an io_uring is no call that could be traced: as on a kernel without it, programs do without. */
const NO_IO_URING = ['-e', 'inject=?io_uring_setup:error=ENOSYS'];

const STRACE: Tool = {
  name: 'strace',
  flag: '--observe',
  install: 'install strace 5.6 or later, or leave --observe out',
  permit: 'it must be 5.6 or later, and be allowed to trace (in a container: --cap-add=SYS_PTRACE)',
  trial: [...OPTIONS, ...CALLS, ...NO_IO_URING, '-o', '/dev/null', '--', '/bin/sh', '-c', 'exit 7'],
  status: 7,
};

export interface ObservedCommand {
  readonly argv: readonly string[];
  /** Ours, absolute; the tracer writes into it. */
  readonly folder: string;
  finish(options: AbortOptions): Promise<Observation>;
  dispose(): Promise<void>;
}

export interface ObserveOptions extends AbortOptions {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Whether a file must not be told by its digest, since it lies in a salted dataset. */
  readonly isSalted?: (file: string) => Promise<boolean>;
  /** Whether a file must not be told at all, since it holds a secret of ours. */
  readonly isSecret?: (file: string) => Promise<boolean>;
}

/**
 * Puts a command under `strace`, and reads its record while the command runs.
 *
 * @throws StemmaError TOOL_MISSING, INTERRUPTED
 */
export async function observeCommand(command: ChildCommand, options: ObserveOptions): Promise<ObservedCommand> {
  const strace = await requireTool(STRACE, command, options);
  const folder = await mkdtemp(path.join(tmpdir(), 'stemma-observe-'));
  const dispose = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const isDeclared = await declaredFiles(command.cwd, [...options.reads, ...options.writes]);
    const sightings = new Sightings(isDeclared);
    const trace = new Trace(sightings);
    const pipe = await TracePipe.open(path.join(folder, 'trace'), command, (text) => trace.push(text));
    const { ctimeNs: since } = await stat(pipe.path, { bigint: true });
    const workingFolder = latin1(await realpath(command.cwd));
    return {
      argv: [strace, ...OPTIONS, ...CALLS, ...NO_IO_URING, '-o', pipe.path, '--', ...command.argv],
      folder,
      finish: async (abort) => {
        if (!(await pipe.close())) sightings.gap('still-running');
        trace.end();
        await dispose();
        const { isSalted = never, isSecret = never } = options;
        return settle(sightings, { ...abort, folder: workingFolder, since, isDeclared, isSalted, isSecret });
      },
      dispose: async () => {
        pipe.destroy();
        await dispose();
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const never = async (): Promise<boolean> => false;

/** @returns whether a file, links followed, bytes as Latin-1 text, is one of the paths or lies in one */
async function declaredFiles(cwd: string, paths: readonly string[]): Promise<(file: string) => boolean> {
  const places = await Promise.all(paths.map(async (place) => latin1(await realPlace(path.resolve(cwd, place)))));
  return (file) => places.some((place) => file === place || file.startsWith(place === '/' ? place : `${place}/`));
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
