import type { EvidenceLevel } from '../attestation/index.ts';
import type { DigestSet } from '../digest/index.ts';
import type { CheckpointEntry, Observation, StreamDigest } from '../run/index.ts';
import type { AttestResult } from './result.ts';

export interface RunResult {
  /** As recorded: without secrets and absolute paths. */
  readonly command: readonly string[];
  /** Null where a signal ended the command. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** As a shell says it: the exit code, or 128 and the number of the signal. */
  readonly status: number;
  /** Whether its outputs were attested: only ever where the status is 0. */
  readonly attested: boolean;
  /** RFC 3339 in UTC. */
  readonly startedOn: string;
  readonly finishedOn: string;
  readonly streams: readonly StreamDigest[];
  readonly inputs: readonly {
    readonly role: string;
    readonly name?: string;
    readonly evidence: EvidenceLevel;
    readonly digests: DigestSet;
  }[];
  readonly outputs: readonly AttestResult[];
  /** Base names of the secrets that were made for salted logs. */
  readonly newSecrets?: readonly string[];
  /** Files below the working folder that were written and lie in no declared output, by relative path. */
  readonly undeclared: { readonly files: number; readonly paths: readonly string[] };
  /** Where the run was observed, and its command succeeded. */
  readonly observation?: Observation;
  /** Where checkpoints were asked for, and the command succeeded. */
  readonly checkpoints?: readonly CheckpointEntry[];
}
