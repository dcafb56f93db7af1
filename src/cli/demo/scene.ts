import type { Work } from '../base-command.ts';

/** What every step of the demonstration works with. */
export interface Scene {
  /** The temporary folder, absolute. */
  readonly folder: string;
  readonly work: Work;
  /** The clock and the version, for reports. */
  readonly at: Date;
  readonly version: string;
}
