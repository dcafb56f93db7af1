import type { Hook } from '@oclif/core/hooks';
import { quote } from '../core/bytes/index.ts';
import { StemmaError } from '../core/errors/index.ts';

/** oclif calls this hook for an unknown command; the error reaches `main`, which prints it, as JSON where asked for. */
export const commandNotFound: Hook<'command_not_found'> = async ({ id, config }) => {
  const wanted = id.replaceAll(':', ' ');
  const names = config.commands.filter((command) => !command.hidden).map((command) => command.id.replaceAll(':', ' '));
  const near = names
    .map((name) => ({ name, distance: editDistance(wanted, name) }))
    .filter(({ distance }) => distance <= 3)
    .toSorted((a, b) => a.distance - b.distance);
  throw new StemmaError('USAGE', `unknown ${wanted.startsWith('-') ? 'flag' : 'command'} ${quote(wanted, 60)}`, {
    hint: near[0] === undefined ? 'see: stemma --help' : `did you mean: stemma ${near[0].name}`,
  });
};

/** Levenshtein distance; the first text is cut, because it comes from the command line and the work is quadratic. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, x] of Array.from(a.slice(0, 40)).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const above = row[j + 1] ?? 0;
      const diagonal = row[j] ?? 0;
      next.push(Math.min(above + 1, (next[j] ?? 0) + 1, diagonal + (x === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
