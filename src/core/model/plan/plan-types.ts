import type { LazyList } from '../../digest/index.ts';
import type { StemmaError } from '../../errors/index.ts';
import type { Container, ContainerFormat, Tensor } from '../formats/index.ts';
import type { ModelFile } from '../walk/listing.ts';
import type { FindingKind } from './finding-kinds.ts';

/** Something a reader of the model should know that changes no digest. */
export interface Finding {
  /** Relative to the model; untrusted text. */
  readonly path: string;
  readonly kind: FindingKind;
  readonly message: string;
}

/** How one file is cut into segments (design §3): by its container's regions, or as one region. */
export interface FilePlan {
  readonly file: ModelFile;
  /** Absent for a plain or opaque file. */
  readonly container?: Container;
  /** The caller named it `opaque`: not parsed, one region. */
  readonly opaque: boolean;
}

/** A tensor of a set and where its chunks lie. */
export interface TensorRef {
  readonly tensor: Tensor;
  /** Index into `ModelPlan.files`. */
  readonly file: number;
  /** Indices into the file's segments: `[firstSegment, firstSegment + segments)`; none for a zero-length tensor. */
  readonly firstSegment: number;
  readonly segments: number;
}

export interface TensorSetPlan {
  /** The path of the index, or of the one file. */
  readonly path: string;
  readonly format: ContainerFormat;
  /** Indices into `ModelPlan.files` of the files that hold its tensors, ascending. */
  readonly files: readonly number[];
  /** By the UTF-8 bytes of the tensor's name. */
  readonly tensors: readonly TensorRef[];
}

/** Why a file or index cannot be planned. Attesting throws the first; verifying turns each into a check. */
export interface PlanProblem {
  readonly path: string;
  readonly error: StemmaError;
  /**
   * `attest`: only a signer must refuse (a single file that is named like a container but is none, a Git-LFS pointer); its
   * trees are defined all the same. `always`: the statement's segment tree cannot be computed.
   */
  readonly blocks: 'attest' | 'always';
}

export interface ModelPlan {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** In the order of the file set: by the UTF-8 bytes of the path. */
  readonly files: LazyList<FilePlan>;
  /** By the UTF-8 bytes of the path. */
  readonly tensorSets: readonly TensorSetPlan[];
  readonly findings: readonly Finding[];
  readonly problems: readonly PlanProblem[];
}
