import { INTOTO_PAYLOAD_TYPE, parseStatement, type Statement } from '../attestation/index.ts';
import { isStemmaError } from '../errors/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { linksOf, subjectSets } from './ancestry.ts';
import { artifactDigests } from './artifact-digests.ts';
import type { FoundBundle } from './evidence-beside.ts';

interface StoreOptions extends AbortOptions, ProgressOptions {
  readonly model: string;
  readonly maxDepth: number;
}

interface FromStore {
  readonly found: readonly FoundBundle[];
  /** With their LF; those that were found elsewhere are left out. */
  readonly lines: readonly string[];
  /** Where manifests lie that statements about the model name. */
  readonly manifests: readonly string[];
}

/**
 * What a store holds about what evidence at hand is about, and about its ancestors.
 *
 * @throws StemmaError as `statementsAbout` and `artifactDigests`
 */
export async function fromStore(
  store: string,
  evidence: readonly FoundBundle[],
  { model, maxDepth, signal, onWarning }: StoreOptions,
): Promise<FromStore> {
  const { statementsAbout } = await import('../store/index.ts');
  // A store need not hold the statement that leads from the model to its parents.
  const told = evidence.flatMap(({ statement }) => [...subjectSets(statement), ...linksOf(statement)]);
  // Where nothing says what it is, its bytes do.
  const digests = told.length > 0 ? told : [await artifactDigests(model, { signal, onWarning })];
  const { bundles, manifests, damaged, truncated } = await statementsAbout({
    store,
    digests,
    maxDepth,
    signal,
    onWarning,
  });
  if (damaged > 0) onWarning?.(`objects of the store are damaged and left out (${damaged}): see stemma store check`);
  if (truncated !== undefined) onWarning?.(`the store may hold more than what was taken: ${truncated}`);
  const known = new Set(evidence.map(({ line }) => line));
  const found = bundles
    .map(({ json, envelope }) => ({ line: JSON.stringify(json), statement: statementIn(envelope) }))
    .filter(({ line }) => !known.has(line));
  return { found, lines: found.map(({ line }) => `${line}\n`), manifests };
}

function statementIn(envelope: Parameters<typeof parseStatement>[0]): Statement | undefined {
  if (envelope.payloadType !== INTOTO_PAYLOAD_TYPE) return undefined;
  try {
    return parseStatement(envelope);
  } catch (error) {
    if (isStemmaError(error)) return undefined;
    throw error;
  }
}
