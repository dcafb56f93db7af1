/** Cancellation and progress, mixed into the options of every long-running operation. */

export interface ProgressEvent {
  /** What is being done, as a noun phrase: `hashing model`, `hashing base`. */
  readonly phase: string;
  /** Bytes done and bytes expected in this phase. */
  readonly done: number;
  readonly total: number;
  /** The file being worked on, relative to the model; untrusted text. */
  readonly path?: string;
}

export interface AbortOptions {
  /** Aborting makes the operation throw `INTERRUPTED` at the next chunk and leave nothing half-written. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProgressOptions {
  /** Called at most about ten times a second. */
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
  /** Called for things the user should know that change no verdict. */
  readonly onWarning?: ((message: string) => void) | undefined;
}
