import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quote } from '../../bytes/index.ts';
import { throwIfAborted } from '../../errors/index.ts';
import type { AbortOptions } from '../../progress/index.ts';
import { realPlace } from '../real-place.ts';
import { digestFound, type FoundFile, findFiles, type Search } from './matching-files.ts';
import { requirePattern } from './pattern.ts';
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
  /** Where the transcript is written, absolute; must not exist. */
  readonly file: string;
  /** Other files, absolute, that are written beside the command and are no checkpoints of its model. */
  readonly own?: readonly string[];
  /** Whether the digest of a file must not be published, by its absolute name. */
  readonly isSecret?: (file: string) => Promise<boolean>;
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
  const own = new Set(await Promise.all([options.file, ...(options.own ?? [])].map(realName)));
  const cwd = await realpath(options.cwd);
  const search: Search = { ...options, cwd, isOurs: (file) => own.has(file) };
  const looker = new Looker(options, search, await findFiles(search));
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

/** With links followed up to the folder that a file is to lie in. */
async function realName(file: string): Promise<string> {
  const folder = path.dirname(file);
  return path.join(await realPlace(folder), path.basename(file));
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
  readonly #search: Search;
  readonly #recorded: Map<string, string>;
  /** Found once, and not recorded yet. */
  #pending = new Map<string, string>();
  readonly #missed = new Set<string>();
  readonly #withheld = new Set<string>();

  constructor(options: TranscriptOptions, search: Search, before: readonly FoundFile[]) {
    this.#options = options;
    this.#search = search;
    this.#recorded = new Map(before.map(({ name, version }) => [name, version]));
  }

  /** @returns when the looking was over and the digesting began, in milliseconds */
  async look(file: TranscriptFile, isLast: boolean): Promise<number> {
    const { now } = this.#options;
    const found = await findFiles(this.#search);
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
    const { now, signal, isSecret } = this.#options;
    if (await isSecret?.(path.join(this.#search.cwd, found.name))) {
      this.#withheld.add(found.name);
      this.#recorded.set(found.name, found.version);
      return true;
    }
    const digest = await digestFound(this.#search.cwd, found, this.#options);
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
    const say = (what: string, files: ReadonlySet<string>): void => {
      if (files.size > 0) onWarning?.(`${what}: ${named(files)}`);
    };
    say('checkpoints that were gone or changed before they could be digested', this.#missed);
    say('not written down, because their digest must not be published', this.#withheld);
  }
}

function named(files: ReadonlySet<string>): string {
  const names = [...files].slice(0, MAX_NAMED).map((name) => quote(name, 80));
  return [...names, ...(files.size > names.length ? [`${files.size - names.length} more`] : [])].join(', ');
}

function byWriting(a: FoundFile, b: FoundFile): number {
  return a.writtenAt === b.writtenAt ? (a.name < b.name ? -1 : 1) : a.writtenAt < b.writtenAt ? -1 : 1;
}
