import type { Signer } from '../keys/index.ts';
import type { SegmentHash } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import type { SaltedLogFile } from '../trainlog/index.ts';
import type { Environment } from './builder.ts';
import type { BaseReference, Reference } from './reference.ts';

/** What is signed, and how the files of the model are taken. */
export interface ModelOptions extends AbortOptions, ProgressOptions {
  readonly model: string;
  /** Paths in the model to leave out, as the user wrote them. */
  readonly ignore: readonly string[];
  readonly allowSymlinks: boolean;
  readonly jobs?: number;
  /** Replace a signature or manifest that would otherwise be kept. */
  readonly force: boolean;
}

/** What `attest` takes. */
export interface AttestOptions extends ModelOptions {
  readonly signer: Signer;
  /** `subject[0].name`; default the model's base name. */
  readonly name?: string;
  /** Containers to take as one region, as the user wrote them. */
  readonly opaque: readonly string[];
  readonly segmentHash: SegmentHash;
  readonly bases: readonly BaseReference[];
  readonly datasets: readonly Reference[];
  /** Lockfiles, or the digest set of a container image. */
  readonly environments: readonly Reference[];
  /** Training configuration: recorded by SHA-256. */
  readonly configs: readonly string[];
  readonly logs: readonly string[];
  /** Logs of which the salted root alone is published. */
  readonly saltedLogs?: readonly SaltedLogFile[];
  readonly parameters: Readonly<Record<string, string>>;
  /** Where the source commit is looked for; undefined leaves it out. */
  readonly source: { readonly folder: string; readonly explicit: boolean } | undefined;
  readonly env: Environment;
  readonly copyParentEvidence: boolean;
  /** Take relation and licence from the model card, and say which of the parents that it and a `dvc.lock` name no link is signed to. */
  readonly fromCard?: boolean;
  readonly modelSig: boolean;
  readonly manifest: boolean;
  readonly outputDir?: string;
}

/** The same about a model that has yet to be named. */
export type SubjectOptions = Omit<AttestOptions, 'model'>;
