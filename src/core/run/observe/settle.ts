import { realpath } from 'node:fs/promises';
import { compareUtf8, hexEncode } from '../../bytes/index.ts';
import { isStemmaError } from '../../errors/index.ts';
import { type FileDigest, fileTreeRoot } from '../../model/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { isCredentialName } from './credential-names.ts';
import { stateOf } from './file-state.ts';
import type { Observation, ObservedFile, ObservedGroup, UnsettledFile } from './observation.ts';
import { nameOf, type Place, Places } from './places.ts';
import type { Sightings } from './sightings.ts';
import type { Gap } from './trace-events.ts';

/** More undeclared files of one place than these are told by the root of their tree. */
const MAX_LISTED = 256;
const MAX_UNSETTLED = 100;
const GROUPED: readonly Place[] = ['packages', 'system'];
const PLACES: readonly Place[] = ['working-folder', 'outside', 'packages', 'system'];

export interface SettleOptions extends AbortOptions {
  /** The working folder, links followed, as bytes in Latin-1 text. */
  readonly folder: string;
  /** When the run started, in nanoseconds of the kernel's clock. */
  readonly since: bigint;
  readonly isDeclared: (file: string) => boolean;
  readonly isSalted: (file: string) => Promise<boolean>;
  readonly isSecret: (file: string) => Promise<boolean>;
}

/** After the run: digests what it read, and says what of it is known. */
export async function settle(sightings: Sightings, options: SettleOptions): Promise<Observation> {
  const { read, programs } = await filesRead(sightings, options);
  const places = new Places(options.folder, programs);
  const digests = new Map<Place, FileDigest[]>(PLACES.map((place) => [place, []]));
  const unsettled: UnsettledFile[] = [];
  for (const file of read) {
    const state = await stateOf(Buffer.from(file, 'latin1'), options.since, options);
    if (state.kind === 'other') continue;
    const { place, path } = places.of(file);
    const withheld = await whyWithheld(file, place, options);
    if (withheld !== undefined) {
      sightings.gap(withheld);
      continue;
    }
    const name = nameOf(path);
    if (state.kind === 'same') digests.get(place)?.push({ path: name, size: state.size, sha256: state.sha256 });
    else unsettled.push({ name, place, why: state.kind });
  }
  const gaps = [...sightings.gaps].toSorted(([a], [b]) => compareUtf8(a, b));
  return {
    tool: 'strace',
    complete: gaps.length === 0 && unsettled.length === 0,
    gaps: Object.fromEntries(gaps),
    declaredOpens: sightings.declared,
    ...summarise(digests),
    unsettled: unsettled
      .toSorted((a, b) => compareUtf8(a.place, b.place) || compareUtf8(a.name, b.name))
      .slice(0, MAX_UNSETTLED),
    unsettledCount: unsettled.length,
    contacts: sightings.contacts,
  };
}

/** Why neither name nor digest of a file may be published; of a salted dataset not even a group of files may hold it. */
async function whyWithheld(bytes: string, place: Place, options: SettleOptions): Promise<Gap | undefined> {
  if (!GROUPED.includes(place) && isCredentialName(bytes)) return 'credential-file';
  const file = Buffer.from(bytes, 'latin1').toString('utf8');
  if (await options.isSecret(file)) return 'credential-file';
  try {
    return (await options.isSalted(file)) ? 'salted-dataset' : undefined;
  } catch (error) {
    // Evidence that cannot be read may say that the dataset is salted.
    if (isStemmaError(error) && error.code !== 'INTERRUPTED') return 'salted-dataset';
    throw error;
  }
}

/** The files by the names that they really have; an executed one is told by the name that was given for it. */
async function filesRead(
  sightings: Sightings,
  { isDeclared }: SettleOptions,
): Promise<{ read: ReadonlySet<string>; programs: ReadonlySet<string> }> {
  const read = new Set<string>();
  const programs = new Set<string>();
  for (const [file, { reads, executes, product }] of sightings.files) {
    if (reads && !product) read.add(file);
    if (!executes) continue;
    const real = await realName(file);
    programs.add(file).add(real);
    if (!isDeclared(real) && sightings.files.get(real)?.product !== true) read.add(real);
  }
  return { read, programs };
}

async function realName(file: string): Promise<string> {
  try {
    return (await realpath(Buffer.from(file, 'latin1'), 'buffer')).toString('latin1');
  } catch {
    return file;
  }
}

function summarise(digests: ReadonlyMap<Place, FileDigest[]>): { files: ObservedFile[]; groups: ObservedGroup[] } {
  const files: ObservedFile[] = [];
  const groups: ObservedGroup[] = [];
  for (const [place, members] of digests) {
    members.sort((a, b) => compareUtf8(a.path, b.path) || compareUtf8(hexEncode(a.sha256), hexEncode(b.sha256)));
    if (!GROUPED.includes(place) && members.length <= MAX_LISTED) {
      files.push(...members.map(({ path, sha256 }) => ({ name: path, place, sha256: hexEncode(sha256) })));
    } else if (members.length > 0) {
      const bytes = members.reduce((sum, { size }) => sum + size, 0);
      groups.push({ place, files: members.length, bytes, fileTree: fileTreeRoot(members).root });
    }
  }
  return { files, groups };
}
