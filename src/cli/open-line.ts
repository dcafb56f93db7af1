import { fstatSync } from 'node:fs';

const LF = 0x0a;

/**
 * Whether a line of another program stands unfinished on our streams. What we print meanwhile must begin on a line of its own: a
 * signed note that is glued to a progress bar is none any more.
 */
export class OpenLine {
  readonly #isOneStream: boolean;
  readonly #open = { stdout: false, stderr: false };

  /** @param isOneStream whether both streams end in the same place, as on a terminal or after `2>&1` */
  constructor(isOneStream: boolean) {
    this.#isOneStream = isOneStream;
  }

  /** To be told of every chunk, in the order in which they are written. */
  passed(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    const last = chunk.at(-1);
    if (last !== undefined) this.#open[this.#isOneStream ? 'stderr' : stream] = last !== LF;
  }

  /** What to print on stderr before whole lines of ours. */
  take(): '' | '\n' {
    const before = this.#open.stderr ? '\n' : '';
    this.#open.stderr = false;
    return before;
  }
}

/** Whether stdout and stderr of this process are the same terminal, file or pipe. */
export function isOneStream(): boolean {
  try {
    const [out, err] = [fstatSync(1), fstatSync(2)];
    return out.dev === err.dev && out.ino === err.ino;
  } catch {
    return false;
  }
}
