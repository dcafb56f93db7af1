import { StemmaError } from '../errors/index.ts';
import { digestLength } from './algorithms.ts';
import type { FileRequest, FileResult } from './request.ts';
import type { TaskError, TaskResult } from './task.ts';

/** Puts the results of tasks together into one result a file. */
export class Collector {
  readonly #requests: readonly FileRequest[];
  readonly #results: FileResult[];

  constructor(requests: readonly FileRequest[]) {
    this.#requests = requests;
    this.#results = requests.map(blank);
  }

  /** Whether one of the file's tasks has failed; the others then no longer matter. */
  hasFailed(file: number): boolean {
    return this.#results[file]?.error !== undefined;
  }

  add(part: TaskResult): void {
    const request = this.#requests[part.file];
    const result = this.#results[part.file];
    if (request === undefined || result === undefined || result.error !== undefined) return;
    if (part.error !== undefined) {
      // What other tasks have read of this file may be of another one: no digest remains.
      this.#results[part.file] = { ...blank(request), error: revive(part.error) };
      return;
    }
    Object.assign(result.whole, part.whole);
    part.segments.forEach(({ offset, digests }, i) => result.segments[i]?.set(digests, offset));
  }

  results(): readonly FileResult[] {
    return this.#results;
  }
}

function blank(request: FileRequest): FileResult {
  const segments = request.segments.map(({ hash, lengths }) => new Uint8Array(lengths.length * digestLength[hash]));
  return { whole: {}, segments };
}

function revive({ code, message, details }: TaskError): StemmaError {
  return new StemmaError(code, message, details === undefined ? {} : { details });
}
