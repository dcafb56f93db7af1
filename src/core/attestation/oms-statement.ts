import type { HashName } from '../digest/pure.ts';
import type { OmsResources } from './oms-resources.ts';

/** OMS v1.0 §5: what signers write today. */
export const OMS_PREDICATE_TYPE = 'https://model_signing/signature/v1.0';
/** model_signing v0.2.0: the files are the subjects, the predicate says nothing. */
export const OMS_LEGACY_PREDICATE_TYPE = 'https://model_signing/Digests/v0.1';
/** OMS v1.0 §6.1: left out at the top level by every signer, recorded or not. */
export const OMS_GIT_NAMES: readonly string[] = ['.git', '.gitattributes', '.github', '.gitignore'];

export interface OmsShard {
  /** Inclusive byte offset. */
  readonly start: number;
  /** Exclusive byte offset. */
  readonly end: number;
}

export interface OmsResource {
  /** Path of the file, canonical and relative to the model; `.` as Python writes it for a single file. */
  readonly name: string;
  readonly hash: HashName;
  readonly digest: Uint8Array;
  /** With the method `shards`: which bytes of the file. */
  readonly shard?: OmsShard;
}

/** An OMS manifest whose root was recomputed from its own list. Only the signature around it makes it evidence. */
export interface OmsStatement {
  /** Absent in v0.2, which names the files only. */
  readonly subjectName: string | undefined;
  /** Lower-case hex SHA-256 over the digests in listed order; computed here for v0.2, which records none. */
  readonly recordedRoot: string;
  /** In listed order, at least one. Shards of a file cover `[0, end of the last)` without a hole. */
  readonly resources: OmsResources;
  readonly method: 'files' | 'shards';
  readonly shardSize?: number;
  readonly allowSymlinks: boolean;
  /** Canonical paths, each with its subtree, sorted; the Git names are in it only where the signer recorded them. */
  readonly ignorePaths: readonly string[];
  /** Whether it is about a single file: one file, named `.` or like the subject (design §3). */
  readonly singleFile: boolean;
  /** What was read leniently, one sentence each. May hold untrusted text, quoted and escaped. */
  readonly notes: readonly string[];
}

/** Whether a predicate type is an OMS one that `parseOms` reads: any v1.x, as its major version is ours, and v0.2's. */
export function isOmsPredicateType(type: string): boolean {
  return (
    type === OMS_LEGACY_PREDICATE_TYPE || /^https:\/\/model_signing\/signature\/v1\.(?:0|[1-9][0-9]{0,4})$/.test(type)
  );
}
