import type { DigestSet } from '../digest/index.ts';
import type { UnpackedPack } from '../ipfs/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { AncestorOptions } from './lineage-options.ts';
import type { LoadedPolicy } from './policy-file.ts';
import type { TrustEntry } from './trust.ts';

/** What one `dataset verify` run is asked. Every path is as the caller's system names it. */
export interface VerifyDatasetOptions extends AbortOptions, ProgressOptions {
  /** Folder or file. */
  readonly dataset: string;
  /** Whom to trust; not empty, unless a policy says it. */
  readonly trust: readonly TrustEntry[];
  /** More attestations files. */
  readonly attestations: readonly string[];
  /** Evidence packs, opened. */
  readonly packs?: readonly UnpackedPack[];
  /** The secret of a salted dataset, 32 bytes. */
  readonly secret?: Uint8Array;
  /** Whom to trust for the datasets that it was derived from: then each of them is required to be verified. */
  readonly ancestors?: AncestorOptions;
  /** Generations of ancestors that are followed. */
  readonly maxDepth?: number;
  /** What must hold besides; where `trust` is empty, the signers of its requirements for `dataset/v1` are trusted. */
  readonly policy?: LoadedPolicy;
  readonly expect?: DigestSet;
  readonly expectName?: string;
  /** The time that certificates are judged by. */
  readonly at: Date;
  readonly jobs?: number;
  /** The version of the tool, for the report. */
  readonly version: string;
  /** Names of flags whose value came from the environment, for the report. */
  readonly environment: readonly string[];
}
