import { parseBundle } from '../attestation/index.ts';
import { escapeText, joinBytes } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { EvidenceBudget, MAX_EVIDENCE_BYTES, splitLines } from '../evidence/index.ts';
import { type BlockSource, parseCid, readFolder, type UnixFsFile } from '../ipfs/index.ts';
import { SIDE_FILES } from '../model/index.ts';
import type { CollectedBundle } from './checks/authenticate.ts';
import { Repeats } from './repeats.ts';

/** Folders of evidence hold the side files of one model, and nothing in folders below. */
const MAX_FILES = 16;
/** Of all evidence that one run fetches. */
const MAX_TOTAL_BYTES = 2 * MAX_EVIDENCE_BYTES;

const LINES = SIDE_FILES.attestations.replace('model', '');
const SIGNATURE = SIDE_FILES.signature.replace('model', '');

/** What one run fetches, in all. */
export class EvidenceFetcher {
  readonly #source: BlockSource;
  readonly #signal: AbortSignal | undefined;
  readonly #budget = new EvidenceBudget();
  readonly #repeats = new Repeats();
  #bytes = 0;

  constructor(source: BlockSource, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  /**
   * The bundles in a folder of side files. It is what its CID says, and whoever made it may be hostile: what does not parse is a
   * malformed bundle, and files that hold no bundles are left where they are.
   *
   * @param uri `ipfs://` and a CID
   * @throws StemmaError UNIXFS_INVALID, CID_INVALID, TOO_LARGE, LIMIT_EXCEEDED, and as the source
   */
  async fetch(uri: string): Promise<readonly CollectedBundle[]> {
    const root = parseCid(uri.slice('ipfs://'.length));
    // A manifest may be of any size, and is not read.
    const limits = { maxBytes: Number.MAX_SAFE_INTEGER, maxEntries: MAX_FILES, maxDepth: 0 };
    const found: CollectedBundle[] = [];
    for await (const file of readFolder(this.#source, root, limits, { signal: this.#signal })) {
      const { path } = file;
      if (!path.endsWith(LINES) && !path.endsWith(SIGNATURE)) continue;
      const bytes = await this.#read(file);
      const source = `${uri}/${path}`;
      if (path.endsWith(SIGNATURE)) found.push(this.#bundle(bytes, { source }));
      else
        for (const { number: line, bytes: text } of splitLines(bytes)) found.push(this.#bundle(text, { source, line }));
    }
    // The evidence of a child holds copies of its parents'.
    return found.filter((bundle) => !this.#repeats.isRepeat(bundle));
  }

  async #read(file: UnixFsFile): Promise<Uint8Array> {
    const { path, size } = file;
    if (size > MAX_EVIDENCE_BYTES)
      throw new StemmaError(
        'TOO_LARGE',
        `${escapeText(path)} has ${size} bytes; at most ${MAX_EVIDENCE_BYTES} are read`,
      );
    this.#bytes += size;
    if (this.#bytes > MAX_TOTAL_BYTES)
      throw new StemmaError('LIMIT_EXCEEDED', `more than ${MAX_TOTAL_BYTES} bytes of evidence would be fetched`);
    const pieces: Uint8Array[] = [];
    for await (const piece of file.bytes()) pieces.push(piece);
    return joinBytes(pieces);
  }

  #bundle(bytes: Uint8Array, ref: CollectedBundle['ref']): CollectedBundle {
    return { origin: 'attestations', ref, isSignatureFile: false, content: this.#parse(bytes, ref) };
  }

  /** Too much of it ends the fetch: what is left out must not look like evidence that was read. */
  #parse(bytes: Uint8Array, { source, line }: CollectedBundle['ref']): CollectedBundle['content'] {
    let content: CollectedBundle['content'];
    try {
      content = { bundle: parseBundle(bytes, escapeText(line === undefined ? source : `${source} line ${line}`)) };
    } catch (error) {
      if (!isStemmaError(error)) throw error;
      content = { error };
    }
    this.#budget.admit('bundle' in content ? content.bundle.envelope.payload : undefined);
    return content;
  }
}
