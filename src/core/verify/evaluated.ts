import type { KnownHeaders, ModelListing } from '../model/index.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import type { MatchResult } from './checks/match.ts';
import type { ManifestShelf } from './manifest-shelf.ts';
import type { View } from './observe.ts';
import type { VerifyOptions } from './options.ts';

/** A statement with what comparing it with the bytes came to. */
export interface Evaluated {
  readonly statement: ClassifiedStatement;
  readonly match: MatchResult;
  /** For the naming of what changed: the files as read for this statement. */
  readonly view?: View;
}

/** What statements are compared with, and how. */
export interface EvaluateContext {
  readonly listing: ModelListing;
  readonly shelf: ManifestShelf;
  readonly options: VerifyOptions;
  /** The headers of containers that were read for this listing. */
  readonly headers: KnownHeaders;
  /** Whether a trusted identity statement allows symbolic links: then other statements about the model are read so too. */
  readonly allowSymlinks: boolean;
}
