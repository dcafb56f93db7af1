import path from 'node:path';
import { quote } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import {
  besideLocations,
  EvidenceBudget,
  evidenceLocations,
  MAX_EVIDENCE_BYTES,
  manifestBeside,
  readIfPresent,
  readSmallFile,
} from '../evidence/index.ts';
import { type ModelListing, SIDE_FILES, type WalkProblem } from '../model/index.ts';
import type { CollectedBundle } from './checks/authenticate.ts';
import { type Read, readBundles } from './read-bundles.ts';
import { Repeats } from './repeats.ts';
import { withinModel } from './within-model.ts';

const SIDE_FILE_NAMES: ReadonlySet<string> = new Set(Object.values(SIDE_FILES));

/** Evidence that could not be read: not the same as evidence that is absent (design §5). */
export interface SourceProblem {
  readonly source: string;
  readonly error: StemmaError;
  /** The verdict rests on it. */
  readonly required?: boolean;
}

export interface Collected {
  readonly bundles: readonly CollectedBundle[];
  readonly problems: readonly SourceProblem[];
  readonly warnings: readonly string[];
  /** A link or a folder where a side file belongs: what no model may hold (design §3). */
  readonly refused: string | undefined;
  /** Where a manifest may lie, most likely first. */
  readonly manifests: readonly string[];
}

interface SourceFile {
  readonly file: string;
  readonly name: string;
  readonly origin: CollectedBundle['origin'];
  /** By its name: `.jsonl` is JSON Lines, anything else is one bundle, or where the caller named it an array of bundles. */
  readonly form: 'bundle' | 'lines';
  /** Its path relative to the model, where that is known before it is read. */
  readonly inModel?: string;
  /** A file that the caller named must exist, and may be reached through a link. */
  readonly named: boolean;
}

/**
 * Step 1 of design §5: every bundle in the model's own side files, and in the files that the caller named. A line that does not
 * parse is one malformed bundle; the others are read all the same.
 *
 * @param listing undefined where only the evidence is at hand
 * @throws StemmaError PATH_NOT_FOUND for a file that the caller named
 */
export async function collect(
  listing: ModelListing | undefined,
  named: { readonly signature?: string | undefined; readonly attestations: readonly string[] },
): Promise<Collected> {
  const bundles: CollectedBundle[] = [];
  const problems: SourceProblem[] = [];
  const warnings: string[] = [];
  // What the caller named must not go unread because the model brings a flood of lines.
  const budgets = { model: new EvidenceBudget(), named: new EvidenceBudget() };
  for (const source of sources(listing, named)) {
    try {
      const { found, repeats, rest } = await readSource(source, listing, source.named ? budgets.named : budgets.model);
      for (const bundle of found) bundles.push(bundle);
      if (rest !== undefined) problems.push({ source: source.name, error: rest });
      if (repeats > 0) warnings.push(`${quote(source.name)} holds ${repeats} lines that repeat another one`);
    } catch (error) {
      if (!isStemmaError(error) || (source.named && error.code === 'PATH_NOT_FOUND')) throw error;
      problems.push({ source: source.name, error });
    }
  }
  const walked = listing?.kind === 'folder' ? listing.problems : [];
  const spoilt = walked.filter(({ path: at }) => SIDE_FILE_NAMES.has(at));
  const isRefused = ({ kind }: WalkProblem): boolean => kind === 'symlink' || kind === 'side-file-is-folder';
  const refused = spoilt.find(isRefused);
  for (const problem of spoilt.filter((entry) => !isRefused(entry))) {
    problems.push({ source: problem.path, error: new StemmaError('FILE_UNREADABLE', problem.message) });
  }
  const manifests = manifestPlaces(listing, named.attestations);
  return { bundles, problems, warnings, refused: refused?.message, manifests };
}

function sources(
  listing: ModelListing | undefined,
  named: { readonly signature?: string | undefined; readonly attestations: readonly string[] },
): SourceFile[] {
  const out = listing === undefined ? [] : ownSources(listing);
  if (named.signature !== undefined) out.push(namedSource(named.signature, 'signature'));
  for (const file of named.attestations) out.push(namedSource(file, 'attestations'));
  return out;
}

function ownSources(listing: ModelListing): SourceFile[] {
  const out: SourceFile[] = [];
  const places = evidenceLocations(listing.root, listing.kind);
  for (const [form, file] of [
    ['bundle', places.signature],
    ['lines', places.attestations],
  ] as const) {
    const name = path.basename(file);
    // In a Hugging Face snapshot a side file is a link to a blob; the walk has resolved and checked it.
    const walked = listing.kind === 'folder' ? listing.files.named(name)?.location : file;
    const place = listing.kind === 'folder' ? { inModel: name } : {};
    if (walked !== undefined) out.push({ file: walked, name, ...place, origin: 'model', form, named: false });
  }
  if (listing.kind === 'folder') {
    const { attestations } = besideLocations(listing.root);
    out.push({ file: attestations, name: path.basename(attestations), origin: 'model', form: 'lines', named: false });
  }
  return out;
}

const namedSource = (file: string, origin: 'signature' | 'attestations'): SourceFile => ({
  file,
  name: path.basename(file),
  origin,
  form: file.endsWith('.jsonl') ? 'lines' : 'bundle',
  named: true,
});

async function readSource(
  { file, name, origin, form, named, inModel: at }: SourceFile,
  listing: ModelListing | undefined,
  budget: EvidenceBudget,
): Promise<Read & { readonly repeats: number }> {
  const options = { maxBytes: MAX_EVIDENCE_BYTES, followLink: named };
  const bytes = named ? await readSmallFile(file, options) : await readIfPresent(file, options);
  if (bytes === undefined) return { found: [], repeats: 0 };
  const inModel = named && listing !== undefined ? await withinModel(file, listing) : at;
  const repeats = new Repeats();
  const place = { origin, ...(inModel === undefined ? {} : { inModel }) };
  return { ...readBundles({ ...place, name, form, bytes }, { budget, repeats }), repeats: repeats.count };
}

function manifestPlaces(listing: ModelListing | undefined, attestations: readonly string[]): string[] {
  if (listing === undefined) return [];
  const inside =
    listing.kind === 'folder'
      ? listing.files.named(SIDE_FILES.manifest)?.location
      : evidenceLocations(listing.root, 'file').manifest;
  const beside = listing.kind === 'folder' ? [besideLocations(listing.root).manifest] : [];
  return [inside, ...beside, ...attestations.map(manifestBeside)].filter((file) => file !== undefined);
}
