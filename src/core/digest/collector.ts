import { StemmaError } from '../errors/index.ts';
import { digestLength, type HashName } from './algorithms.ts';
import { LazyList, type List } from './lazy-list.ts';
import type { FileRequest, FileResult } from './request.ts';
import type { TaskError, TaskResult } from './task.ts';

/**
 * Puts the results of tasks together into one result a file. All digests lie in one array, those of a file together: its
 * whole-file digests in the order asked for, then those of each segment request. A million tiny files would otherwise be
 * some millions of tiny arrays.
 */
export class Collector {
  readonly #requests: List<FileRequest>;
  /** Where the digests of each file begin, and at the end how many bytes there are. */
  readonly #starts: Float64Array;
  readonly #digests: Uint8Array<ArrayBuffer>;
  /** For each file, a bit for each whole-file digest that has arrived. */
  readonly #arrived: Uint8Array;
  readonly #errors = new Map<number, StemmaError>();
  /** Whether any file asks for it. */
  readonly asksBlake3: boolean;

  constructor(requests: List<FileRequest>) {
    this.#requests = requests;
    this.#starts = new Float64Array(requests.length + 1);
    let at = 0;
    let file = 0;
    let asksBlake3 = false;
    for (const { whole, segments } of requests) {
      asksBlake3 ||= whole.includes('blake3') || segments.some(({ hash }) => hash === 'blake3');
      this.#starts[file++] = at;
      for (const hash of whole) at += digestLength[hash];
      for (const { hash, lengths } of segments) at += lengths.length * digestLength[hash];
    }
    this.#starts[file] = at;
    this.asksBlake3 = asksBlake3;
    this.#digests = new Uint8Array(at);
    this.#arrived = new Uint8Array(requests.length);
  }

  /** Whether one of the file's tasks has failed; the others then no longer matter. */
  hasFailed(file: number): boolean {
    return this.#errors.has(file);
  }

  add(part: TaskResult): void {
    const request = this.#requests.at(part.file);
    if (request === undefined || this.hasFailed(part.file)) return;
    if (part.error !== undefined) {
      this.#errors.set(part.file, revive(part.error));
      // What other tasks have read of this file may be of another one: no digest remains.
      this.#arrived[part.file] = 0;
      this.#digests.fill(0, this.#starts[part.file], this.#starts[part.file + 1]);
      return;
    }
    let at = this.#starts[part.file] ?? 0;
    for (const [i, hash] of request.whole.entries()) {
      const digest = part.whole[hash];
      if (digest !== undefined) {
        this.#digests.set(digest, at);
        this.#arrived[part.file] = (this.#arrived[part.file] ?? 0) | (1 << i);
      }
      at += digestLength[hash];
    }
    for (const [i, { hash, lengths }] of request.segments.entries()) {
      const segments = part.segments[i];
      if (segments !== undefined) this.#digests.set(segments.digests, at + segments.offset);
      at += lengths.length * digestLength[hash];
    }
  }

  results(): LazyList<FileResult> {
    return new LazyList(this.#requests.length, (file) => new CollectedResult(this, file));
  }

  wholeOf(file: number): FileResult['whole'] {
    const whole: Partial<Record<HashName, Uint8Array>> = {};
    let at = this.#starts[file] ?? 0;
    for (const [i, hash] of (this.#requests.at(file)?.whole ?? []).entries()) {
      const end = at + digestLength[hash];
      if (((this.#arrived[file] ?? 0) & (1 << i)) !== 0) whole[hash] = this.#digests.subarray(at, end);
      at = end;
    }
    return whole;
  }

  segmentsOf(file: number): FileResult['segments'] {
    const { whole = [], segments = [] } = this.#requests.at(file) ?? {};
    let at = whole.reduce((sum, hash) => sum + digestLength[hash], this.#starts[file] ?? 0);
    return segments.map(({ hash, lengths }) => {
      const start = at;
      at += lengths.length * digestLength[hash];
      return this.#digests.subarray(start, at);
    });
  }

  errorOf(file: number): StemmaError | undefined {
    return this.#errors.get(file);
  }
}

/** Views of the collected digests, made when they are asked for. */
class CollectedResult implements FileResult {
  readonly #collector: Collector;
  readonly #file: number;

  constructor(collector: Collector, file: number) {
    this.#collector = collector;
    this.#file = file;
  }

  get whole(): FileResult['whole'] {
    return this.#collector.wholeOf(this.#file);
  }

  get segments(): FileResult['segments'] {
    return this.#collector.segmentsOf(this.#file);
  }

  get error(): StemmaError | undefined {
    return this.#collector.errorOf(this.#file);
  }
}

function revive({ code, message, details }: TaskError): StemmaError {
  return new StemmaError(code, message, details === undefined ? {} : { details });
}
