import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './find-program.ts';

/** What decides what a training run computes, by the names of its distributions. */
const FRAMEWORKS: ReadonlySet<string> = new Set([
  'accelerate',
  'bitsandbytes',
  'datasets',
  'deepspeed',
  'diffusers',
  'flax',
  'jax',
  'jaxlib',
  'keras',
  'lightgbm',
  'lightning',
  'numpy',
  'optax',
  'peft',
  'pytorch-lightning',
  'safetensors',
  'scikit-learn',
  'scipy',
  'tensorflow',
  'tokenizers',
  'torch',
  'torchaudio',
  'torchvision',
  'transformers',
  'triton',
  'trl',
  'xgboost',
]);

interface Started {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The versions of the Python that a command starts, and of the frameworks installed for it: told from file names alone
 * (`torch-2.8.0.dist-info`), so nothing of it is executed. Empty where the command is no Python program.
 */
export function pythonVersions(command: Started): Readonly<Record<string, string>> {
  try {
    const interpreter = findInterpreter(command);
    return interpreter === undefined ? {} : versionsBeside(interpreter);
  } catch (error) {
    // Whatever cannot be looked at is not detected.
    if (error instanceof Error && 'syscall' in error) return {};
    throw error;
  }
}

const isPython = (name: string): boolean => /^python[\d.]*$/.test(name);

/** The interpreter itself, or the one in the first line of a script such as `torchrun`. */
function findInterpreter(command: Started): string | undefined {
  const [name = ''] = command.argv;
  const program = findProgram(name, command);
  if (program === undefined || isPython(path.basename(program))) return program;
  const [, first = '', second = ''] = /^#! *([^\s]+)(?: +([^\s]+))?/.exec(startOf(program)) ?? [];
  if (isPython(path.basename(first))) return first;
  return path.basename(first) === 'env' && isPython(second) ? findProgram(second, command) : undefined;
}

function startOf(file: string): string {
  if (!statSync(file).isFile()) return '';
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(256);
    return buffer.toString('latin1', 0, readSync(handle, buffer));
  } finally {
    closeSync(handle);
  }
}

function versionsBeside(interpreter: string): Record<string, string> {
  const virtual = path.dirname(path.dirname(path.resolve(interpreter)));
  const settings = path.join(virtual, 'pyvenv.cfg');
  const real = realpathSync(interpreter);
  const named = /^python(\d+\.\d+)$/.exec(path.basename(real))?.[1];
  const isVirtual = existsSync(settings);
  const full = isVirtual
    ? /^version(?:_info)? *= *(\d+\.\d+[\w.]*)/m.exec(readFileSync(settings, 'utf8'))?.[1]
    : undefined;
  const prefix = isVirtual ? virtual : path.dirname(path.dirname(real));
  const python = full ?? named;
  const minor = /^\d+\.\d+/.exec(python ?? '')?.[0];
  if (python === undefined || minor === undefined) return {};
  const versions: Record<string, string> = { python };
  const folders = [`lib/python${minor}/site-packages`, `lib/python${minor}/dist-packages`, 'lib/python3/dist-packages'];
  for (const folder of folders) Object.assign(versions, frameworksIn(path.join(prefix, folder)));
  return versions;
}

function frameworksIn(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const found = readdirSync(folder).flatMap((entry) => {
    const [, name = '', version = ''] =
      /^([A-Za-z0-9._-]+?)-(\d[A-Za-z0-9.+!_]*)\.(?:dist|egg)-info$/.exec(entry) ?? [];
    const distribution = name.toLowerCase().replaceAll(/[._]+/g, '-');
    return FRAMEWORKS.has(distribution) ? [[distribution, version] as const] : [];
  });
  return Object.fromEntries(found);
}
