import { hexEncode } from '../bytes/index.ts';
import { createHash, type DigestSet, LOG_TREE, sha256 } from '../digest/index.ts';
import { RecordTree } from '../records/index.ts';
import type { WatchedLog } from './checkpoint.ts';

export type StreamName = 'stdout' | 'stderr';

/** Puts a growing log under watch, so that checkpoints of it can be made: `CheckpointWriter.watch`. */
export type WatchStream = (log: StreamName, tree: RecordTree) => WatchedLog;

/** What passed through one stream, as a text log (design §3). */
export interface StreamDigest {
  readonly name: StreamName;
  readonly bytes: number;
  /** Number of records. */
  readonly size: number;
  /** `sha256` and `stemmaLogTreeV1`. */
  readonly digests: DigestSet;
}

/** The log tree of one stream while it is written, in memory that does not grow with it. */
export class StreamLog {
  readonly name: StreamName;
  readonly #whole = createHash('sha256');
  readonly #tree = new RecordTree(() => createHash('sha256'), sha256, 'lf');
  readonly #watched: WatchedLog | undefined;
  #bytes = 0;

  constructor(name: StreamName, watch?: WatchStream) {
    this.name = name;
    this.#watched = watch?.(name, this.#tree);
  }

  push(chunk: Uint8Array): void {
    this.#whole.update(chunk);
    this.#tree.push(chunk);
    this.#bytes += chunk.length;
    this.#watched?.advanced();
  }

  finish(): StreamDigest {
    const { size, root } = this.#tree.finish();
    const digests = { sha256: hexEncode(this.#whole.digest()), [LOG_TREE]: hexEncode(root) };
    return { name: this.name, bytes: this.#bytes, size, digests };
  }
}
