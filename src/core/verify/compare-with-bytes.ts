import { KnownHeaders, type ModelListing, walkModel } from '../model/index.ts';
import { isParentOf } from './checks/ancestors.ts';
import type { Candidate } from './checks/candidate.ts';
import type { ClassifiedStatement } from './checks/classify.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluateContext } from './evaluated.ts';
import type { Evidence } from './gather-evidence.ts';
import { ManifestShelf } from './manifest-shelf.ts';
import type { VerifyOptions } from './options.ts';
import { settled } from './questions.ts';

/** Every statement with what comparing it with the bytes came to. */
export interface Compared {
  readonly context: EvaluateContext;
  readonly candidates: readonly Candidate[];
  /** The statements that were compared at all. */
  readonly compared: ReadonlySet<ClassifiedStatement>;
}

/** Step 3 of design §5, `match`: each byte is read at most once, and none where nobody is believed. */
export async function compareWithBytes(
  given: ModelListing,
  { collected, statements, believed, ancestors }: Evidence,
  options: VerifyOptions,
): Promise<Compared> {
  // A statement about an ancestor is not about these bytes; `model.sig` is compared all the same, since it may contradict.
  const toRead = believed.filter((entry) => entry.isSignatureFile || !ancestors.has(entry));
  const allowSymlinks = toRead.some(mayFollowLinks);
  const listing = allowSymlinks
    ? await walkModel(options.model, { allowSymlinks: true, signal: options.signal })
    : given;
  const shelf = await ManifestShelf.open(collected.manifests, believed, options);
  const context = { listing, shelf, options, allowSymlinks, headers: new KnownHeaders() };
  shelf.prepare(toRead);
  const evaluated = new Map((await evaluate(toRead, context)).map((entry) => [entry.statement, entry]));
  const candidates = statements.map((statement): Candidate => {
    const isAncestor = ancestors.has(statement);
    const found = evaluated.get(statement);
    return found === undefined
      ? { statement, isAncestor, match: settled('skip', 'not compared with the bytes') }
      : { ...found, isAncestor: isAncestor || (isOwnOms(statement) && isParentOf(statements, found.match.observed)) };
  });
  return { context, candidates, compared: new Set(evaluated.keys()) };
}

const isOwnOms = ({ origin, content }: ClassifiedStatement): boolean => origin === 'model' && content.kind === 'oms';

/**
 * Links lead out of the model to whatever its sender names: they are followed for a trusted signer alone, and for his statement
 * about this model, not about another one that lies in a file of attestations.
 */
const mayFollowLinks = ({ trust, origin, content }: ClassifiedStatement): boolean =>
  trust === 'trusted' &&
  origin !== 'attestations' &&
  ((content.kind === 'model' && content.model.allowSymlinks) || (content.kind === 'oms' && content.oms.allowSymlinks));
