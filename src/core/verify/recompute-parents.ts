import path from 'node:path';
import type { Link } from '../attestation/index.ts';
import { quote } from '../bytes/index.ts';
import { compareDigestSets, type DigestSet } from '../digest/index.ts';
import { isStemmaError, type StemmaError } from '../errors/index.ts';
import {
  digestModel,
  fileSet,
  isIgnored,
  locateModel,
  type SegmentHash,
  segmentTreeKey,
  walkModel,
} from '../model/index.ts';
import { mayHoldWeights, type Weights, weightsOf } from '../recompute/index.ts';
import type { VerifyOptions } from './options.ts';
import type { Check } from './report.ts';

/** A parent that was given, with its tensors as the link's settings have them. */
export interface GivenParent {
  readonly digests: DigestSet;
  readonly weights: Weights;
  /** Weights that the link leaves out of it, by the choice of the link's signer. */
  readonly leftOut: string | undefined;
}

export interface GivenParents {
  /** By the link that names exactly these bytes. */
  readonly byLink: ReadonlyMap<Link, GivenParent>;
  /** Of each that no link names, or that could not be read. */
  readonly checks: readonly Check[];
}

/** One reading of a parent: a link has the settings under which its digests were made. */
interface Reading {
  readonly digests: DigestSet;
  readonly isFile: boolean;
  readonly weights: Weights;
  readonly leftOut: string | undefined;
}

/**
 * Finds for each given parent the links that name its bytes: by digest alone, every byte read, under the settings of the link.
 *
 * @throws StemmaError PATH_NOT_FOUND, INTERRUPTED
 */
export async function matchParents(links: readonly Link[], options: VerifyOptions): Promise<GivenParents> {
  const byLink = new Map<Link, GivenParent>();
  const checks: Check[] = [];
  for (const given of new Set(options.recompute?.parents)) {
    await locateModel(given, { ignore: [], opaque: [] });
    const readings = new Map<string, Promise<Reading>>();
    const read = (link: Link): Promise<Reading> => {
      const settings = settingsOf(link);
      const key = JSON.stringify(settings);
      const reading = readings.get(key) ?? readParent(given, settings, options);
      readings.set(key, reading);
      return reading;
    };
    const matches = await linksTo(links, read);
    if ('error' in matches) checks.push(unreadable(given, matches.error));
    else if (matches.found.length === 0) checks.push(stranger(given, links.length, matches.unbound));
    else for (const { link, parent } of matches.found) byLink.set(link, parent);
  }
  return { byLink, checks };
}

type Matches =
  | { readonly error: StemmaError }
  | {
      readonly found: readonly { readonly link: Link; readonly parent: GivenParent }[];
      /** A link agrees in a digest that does not bind names. */
      readonly unbound: boolean;
    };

async function linksTo(links: readonly Link[], read: (link: Link) => Promise<Reading>): Promise<Matches> {
  const found: { link: Link; parent: GivenParent }[] = [];
  let unbound = false;
  for (const link of links) {
    try {
      const { digests, isFile, weights, leftOut } = await read(link);
      const { kind } = compareDigestSets(link.digest, digests, isFile);
      if (kind === 'match') found.push({ link, parent: { digests, weights, leftOut } });
      if (kind === 'names-not-bound') unbound = true;
    } catch (error) {
      if (!isStemmaError(error) || OF_THE_CALLER.includes(error.code)) throw error;
      // Settings that do not fit the folder, such as an opaque file that it lacks: it is not what the link names.
      if (error.code !== 'USAGE') return { error };
    }
  }
  return { found, unbound };
}

/** What is wrong with the question, not with a parent. */
const OF_THE_CALLER: readonly string[] = ['INTERRUPTED', 'PATH_NOT_FOUND'];

interface Settings {
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  readonly segmentHash: SegmentHash;
}

const settingsOf = ({ ignored, opaque, digest }: Link): Settings => ({
  ignored,
  opaque,
  segmentHash: Object.hasOwn(digest, segmentTreeKey('sha256')) ? 'sha256' : 'blake3',
});

async function readParent(given: string, settings: Settings, options: VerifyOptions): Promise<Reading> {
  const { signal, onProgress, onWarning, jobs } = options;
  const { plan, trees } = await digestModel(given, {
    ...settings,
    allowSymlinks: false,
    phase: 'hashing parent',
    signal,
    onProgress,
    onWarning,
    ...(jobs === undefined ? {} : { jobs }),
  });
  const { files } = fileSet(await walkModel(given, { allowSymlinks: false, signal }), { ignored: [] });
  const out = new Set([...settings.ignored, ...settings.opaque]);
  const leftOut = files.find(({ path: file }) => isIgnored(file, out) && mayHoldWeights(file))?.path;
  return { digests: trees.digests, isFile: plan.kind === 'file', weights: weightsOf(plan), leftOut };
}

/** Bytes of everything that was given, for `--max-bytes`. @throws StemmaError as `walkModel` */
export async function parentBytes({ recompute, signal }: VerifyOptions): Promise<number> {
  let total = 0;
  for (const given of new Set(recompute?.parents)) {
    const set = fileSet(await walkModel(given, { allowSymlinks: false, signal }), { ignored: [] });
    total += set.files.bytes();
  }
  return total;
}

const base = (given: string) =>
  ({
    id: 'lineage.parent',
    step: 'lineage',
    title: `parent ${quote(path.basename(path.resolve(given)), 80)}`,
    required: true,
  }) as const;

function stranger(given: string, links: number, unbound: boolean): Check {
  return {
    ...base(given),
    outcome: unbound ? 'unknown' : 'fail',
    message: unbound
      ? 'a link names it by a sha256 that does not bind the names of its files: which folder was meant is not known'
      : links === 0
        ? 'trusted provenance of the model names no base model'
        : 'its bytes are those of no base model that trusted provenance names',
    hint: 'a parent is found by its digests, never by its name: compare them with `stemma digest`',
  };
}

function unreadable(given: string, { errorClass, message }: StemmaError): Check {
  return {
    ...base(given),
    outcome: 'error',
    errorClass: errorClass === 'unavailable' ? 'unavailable' : 'malformed',
    message,
  };
}
