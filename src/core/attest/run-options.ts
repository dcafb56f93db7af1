import type { Writable } from 'node:stream';
import type { StreamName } from '../run/index.ts';
import type { SubjectOptions } from './options.ts';
import type { RunCheckpointOptions } from './run-checkpoints.ts';
import type { RunTranscriptOptions } from './run-transcript.ts';

/** What `run` takes: what `attest` takes, and a command that makes the models. */
export interface RunOptions extends SubjectOptions {
  /** Program and arguments, started in the working folder of this process; no shell takes part. */
  readonly command: readonly string[];
  /** What the command is to make: each is attested as a model, if its bytes changed. */
  readonly outputs: readonly string[];
  /** Files and folders that are neither base model nor dataset. */
  readonly inputs: readonly string[];
  /** Those of the inputs that may change while the command runs. */
  readonly mutable: readonly string[];
  /** Files that the key and its passphrase were read from: nothing that is signed may tell their digest. */
  readonly secretFiles?: readonly string[];
  /** Record what the command opens and contacts. */
  readonly observe?: boolean;
  /** Allow it the declared paths, and no network. */
  readonly hermetic?: boolean;
  /** Give it a pseudo-terminal. */
  readonly tty?: boolean;
  /** Sign what the logs hold while the command runs. */
  readonly checkpoints?: RunCheckpointOptions;
  /** Record the checkpoints of the model that it makes. */
  readonly transcript?: RunTranscriptOptions;
  /** Where what the command writes goes, byte for byte. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Told of each chunk just before it goes to one of them. */
  readonly onOutput?: (stream: StreamName, chunk: Uint8Array) => void;
  /** Whether what it writes to stdout is seen on a terminal. */
  readonly terminal: boolean;
  /** Whether Ctrl-C reaches the command by itself, because it shares our terminal. */
  readonly sharesTerminal: boolean;
  /** The clock that start and end are told by. */
  readonly now: () => Date;
  /** Told just before the command is started. */
  readonly onStart?: () => void;
}
