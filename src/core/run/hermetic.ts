import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { makeFolder } from '../evidence/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { gpuDevices, programPaths, SYSTEM_FOLDERS } from './hermetic-system.ts';
import { requireTool, type Tool } from './tool.ts';
import { isWithin } from './within.ts';
import type { ChildCommand } from './wrapper.ts';

const SANDBOX = ['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent'];
/** What every program expects, and where nothing of the system shows. */
const EMPTY = ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--dir', '/run'];

const BUBBLEWRAP: Tool = {
  name: 'bwrap',
  flag: '--hermetic',
  install: 'install bubblewrap (the package of that name), or leave --hermetic out',
  permit: 'it needs unprivileged user namespaces, which this system or container forbids',
  trial: [...SANDBOX, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '/bin/sh', '-c', 'exit 7'],
  status: 7,
};

export interface HermeticOptions extends AbortOptions {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Folders of ours that the wrapped command needs, writable. */
  readonly own: readonly string[];
}

/**
 * The arguments that run a command in a sandbox: no network, its own processes; system folders, the program's own folder and the
 * declared inputs to be read, the declared outputs to be written; everything else is empty, and what is written there is gone
 * afterwards. A declared output that does not exist is made, as a folder.
 *
 * The sandbox keeps the command to what was declared. It is no defence against a program that attacks the kernel.
 *
 * @param command what runs inside, with the tracer where there is one
 * @param traced the command as the user gave it: its program's folder is let in
 * @throws StemmaError TOOL_MISSING, USAGE, PATH_NOT_FOUND, INTERRUPTED
 */
export async function hermeticArguments(
  command: ChildCommand,
  traced: ChildCommand,
  options: HermeticOptions,
): Promise<readonly string[]> {
  const { cwd } = command;
  for (const read of options.reads) requireInput(read, cwd);
  const outputs = options.writes.filter((write) => isOutput(write, options.writes, command));
  const program = await requireTool(BUBBLEWRAP, command, options);

  const binds = new Map<string, readonly string[]>();
  const bind = (flag: string, place: string): unknown => binds.set(place, [flag, realpathSync(place), place]);
  for (const folder of SYSTEM_FOLDERS.filter(existsSync)) bind('--ro-bind', folder);
  for (const place of programPaths(traced)) bind('--ro-bind', place);
  for (const read of options.reads) bind('--ro-bind', path.resolve(cwd, read));
  for (const output of outputs.map((write) => path.resolve(cwd, write))) {
    if (!existsSync(output)) await makeFolder(output);
    bind('--bind', output);
  }
  for (const folder of options.own) bind('--bind', folder);
  return [
    program,
    ...SANDBOX,
    ...EMPTY,
    '--dir',
    cwd,
    ...gpuDevices().flatMap((device) => ['--dev-bind', device, device]),
    // A folder before what lies in it, which would be hidden otherwise.
    ...[...binds.values()].toSorted(byDepth).flat(),
    '--chdir',
    cwd,
    '--',
    ...command.argv,
  ];
}

function byDepth([, , a = '']: readonly string[], [, , b = '']: readonly string[]): number {
  return a.split('/').length - b.split('/').length;
}

/** @throws StemmaError PATH_NOT_FOUND */
function requireInput(asGiven: string, cwd: string): void {
  if (existsSync(path.resolve(cwd, asGiven))) return;
  throw new StemmaError('PATH_NOT_FOUND', `nothing is at ${quote(asGiven)}`);
}

/**
 * The places for a sandbox are there before it is: what does not exist can be made as a folder, or lies in another output.
 *
 * @returns whether it is a place of its own
 * @throws StemmaError USAGE
 */
function isOutput(asGiven: string, outputs: readonly string[], { cwd, env }: ChildCommand): boolean {
  const place = path.resolve(cwd, asGiven);
  if ([cwd, env['HOME'] ?? '/', '/'].some((wide) => isWithin(wide, place))) {
    throw new StemmaError('USAGE', `${quote(asGiven)} is too wide an output for --hermetic: the inputs lie in it`, {
      hint: 'name a folder that holds the outputs alone',
    });
  }
  if (existsSync(place)) return true;
  const others = outputs.map((output) => path.resolve(cwd, output)).filter((output) => output !== place);
  if (others.some((other) => isWithin(place, other))) return false;
  if (path.extname(place) === '') return true;
  throw new StemmaError('USAGE', `${quote(asGiven)} does not exist, and --hermetic can let only a folder be filled`, {
    hint: 'declare the folder that it is to lie in as an output, or make it first',
  });
}
