import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { Reference } from './reference.ts';
import type { RunOptions } from './run-options.ts';

/**
 * Where the outputs are to be, refused before anything runs where their evidence could not be told apart or could not be true.
 *
 * @returns absolute paths, in the order given
 * @throws StemmaError USAGE
 */
export function outputRoots(options: RunOptions): string[] {
  const roots = options.outputs.map((output) => path.resolve(output));
  if (roots.length === 0) {
    throw new StemmaError('USAGE', 'expected an output to attest, found none', { hint: 'name it with --output' });
  }
  for (const [i, root] of roots.entries()) {
    const other = roots.find((candidate, j) => j !== i && isWithin(root, candidate));
    if (other === undefined) continue;
    const message = `the output ${quote(path.basename(root))} lies in the output ${quote(path.basename(other))}`;
    throw new StemmaError('USAGE', message, { hint: 'name the outer one alone' });
  }
  if (roots.length > 1 && (options.name !== undefined || options.outputDir !== undefined)) {
    throw new StemmaError('USAGE', 'a name, or a folder for the evidence, is of one output; found several');
  }
  const mutable = new Set(options.mutable.map((file) => path.resolve(file)));
  for (const input of inputPaths(options)) {
    const written = roots.find((root) => isWithin(root, input));
    if (written === undefined || mutable.has(input)) continue;
    const message = `the output ${quote(path.basename(written))} lies in the input ${quote(path.basename(input))}`;
    throw new StemmaError('USAGE', message, {
      hint: 'write elsewhere, or say with --mutable that the input may change',
    });
  }
  return roots;
}

function inputPaths({ bases, datasets, inputs, configs, environments }: RunOptions): string[] {
  const references = [...bases.map(({ reference }) => reference), ...datasets, ...environments];
  const ofReference = (reference: Reference): string[] => (reference.kind === 'path' ? [reference.path] : []);
  return [...references.flatMap(ofReference), ...inputs, ...configs].map((file) => path.resolve(file));
}

/** Whether one absolute path is another or lies below it. */
export function isWithin(child: string, parent: string): boolean {
  const relative = path.relative(parent, child);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
