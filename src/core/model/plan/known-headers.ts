import type { ModelFile } from '../walk/listing.ts';
import { type PlannedFile, plainFile } from './plan-file.ts';

/** What the headers of one listing's files said when they were read; of the many plain files it is held that they are plain. */
export class KnownHeaders {
  readonly #remarkable = new Map<number, PlannedFile>();
  /** By index in the listing: 1 for a plain file. */
  #plain = new Uint8Array(64);

  get(file: ModelFile): PlannedFile | undefined {
    return this.#plain[file.index] === 1 ? plainFile(file) : this.#remarkable.get(file.index);
  }

  add(file: ModelFile, planned: PlannedFile): void {
    const { plan, findings, problem } = planned;
    if (plan.container !== undefined || plan.opaque || findings.length > 0 || problem !== undefined) {
      this.#remarkable.set(file.index, planned);
      return;
    }
    while (file.index >= this.#plain.length)
      this.#plain = new Uint8Array(this.#plain.buffer.transfer(2 * this.#plain.length));
    this.#plain[file.index] = 1;
  }
}
