import type { ProgressEvent } from '../core/progress/index.ts';
import { formatBytes, name } from './render/text.ts';

/** `line`: one redrawn line; `log`: a line now and then; `silent`: nothing. */
export type ProgressMode = 'line' | 'log' | 'silent';

export interface ProgressTarget {
  readonly write: (text: string) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Width of the terminal in columns. */
  readonly columns: () => number;
}

/** Work shorter than this is not worth a line in a CI log. */
const QUIET_MS = 1000;
const LOG_EVERY_MS = 10_000;
const ERASE_LINE = '\r\u001b[K';

interface Phase {
  readonly started: number;
  lastLogged: number | undefined;
  event: ProgressEvent;
}

/** Shows how far the work is on stderr. Rates are per phase, so that a second phase does not inherit the first one's. */
export class Progress {
  readonly #mode: ProgressMode;
  readonly #target: ProgressTarget;
  #phase: Phase | undefined;
  #drawn = false;

  constructor(mode: ProgressMode, target: ProgressTarget) {
    this.#mode = mode;
    this.#target = target;
  }

  update(event: ProgressEvent): void {
    if (this.#mode === 'silent') return;
    const now = this.#target.now();
    if (this.#phase?.event.phase !== event.phase) {
      this.#finishPhase(now);
      this.#phase = { started: now, lastLogged: undefined, event };
    }
    this.#phase.event = event;
    if (this.#mode === 'line') this.#draw(describe(event, now - this.#phase.started));
    else this.#log(this.#phase, now);
  }

  /** Erases the line, so that a warning or the answer starts on a clean one. */
  clear(): void {
    if (this.#drawn) this.#target.write(ERASE_LINE);
    this.#drawn = false;
  }

  /** Ends the last phase. Further updates start anew. */
  stop(): void {
    this.#finishPhase(this.#target.now());
    this.#phase = undefined;
    this.clear();
  }

  #draw(text: string): void {
    const width = Math.max(20, this.#target.columns() - 1);
    this.#target.write(ERASE_LINE + (text.length > width ? `${text.slice(0, width - 1)}…` : text));
    this.#drawn = true;
  }

  #log(phase: Phase, now: number): void {
    const due = phase.lastLogged === undefined ? phase.started + QUIET_MS : phase.lastLogged + LOG_EVERY_MS;
    if (now < due) return;
    phase.lastLogged = now;
    this.#target.write(`${describe(phase.event, now - phase.started)}\n`);
  }

  #finishPhase(now: number): void {
    const phase = this.#phase;
    if (phase === undefined || this.#mode !== 'log' || phase.lastLogged === undefined) return;
    const { event, started } = phase;
    const seconds = Math.max(0.001, (now - started) / 1000);
    const rate = formatBytes(event.done / seconds);
    this.#target.write(`${name(event.phase)}: ${formatBytes(event.done)} in ${formatSeconds(seconds)} (${rate}/s)\n`);
  }
}

/** `hashing model  42%  1.7 GiB of 4.0 GiB  812 MiB/s  3 s left  weights.safetensors` */
function describe(event: ProgressEvent, elapsedMs: number): string {
  const { phase, done, total, path } = event;
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
  let text = `${name(phase)}  ${percent}%  ${formatBytes(done)} of ${formatBytes(total)}`;
  const seconds = elapsedMs / 1000;
  // The first moments say more about start-up than about the rate.
  if (seconds >= 0.5 && done > 0) {
    const rate = done / seconds;
    text += `  ${formatBytes(rate)}/s  ${formatSeconds(Math.max(0, total - done) / rate)} left`;
  }
  return path === undefined || path === '' ? text : `${text}  ${name(path, 60)}`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
