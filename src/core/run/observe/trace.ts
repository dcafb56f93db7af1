import { type Gap, readCall, type TraceEvent, workingFolderOf } from './trace-events.ts';
import { parseTraceLine, type TraceLine } from './trace-line.ts';

/** More than a call with the longest file names, or a thousand addresses, takes. */
const MAX_LINE = 512 * 1024;
/** As many processes as Linux has at most on most systems; each can be within one call. */
const MAX_UNFINISHED = 65_536;

export interface TraceSink {
  event(event: TraceEvent): void;
}

type Of<K extends TraceLine['kind']> = Extract<TraceLine, { kind: K }>;

/**
 * Reads the tracer's record as it comes and says what happened, in memory that grows with neither the record nor its lines. The
 * record tells of an untrusted program: a line that is not as expected becomes a gap, and nothing is guessed from it.
 */
export class Trace {
  readonly #sink: TraceSink;
  /** The first part of each process's interrupted call. */
  readonly #unfinished = new Map<number, string>();
  /** Processes whose thread executes a program, to the call's first part. */
  readonly #moved = new Map<number, string>();
  /** Processes that such a program has taken over; what their `execve` is then said to return means nothing. */
  readonly #superseded = new Set<number>();
  /** Programs executed by a relative path, until the process shows its working folder. */
  readonly #relative = new Map<number, string>();
  /** Processes and threads that have not ended. */
  readonly #living = new Set<number>();
  #started = false;
  #line = '';
  #tooLong = false;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  /** @param text ASCII, cut anywhere */
  push(text: string): void {
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#append(text.slice(from, at));
      this.#endLine();
      from = at + 1;
    }
    this.#append(text.slice(from));
  }

  /** At the end of the record. */
  end(): void {
    // Whoever ends the tracer ends the record, and the command goes on unseen.
    if (!this.#started || this.#living.size > 0 || this.#line !== '' || this.#tooLong) this.#gap('trace-cut');
    for (const _ of this.#relative) this.#gap('unnamed-file');
    this.#relative.clear();
  }

  #append(text: string): void {
    if (this.#line.length + text.length > MAX_LINE) this.#tooLong = true;
    this.#line = this.#tooLong ? '' : this.#line + text;
  }

  #endLine(): void {
    const line = this.#tooLong ? undefined : parseTraceLine(this.#line);
    this.#line = '';
    this.#tooLong = false;
    if (line === undefined) return this.#gap('unreadable-line');
    this.#started = true;
    if (line.kind !== 'ended') this.#living.add(line.pid);
    switch (line.kind) {
      case 'call':
        return this.#call(line.pid, line.call);
      case 'unfinished':
        return this.#interrupt(line);
      case 'resumed':
        return this.#resume(line);
      case 'superseded':
        return this.#supersede(line);
      case 'ended':
        this.#living.delete(line.pid);
        this.#unfinished.delete(line.pid);
    }
  }

  #interrupt({ pid, start, movedTo }: Of<'unfinished'>): void {
    const calls = movedTo === undefined ? this.#unfinished : this.#moved;
    if (calls.size >= MAX_UNFINISHED) return this.#gap('unreadable-line');
    calls.set(movedTo ?? pid, start);
    if (movedTo !== undefined) this.#living.delete(pid);
  }

  #resume({ pid, name, rest }: Of<'resumed'>): void {
    if (name.startsWith('exec') && this.#superseded.delete(pid)) return;
    const start = this.#unfinished.get(pid);
    this.#unfinished.delete(pid);
    if (start?.startsWith(`${name}(`) === true) return this.#call(pid, start + rest);
    this.#gap('unreadable-line');
  }

  #supersede({ pid }: Of<'superseded'>): void {
    const start = this.#moved.get(pid);
    this.#moved.delete(pid);
    if (start === undefined) return this.#gap('unreadable-line');
    this.#superseded.add(pid);
    this.#call(pid, `${start}) = 0`);
  }

  #call(pid: number, call: string): void {
    const folder = workingFolderOf(call);
    const relative = this.#relative.get(pid);
    if (folder !== undefined && relative !== undefined) {
      this.#relative.delete(pid);
      this.#sink.event({ kind: 'exec', path: `${folder}/${relative}`, folder: undefined });
    }
    const events = readCall(call);
    if (events === undefined) return this.#gap('unreadable-line');
    for (const event of events) this.#take(pid, event);
  }

  #take(pid: number, event: TraceEvent): void {
    if (event.kind === 'moved') {
      if (this.#relative.delete(pid)) this.#gap('unnamed-file');
    } else if (event.kind === 'exec' && !event.path.startsWith('/')) {
      if (event.folder !== undefined) {
        this.#sink.event({ kind: 'exec', path: `${event.folder}/${event.path}`, folder: undefined });
      } else {
        if (this.#relative.has(pid)) this.#gap('unnamed-file');
        this.#relative.set(pid, event.path);
      }
    } else {
      this.#sink.event(event);
    }
  }

  #gap(gap: Gap): void {
    this.#sink.event({ kind: 'gap', gap });
  }
}
