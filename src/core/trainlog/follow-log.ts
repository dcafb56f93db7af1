import { stat } from 'node:fs/promises';
import path from 'node:path';
import { hexEncode, quote } from '../bytes/index.ts';
import { createHash, LOG_TREE, sha256 } from '../digest/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { RecordTree } from '../records/index.ts';
import { GrowingLog } from './follow.ts';
import { digestLog, type LogDigest, recordKindOf } from './log-digest.ts';

const POLL_MS = 250;

export interface FollowOptions {
  /** Called whenever records were added to the tree. */
  readonly onAdvance?: () => void;
  /** Asked before each reading: whether the file there must not be told of. Nothing of it is read then, and it is a problem. */
  readonly isWithheld?: () => boolean;
}

export interface FollowedLog {
  /** The whole log as it is at the end, read once more. */
  readonly digest: LogDigest;
  /**
   * Why the log at the end is not the one that was followed: it was shortened, replaced, edited, or is no log. Nothing that was
   * said about it while it grew holds then.
   */
  readonly problem?: StemmaError;
}

/**
 * Follows a log that another process writes, by asking the file system four times a second: events are lost on network file
 * systems, sizes are not. A file that is there already is not begun with until it changes, since a trainer may begin it anew.
 */
export class LogFollower {
  /** Grows as the log does. */
  readonly tree: RecordTree;
  readonly #location: string;
  readonly #onAdvance: (() => void) | undefined;
  readonly #isWithheld: (() => boolean) | undefined;
  readonly #before: string | undefined;
  readonly #timer: NodeJS.Timeout;
  #log: GrowingLog | undefined;
  #problem: StemmaError | undefined;
  #polling: Promise<void> | undefined;

  private constructor(location: string, before: string | undefined, { onAdvance, isWithheld }: FollowOptions) {
    this.tree = new RecordTree(() => createHash('sha256'), sha256, recordKindOf(path.basename(location)));
    this.#location = location;
    this.#before = before;
    this.#onAdvance = onAdvance;
    this.#isWithheld = isWithheld;
    this.#timer = setInterval(() => void this.#poll(), POLL_MS).unref();
  }

  /** To be called before the process that writes the log is started; the log need not be there yet. */
  static async start(location: string, options: FollowOptions = {}): Promise<LogFollower> {
    return new LogFollower(location, await stateOf(location), options);
  }

  /**
   * Reads the rest, then the whole log again.
   *
   * @throws StemmaError as `digestLog`: PATH_NOT_FOUND where there is no log at the end
   */
  async finish(options: AbortOptions & ProgressOptions): Promise<FollowedLog> {
    clearInterval(this.#timer);
    await this.#polling;
    const unchanged = this.#log === undefined && (await stateOf(this.#location)) === this.#before;
    // One that nobody wrote to meanwhile is the log all the same.
    if (unchanged && this.#before !== undefined) await this.#begin();
    await this.#poll();
    const { size, root } = this.tree.finish();
    await this.#log?.close();
    const digest = await digestLog(this.#location, options);
    if (digest.digests[LOG_TREE] !== hexEncode(root) || digest.size !== size) {
      this.#problem ??= this.#changed(
        `${size} records were read while it grew, and they are not the ${digest.size} now`,
      );
    }
    return { digest, ...(this.#problem === undefined ? {} : { problem: this.#problem }) };
  }

  /** Ends it without an answer. */
  async abandon(): Promise<void> {
    clearInterval(this.#timer);
    await this.#polling;
    await this.#log?.close();
  }

  async #poll(): Promise<void> {
    this.#polling ??= this.#read().finally(() => {
      this.#polling = undefined;
    });
    await this.#polling;
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    if (this.#problem !== undefined) return;
    const before = this.tree.size;
    try {
      if (this.#isWithheld?.() === true) {
        const name = quote(path.basename(this.#location));
        throw new StemmaError('USAGE', `log ${name} is a salted log as well: no plain root of it may be told`);
      }
      if (this.#log === undefined) {
        if ((await stateOf(this.#location)) === this.#before) return;
        await this.#begin();
      }
      await this.#log?.readOn((chunk) => this.tree.push(chunk));
    } catch (error) {
      this.#problem = isStemmaError(error) ? error : this.#changed('it cannot be read');
    }
    if (this.tree.size > before) this.#onAdvance?.();
  }

  async #begin(): Promise<void> {
    try {
      this.#log = await GrowingLog.open(this.#location);
    } catch (error) {
      // Gone between the question and the answer: it may come.
      if (!isStemmaError(error) || error.code !== 'PATH_NOT_FOUND') throw error;
    }
  }

  #changed(how: string): StemmaError {
    const name = quote(path.basename(this.#location));
    return new StemmaError('FILE_CHANGED', `log ${name} is not the one that was followed: ${how}`);
  }
}

/** Which file there is, how long, and when it was written; undefined where there is none. */
async function stateOf(location: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(location, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}
