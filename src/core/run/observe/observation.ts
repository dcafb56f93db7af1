import type { Place } from './places.ts';
import type { Contact } from './sightings.ts';
import type { Gap } from './trace-events.ts';

/** A file that the run read, that nobody had declared, and whose bytes are still those of before the run. */
export interface ObservedFile {
  /** Relative to the working folder, or the base name of a file outside. */
  readonly name: string;
  readonly place: Place;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Files of one place that are too many to be listed, or that nobody wants listed: the packages and the system. */
export interface ObservedGroup {
  readonly place: Place;
  readonly files: number;
  readonly bytes: number;
  /** Root of the file tree over them, paths as `Places` has them; lower-case hex. */
  readonly fileTree: string;
}

/** A file that the run read and whose bytes at that time are not known. */
export interface UnsettledFile {
  readonly name: string;
  readonly place: Place;
  /** Written, made or replaced during the run; or gone by its end, or not to be read. */
  readonly why: 'changed' | 'gone';
}

/** What `--observe` found. Nothing in it is an absolute path. */
export interface Observation {
  readonly tool: 'strace';
  /** Whether the record shows all that it should: no gaps, and no unsettled files. */
  readonly complete: boolean;
  /** Why not, and how often, in the order of their names. */
  readonly gaps: Readonly<Partial<Record<Gap, number>>>;
  /** How often declared paths were opened. */
  readonly declaredOpens: number;
  /** Undeclared files of the working folder and outside, in the order of place and name. */
  readonly files: readonly ObservedFile[];
  readonly groups: readonly ObservedGroup[];
  /** At most 100 of them. */
  readonly unsettled: readonly UnsettledFile[];
  readonly unsettledCount: number;
  readonly contacts: readonly Contact[];
}
