import { setTimeout as sleep } from 'node:timers/promises';
import { quote } from '../../bytes/index.ts';
import { throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { digestFound, type FoundFile, findFiles, requirePattern } from './matching-files.ts';
import { TranscriptFile } from './transcript-file.ts';

/** Between two looks; longer where a look takes long, so that looking takes at most a hundredth of the time; never longer than a minute. */
const POLL_MS = 1000;
const LOOK_SHARE = 100;
const MAX_POLL_MS = 60_000;
const MAX_NAMED = 5;

export interface TranscriptOptions extends AbortOptions {
  /** The working folder, absolute. */
  readonly cwd: string;
  /** `--checkpoint-glob`. */
  readonly patterns: readonly string[];
  /** Where the transcript is written; must not exist. */
  readonly file: string;
  readonly now: () => Date;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Milliseconds between two looks; for tests. */
  readonly every?: number;
}

/** The checkpoints of a model under training, looked for while it goes on. */
export interface TranscriptWatch {
  /**
   * Ends it after a command that succeeded, with a last look.
   *
   * @returns SHA-256 of the transcript, lower-case hex
   * @throws StemmaError whatever kept it from being complete: WRITE_FAILED, LIMIT_EXCEEDED, INTERRUPTED
   */
  finish(): Promise<string>;
  /** Ends it in any case, and may be called after `finish`; what was written by then stays, a file without a line does not. */
  end(): Promise<void>;
}

/**
 * Watches for checkpoints: files that match and were not there, or not like this, before. Each is recorded once it has been the
 * same for two looks, which is when its writer has finished; one that is overwritten is recorded again.
 *
 * @throws StemmaError USAGE, WOULD_OVERWRITE, WRITE_FAILED
 */
export async function watchTranscript(options: TranscriptOptions): Promise<TranscriptWatch> {
  options.patterns.forEach(requirePattern);
  const looker = new Looker(options, await findFiles(options.cwd, options.patterns, options));
  const file = await TranscriptFile.create(options.file);
  const done = new AbortController();
  const looking = lookUntil(done.signal, looker, file, options);
  // Whoever ends it asks for the outcome; until then nobody does.
  looking.catch(() => undefined);
  let closed: Promise<string> | undefined;
  let isFinished = false;
  const close = async (): Promise<string> => {
    done.abort();
    await looking.catch(() => undefined);
    closed ??= file.close();
    return closed;
  };
  return {
    finish: async () => {
      done.abort();
      try {
        await looking;
        await looker.look(file, true);
      } finally {
        await close();
      }
      looker.warn(file.entries);
      isFinished = true;
      return close();
    },
    end: async () => {
      await close();
      if (!isFinished) await file.removeEmpty();
    },
  };
}

async function lookUntil(
  done: AbortSignal,
  looker: Looker,
  file: TranscriptFile,
  options: TranscriptOptions,
): Promise<void> {
  const { now, every = POLL_MS } = options;
  while (!done.aborted && options.signal?.aborted !== true) {
    const before = now().getTime();
    const took = (await looker.look(file, false)) - before;
    const wait = Math.max(every, Math.min(took * LOOK_SHARE, MAX_POLL_MS));
    await sleep(wait, undefined, { signal: done }).catch(() => undefined);
  }
}

/** What was found at the last look, and what of it is recorded. */
class Looker {
  readonly #options: TranscriptOptions;
  readonly #recorded: Map<string, string>;
  /** Found once, and not recorded yet. */
  #pending = new Map<string, string>();
  readonly #missed = new Set<string>();

  constructor(options: TranscriptOptions, before: readonly FoundFile[]) {
    this.#options = options;
    this.#recorded = new Map(before.map(({ name, version }) => [name, version]));
  }

  /** @returns when the looking was over and the digesting began, in milliseconds */
  async look(file: TranscriptFile, isLast: boolean): Promise<number> {
    const { cwd, patterns, now } = this.#options;
    const found = await findFiles(cwd, patterns, this.#options);
    const lookedBy = now().getTime();
    const pending = new Map<string, string>();
    for (const candidate of found.toSorted(byWriting)) {
      const { name, version } = candidate;
      if (this.#recorded.get(name) === version) continue;
      const isSettled = isLast || this.#pending.get(name) === version;
      if (!(isSettled && (await this.#record(file, candidate)))) pending.set(name, version);
    }
    const names = new Set(found.map(({ name }) => name));
    for (const name of this.#pending.keys()) if (!names.has(name)) this.#missed.add(name);
    if (isLast) for (const name of pending.keys()) this.#missed.add(name);
    this.#pending = pending;
    return lookedBy;
  }

  async #record(file: TranscriptFile, found: FoundFile): Promise<boolean> {
    const { cwd, now, signal } = this.#options;
    const digest = await digestFound(cwd, found, this.#options);
    throwIfAborted(signal);
    if (digest === undefined) return false;
    await file.append({ name: found.name, ...digest, seenOn: now().toISOString() });
    this.#recorded.set(found.name, found.version);
    return true;
  }

  warn(entries: number): void {
    const { onWarning, patterns } = this.#options;
    if (entries === 0)
      onWarning?.(`no checkpoint was found that matches ${patterns.map((p) => quote(p, 80)).join(', ')}`);
    if (this.#missed.size === 0) return;
    const names = [...this.#missed].slice(0, MAX_NAMED).map((name) => quote(name, 80));
    const more = this.#missed.size > names.length ? [`${this.#missed.size - names.length} more`] : [];
    onWarning?.(
      `checkpoints that were gone or changed before they could be digested: ${[...names, ...more].join(', ')}`,
    );
  }
}

function byWriting(a: FoundFile, b: FoundFile): number {
  return a.writtenAt === b.writtenAt ? (a.name < b.name ? -1 : 1) : a.writtenAt < b.writtenAt ? -1 : 1;
}
