import { quote } from '../../bytes/index.ts';
import type { FileList } from './file-list.ts';

const MAX_NAMED = 10;

/** What changes no digest and yet matters to whoever copies, signs or trusts the folder. */
export function listingWarnings(files: FileList, linksOut: readonly string[]): readonly string[] {
  const hardLinked = files.filter((file) => file.links > 1).map((file) => file.path);
  return [
    ...summary(hardLinked, 'has more than one hard link: another name can change it'),
    ...summary(linksOut.toSorted(), 'is a link to outside the model'),
    ...summary(collisions(files), 'differs from another name only by case or Unicode normalisation'),
  ];
}

function summary(paths: readonly string[], what: string): readonly string[] {
  const named = paths.slice(0, MAX_NAMED).map((path) => `${quote(path)} ${what}`);
  return paths.length > MAX_NAMED ? [...named, `and ${paths.length - MAX_NAMED} more: ${what}`] : named;
}

/** The later of two names that are one on a file system that folds case or normalises. */
function collisions(files: FileList): readonly string[] {
  // Of two names that fold alike, one at least is not its own fold: only those folds are held, few among a million names.
  const unfolded = new Set<string>();
  for (const { path } of files) {
    const folded = fold(path);
    if (folded !== path) unfolded.add(folded);
  }
  if (unfolded.size === 0) return [];
  const seen = new Set<string>();
  const out: string[] = [];
  for (const { path } of files) {
    const folded = fold(path);
    if (!unfolded.has(folded)) continue;
    if (seen.has(folded)) out.push(path);
    else seen.add(folded);
  }
  return out;
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
