import { readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/**
 * Where a path leads, all symbolic links followed, also where nothing is there yet: then as far as there is something. Two names
 * of one place are told only so.
 */
export function realPlace(file: string, links = MAX_LINKS): string {
  const absolute = path.resolve(file);
  try {
    return realpathSync(absolute);
  } catch {
    const folder = path.dirname(absolute);
    if (folder === absolute) return absolute;
    const place = path.join(realPlace(folder, links), path.basename(absolute));
    const target = links === 0 ? undefined : targetOf(place);
    return target === undefined ? place : realPlace(path.resolve(path.dirname(place), target), links - 1);
  }
}

/** What a link that leads nowhere names; undefined for what is no link. */
function targetOf(place: string): string | undefined {
  try {
    return readlinkSync(place);
  } catch {
    return undefined;
  }
}
