import { lstatSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { realPlace } from './real-place.ts';
import type { Reference } from './reference.ts';
import type { RunOptions } from './run-options.ts';

/** Where a declared output is to be. */
export interface OutputRoot {
  /** Absolute, as it was named. */
  readonly root: string;
  /** Where that leads, symbolic links followed. */
  readonly place: string;
}

/**
 * Where the outputs are to be, refused before anything runs where their evidence could not be told apart or could not be true.
 *
 * @returns in the order given
 * @throws StemmaError USAGE; SYMLINK_REFUSED for an output that is a symbolic link
 */
export function outputRoots(options: RunOptions): OutputRoot[] {
  const roots = options.outputs.map((output) => path.resolve(output));
  if (roots.length === 0) {
    throw new StemmaError('USAGE', 'expected an output to attest, found none', { hint: 'name it with --output' });
  }
  if (roots.length > 1 && (options.name !== undefined || options.outputDir !== undefined)) {
    throw new StemmaError('USAGE', 'a name, or a folder for the evidence, is of one output; found several');
  }
  return readPlaces(roots, options, 'USAGE');
}

/**
 * To be asked again after the command, which may have put links in the place of its outputs: evidence is written beside what is
 * attested, and must not get into a base model, or into what somebody else made.
 *
 * @throws StemmaError SYMLINK_REFUSED for an output that leads elsewhere than before, or into an input or another output
 */
export function requireSamePlaces(outputs: readonly OutputRoot[], options: RunOptions): void {
  const now = readPlaces(
    outputs.map(({ root }) => root),
    options,
    'SYMLINK_REFUSED',
  );
  for (const [i, { root, place }] of outputs.entries()) {
    if (now[i]?.place !== place && !options.allowSymlinks) throw linkRefused(root);
  }
}

function readPlaces(roots: readonly string[], options: RunOptions, code: 'USAGE' | 'SYMLINK_REFUSED'): OutputRoot[] {
  const outputs = roots.map((root): OutputRoot => {
    if (!options.allowSymlinks && isLink(root)) throw linkRefused(root);
    return { root, place: realPlace(root) };
  });
  for (const [i, { root, place }] of outputs.entries()) {
    const other = outputs.find((candidate, j) => j !== i && isWithin(place, candidate.place));
    if (other === undefined) continue;
    if (other.place === place) {
      const message = `the output ${quote(path.basename(root))} is named twice`;
      throw new StemmaError(code, message, { hint: 'name each output once' });
    }
    const message = `the output ${quote(path.basename(root))} lies in the output ${quote(path.basename(other.root))}`;
    throw new StemmaError(code, message, { hint: 'name the outer one alone' });
  }
  const mutable = new Set(options.mutable.map((file) => path.resolve(file)));
  for (const input of readPaths(options)) {
    const written = outputs.find(({ place }) => isWithin(place, realPlace(input)));
    if (written === undefined || mutable.has(input)) continue;
    const message = `the output ${quote(path.basename(written.root))} lies in the input ${quote(path.basename(input))}`;
    throw new StemmaError(code, message, {
      hint: 'write elsewhere, or say with --mutable that the input may change',
    });
  }
  return outputs;
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function linkRefused(root: string): StemmaError {
  const message = `the output ${quote(path.basename(root))} is a symbolic link, or lies behind one that the command made`;
  return new StemmaError('SYMLINK_REFUSED', message, {
    hint: 'name the folder or file that it leads to, or follow it with --allow-symlinks',
  });
}

/** Absolute paths of what the command reads. */
export function readPaths({
  bases,
  datasets,
  inputs,
  configs,
  environments,
}: Pick<RunOptions, 'bases' | 'datasets' | 'inputs' | 'configs' | 'environments'>): string[] {
  const references = [...bases.map(({ reference }) => reference), ...datasets, ...environments];
  const ofReference = (reference: Reference): string[] => (reference.kind === 'path' ? [reference.path] : []);
  return [...references.flatMap(ofReference), ...inputs, ...configs].map((file) => path.resolve(file));
}

/** Whether one absolute path is another or lies below it. */
export function isWithin(child: string, parent: string): boolean {
  const relative = path.relative(parent, child);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
