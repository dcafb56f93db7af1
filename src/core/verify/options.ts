import type { DigestSet } from '../digest/index.ts';
import type { BlockSource, UnpackedPack } from '../ipfs/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { SaltedLogFile } from '../trainlog/index.ts';
import type { AncestorOptions } from './lineage-options.ts';
import type { LoadedPolicy } from './policy-file.ts';
import type { TrustEntry } from './trust.ts';

/** What one `verify` run is asked. Every path is as the caller's system names it, except `ignore`, which is relative to the model. */
export interface VerifyOptions extends AbortOptions, ProgressOptions {
  readonly model: string;
  /** Empty only with `integrityOnly`, and with a policy. */
  readonly trust: readonly TrustEntry[];
  /** Check digests against unauthenticated evidence, and say so: never counts as signed. */
  readonly integrityOnly: boolean;
  /** Design §5, "Speeds". */
  readonly mode: 'verify' | 'fast' | 'full' | 'sample';
  /** Required with mode `sample`. `random(n)` gives an integer in [0, n). */
  readonly sample?: { readonly fraction: number; readonly accept: boolean; readonly random: (n: number) => number };
  /** The only identity evidence where given. */
  readonly signature?: string;
  /** More attestations files. */
  readonly attestations: readonly string[];
  /** Evidence packs, opened. */
  readonly packs?: readonly UnpackedPack[];
  /** The folder of a store that is asked about the model and its ancestors. */
  readonly store?: string;
  /** Where evidence about ancestors that is not at hand is asked for; without it nothing reaches a network. */
  readonly online?: BlockSource;
  /** Canonical paths relative to the model, each with its subtree; listed under `notCovered`. */
  readonly ignore: readonly string[];
  readonly ignoreUnsignedFiles: boolean;
  /** Distinct signers that must cover and match every file; at least 1. */
  readonly threshold: number;
  /** `provenance`, `evaluation`, `dataset`, `model`, `oms`, `manifest`, or a predicate type URI. */
  readonly require: readonly string[];
  /** A signature that names a trusted signer and does not verify fails, whatever else passes. */
  readonly requireAll: boolean;
  /** Whom to trust for ancestors: then each of them is required to be verified. */
  readonly ancestors?: AncestorOptions;
  /** Generations of ancestors that are followed. */
  readonly maxDepth?: number;
  /** What must hold besides; where `trust` is empty, the signers of its identity requirements are trusted for the model. */
  readonly policy?: LoadedPolicy;
  /** Parents, files or folders, to compute the model again from: as far as trusted provenance says that it was computed. */
  readonly recompute?: { readonly parents: readonly string[] };
  readonly expect?: DigestSet;
  readonly expectName?: string;
  /** Training logs to recompute against the log roots in provenance and evaluations. */
  readonly logs: readonly string[];
  /** The same where records were salted. */
  readonly saltedLogs?: readonly SaltedLogFile[];
  /** Files of checkpoints of logs, and transcripts, to compare with what provenance lists of its run. */
  readonly checkpoints?: readonly string[];
  readonly transcripts?: readonly string[];
  /** Files and folders to compare with what provenance says went into the model. */
  readonly inputs?: readonly string[];
  /** Files of predictions to compute evaluations from once more. */
  readonly predictions: readonly string[];
  /** Hard links fail instead of being noted. */
  readonly strictFs: boolean;
  /** Read at most this many bytes of weights; more is not decided. */
  readonly maxBytes?: number;
  /** The time that certificates are judged by. */
  readonly at: Date;
  readonly jobs?: number;
  /** The version of the tool, for the report. */
  readonly version: string;
  /** Names of flags whose value came from the environment, for the report. */
  readonly environment: readonly string[];
}
