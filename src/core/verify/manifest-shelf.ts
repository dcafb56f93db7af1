import { compareDigestSets } from '../digest/index.ts';
import { isStemmaError, type StemmaError } from '../errors/index.ts';
import { segmentTreeKey } from '../model/index.ts';
import type { AbortOptions } from '../progress/index.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import {
  findManifests,
  type LoadedManifest,
  loadManifest,
  loadSegments,
  type ManifestPlace,
  type ManifestSegments,
} from './manifests.ts';

/** What became of the manifest that a model statement names. */
export type ManifestState =
  | { readonly state: 'usable'; readonly manifest: LoadedManifest; readonly place: ManifestPlace }
  | { readonly state: 'absent' }
  /** It has the signed SHA-256, and its roots are not those of the statement: the signer contradicts himself. */
  | { readonly state: 'contradicts'; readonly message: string }
  /** Malformed although it has the signed SHA-256, or not to be read. */
  | { readonly state: 'error'; readonly error: StemmaError };

/**
 * The manifests that were found, given out only against an authenticated statement: by the SHA-256 that it signs, and when the
 * roots recomputed from the manifest equal those that it signs (design §4).
 */
export class ManifestShelf {
  readonly #places: readonly ManifestPlace[];
  readonly #authenticated: readonly ClassifiedStatement[];
  readonly #options: AbortOptions;
  readonly #states = new Map<string, Promise<ManifestState>>();

  private constructor(
    places: readonly ManifestPlace[],
    authenticated: readonly ClassifiedStatement[],
    options: AbortOptions,
  ) {
    this.#places = places;
    this.#authenticated = authenticated;
    this.#options = options;
  }

  static async open(
    locations: readonly string[],
    authenticated: readonly ClassifiedStatement[],
    options: AbortOptions,
  ): Promise<ManifestShelf> {
    // Nobody's manifest is hashed for nothing: without a statement that names one, none can be used.
    const isNamed = authenticated.some((entry) => manifestDigest(entry) !== undefined);
    return new ManifestShelf(isNamed ? await findManifests(locations, options) : [], authenticated, options);
  }

  /** Digests of the manifests found that no authenticated statement names. */
  get strangers(): number {
    const named = new Set(this.#authenticated.map(manifestDigest));
    return this.#places.filter(({ sha256 }) => sha256 !== undefined && !named.has(sha256)).length;
  }

  /** Whether the file holds the very bytes that one of these statements names as its manifest. */
  holdsManifestOf(statements: readonly ClassifiedStatement[], location: string | undefined): boolean {
    const digest = this.#places.find((place) => place.location === location)?.sha256;
    return digest !== undefined && statements.some((entry) => manifestDigest(entry) === digest);
  }

  /** The state of a model statement's manifest; undefined where it names none. */
  async state(entry: ClassifiedStatement): Promise<ManifestState | undefined> {
    const digest = manifestDigest(entry);
    if (digest === undefined) return undefined;
    let state = this.#states.get(digest);
    if (state === undefined) {
      state = this.#load(digest);
      this.#states.set(digest, state);
    }
    const loaded = await state;
    return loaded.state === 'usable' && !agrees(entry, loaded.manifest)
      ? {
          state: 'contradicts',
          message: 'the manifest has the signed SHA-256, but its roots are not those of the statement',
        }
      : loaded;
  }

  /** Begins to read the manifests of these statements, so that it is done when the bytes have been hashed by other threads. */
  prepare(entries: readonly ClassifiedStatement[]): void {
    // What goes wrong is told to whoever asks for the state.
    for (const entry of entries) this.state(entry).catch(() => undefined);
  }

  /** The usable manifest about a statement's subject: its own, or that of a model statement about the same subject. */
  async for(entry: ClassifiedStatement): Promise<LoadedManifest | undefined> {
    return (await this.#usable(entry))?.manifest;
  }

  /**
   * The same, only where the statement itself signs the manifest's segment root under the same key: a sample recomputes no root,
   * so anybody else's list of segments would be somebody else's word.
   */
  async forSample(entry: ClassifiedStatement): Promise<LoadedManifest | undefined> {
    const manifest = await this.for(entry);
    return manifest !== undefined && signsSegmentRoot(entry, manifest) === true ? manifest : undefined;
  }

  /**
   * Segment digests of the wanted files, from the same manifest.
   *
   * @throws StemmaError FILE_CHANGED where the manifest is no longer the one that was compared
   */
  async segments(
    entry: ClassifiedStatement,
    wanted: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, ManifestSegments>> {
    const usable = await this.#usable(entry);
    return usable === undefined ? new Map() : (await loadSegments(usable.place, wanted, this.#options)).files;
  }

  async #usable(entry: ClassifiedStatement): Promise<Extract<ManifestState, { readonly state: 'usable' }> | undefined> {
    const subject = entry.statement.subject[0]?.digest ?? {};
    for (const candidate of [entry, ...this.#authenticated]) {
      if (
        candidate !== entry &&
        compareDigestSets(subject, candidate.statement.subject[0]?.digest ?? {}, false).kind !== 'match'
      )
        continue;
      const state = await this.state(candidate);
      if (state?.state === 'usable' && signsSegmentRoot(entry, state.manifest) !== false) return state;
    }
    return undefined;
  }

  async #load(digest: string): Promise<ManifestState> {
    const place = this.#places.find(({ sha256 }) => sha256 === digest);
    if (place === undefined) {
      const error = this.#places.find((candidate) => candidate.error !== undefined)?.error;
      return error === undefined ? { state: 'absent' } : { state: 'error', error };
    }
    try {
      const manifest = await loadManifest(place, this.#options);
      // The file was hashed before and parsed after: it must have been the same.
      if (manifest.summary.sha256 !== digest) return { state: 'absent' };
      return { state: 'usable', manifest, place };
    } catch (error) {
      if (!isStemmaError(error) || error.code === 'INTERRUPTED') throw error;
      return { state: 'error', error };
    }
  }
}

function manifestDigest({ content }: ClassifiedStatement): string | undefined {
  return content.kind === 'model' ? content.model.manifest?.sha256 : undefined;
}

/** Whether the statement's subject has the manifest's segment root; undefined where it has no segment root at all. */
function signsSegmentRoot({ statement }: ClassifiedStatement, { summary }: LoadedManifest): boolean | undefined {
  const signed = statement.subject[0]?.digest ?? {};
  const keys = (['blake3', 'sha256'] as const).map(segmentTreeKey).filter((key) => Object.hasOwn(signed, key));
  return keys.length === 0 ? undefined : keys.some((key) => summary.digests[key] === signed[key]);
}

function agrees({ content, statement }: ClassifiedStatement, { summary }: LoadedManifest): boolean {
  if (content.kind !== 'model') return false;
  const { model } = content;
  const root = (tree: { readonly hash: string; readonly size: number; readonly root: string } | undefined): string =>
    tree === undefined ? '' : `${tree.hash} ${tree.size} ${tree.root}`;
  const sets = (list: readonly { readonly path: string; readonly root: string }[]): string =>
    JSON.stringify(list.map(({ path, root: tensorRoot }) => [path, tensorRoot]));
  return (
    compareDigestSets(statement.subject[0]?.digest ?? {}, summary.digests, model.kind === 'file').kind === 'match' &&
    summary.kind === model.kind &&
    root(summary.fileTree) === root(model.fileTree) &&
    root(summary.segmentTree) === root(model.segmentTree) &&
    sets(summary.tensorSets) === sets(model.tensorSets)
  );
}
