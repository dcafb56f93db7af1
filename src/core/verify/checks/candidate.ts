import type { Evaluated } from '../evaluated.ts';

/** A statement as it was compared with the bytes. */
export interface Candidate extends Evaluated {
  /** About an ancestor, whose evidence travels with the model: never stands for the model itself. */
  readonly isAncestor: boolean;
}
