import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { isStemmaError, StemmaError, throwIfAborted } from '../errors/index.ts';
import { besideLocations, evidenceLocations } from '../evidence/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import { isSalted, ownClaims } from './claims.ts';
import { namedEvidence, readEvidence } from './evidence-beside.ts';

const BESIDE = path.basename(besideLocations('/x').attestations).slice(1);

/**
 * Refuses to publish a plain digest of something that holds a salted dataset or lies in one, as the attestations with it say. What
 * the evidence says is not authenticated: a digest that was not published can still be, one that was cannot be taken back.
 *
 * @param given a file or folder; it need not be there yet
 * @throws StemmaError USAGE; as `readEvidence` where it cannot be told
 */
export async function refuseSalted(given: string, options: AbortOptions): Promise<void> {
  if (await saltedFinder(options)(given)) throw saltedDataset(path.basename(path.resolve(given)), 'is or lies in');
  for (const folder of await foldersOf(given)) {
    if (await holdsSalted(folder, options)) throw saltedDataset(path.basename(folder), 'holds');
  }
}

/**
 * Why a digest that is only printed had better not be published; none where nothing speaks against it.
 *
 * @throws StemmaError INTERRUPTED
 */
export async function saltedWarnings(given: string, options: AbortOptions): Promise<string[]> {
  try {
    await refuseSalted(given, options);
    return [];
  } catch (error) {
    if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
    return [error.message];
  }
}

/**
 * Tells of one file or folder after the other whether it is a salted dataset or lies in one. The evidence of each folder is read
 * once.
 */
export function saltedFinder(options: AbortOptions): (file: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  const within = (place: string): Promise<boolean> => {
    const found = known.get(place) ?? search(place);
    known.set(place, found);
    return found;
  };
  const search = async (place: string): Promise<boolean> => {
    throwIfAborted(options.signal);
    const around = path.dirname(place);
    if (around !== place && (await within(around))) return true;
    if (await saysSalted(besideLocations(place).attestations)) return true;
    return saysSalted(evidenceLocations(place, 'folder').attestations);
  };
  return async (file) => {
    const absolute = path.resolve(file);
    const real = await realpath(absolute).catch(() => absolute);
    return (await within(absolute)) || (real !== absolute && (await within(real)));
  };
}

function saltedDataset(name: string, how: 'is or lies in' | 'holds'): StemmaError {
  return new StemmaError(
    'USAGE',
    `${quote(name)} ${how} a salted dataset: its plain digest would let the dataset's records be guessed`,
    {
      hint: 'a link takes the salted root from its attestations file, --dataset FILE; to attest it anew, give its secret',
    },
  );
}

/** The folder itself; nothing where it is a file or not there. */
async function foldersOf(given: string): Promise<string[]> {
  const real = await realpath(given).catch(() => undefined);
  return real === undefined ? [] : [real];
}

async function holdsSalted(root: string, { signal }: AbortOptions): Promise<boolean> {
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    throwIfAborted(signal);
    // A folder that cannot be read cannot be digested either.
    const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) folders.push(place);
      else if (entry.name.endsWith(BESIDE) && (await saysSalted(place))) return true;
    }
  }
  return false;
}

async function saysSalted(attestations: string): Promise<boolean> {
  try {
    return ownClaims(await readEvidence([namedEvidence(attestations)]), 'dataset').some(isSalted);
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    throw new StemmaError(error.code, error.message, {
      cause: error,
      hint: 'whether it is about a salted dataset cannot be told: mend the file, or move it away',
    });
  }
}
