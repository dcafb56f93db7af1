import { realpath } from 'node:fs/promises';
import path from 'node:path';

/** An absolute path with links followed as far as it exists: what is to be written is not there yet. */
export async function realPlace(place: string): Promise<string> {
  try {
    return await realpath(place);
  } catch {
    const around = path.dirname(place);
    return around === place ? place : path.join(await realPlace(around), path.basename(place));
  }
}
