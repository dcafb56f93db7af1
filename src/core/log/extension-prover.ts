import path from 'node:path';
import { sha256 } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import { writeFileAtomic } from '../evidence/index.ts';
import { StreamedConsistency } from '../merkle/index.ts';
import { formatExtension } from './c2sp/index.ts';
import type { LogCheckReport } from './log-check-report.ts';

interface Candidate {
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Two checkpoints of one log, by how many records they cover. */
export interface CheckpointPair {
  readonly from: number;
  readonly to: number;
}

/** Makes the consistency proof between two of some checkpoints, while their log is read. */
export class ExtensionProver {
  readonly #from: number;
  readonly #to: Candidate;
  readonly #proof: StreamedConsistency;
  readonly #file: string;

  /**
   * @param checkpoints of one log
   * @param between which two; the smallest and the greatest of them unless given
   * @throws StemmaError USAGE unless two of them cover different numbers of records, or those given
   */
  constructor(checkpoints: readonly Candidate[], file: string, between?: CheckpointPair) {
    const ascending = checkpoints.filter(({ size }) => size > 0).toSorted((a, b) => a.size - b.size);
    const of = (wanted: number): Candidate => {
      const found = ascending.find(({ size }) => size === wanted);
      if (found !== undefined) return found;
      throw new StemmaError('USAGE', `no checkpoint of this log that a trusted key signed covers ${wanted} records`, {
        hint: 'log-check without --prove lists them',
      });
    };
    const first = between === undefined ? ascending[0] : of(between.from);
    const last = between === undefined ? ascending.at(-1) : of(between.to);
    if (first === undefined || last === undefined || first.size === last.size) {
      throw new StemmaError(
        'USAGE',
        'a proof is between two checkpoints of one log that cover different numbers of records',
        {
          hint: 'give --since a file with both, signed by a trusted key',
        },
      );
    }
    this.#from = first.size;
    this.#to = last;
    this.#proof = new StreamedConsistency(sha256, first.size, last.size);
    this.#file = file;
  }

  push(leafHash: Uint8Array): void {
    this.#proof.push(leafHash);
  }

  /** @throws StemmaError WRITE_FAILED, SYMLINK_REFUSED */
  async write(): Promise<NonNullable<LogCheckReport['proof']>> {
    const proof = { oldSize: BigInt(this.#from), proof: this.#proof.finish(), note: this.#to.bytes };
    await writeFileAtomic(this.#file, formatExtension(proof));
    return { from: this.#from, to: this.#to.size, file: path.basename(this.#file) };
  }
}
