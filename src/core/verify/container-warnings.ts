import { quote } from '../bytes/index.ts';
import { omsFileSet, planModel } from '../model/index.ts';
import type { Candidate } from './checks/candidate.ts';
import type { EvaluateContext } from './evaluated.ts';
import { statementSegmentHash } from './questions.ts';

/**
 * Containers that do not parse, where only file trees and OMS statements matched: these never parse, so it is no contradiction,
 * but whoever loads the model should know (design §3). A matched segment tree has judged the containers already.
 *
 * @param matched identity statements that match the bytes
 */
export async function containerWarnings(
  { listing, headers, options }: EvaluateContext,
  matched: readonly Candidate[],
): Promise<readonly string[]> {
  const judged = matched.some(({ statement }) => statementSegmentHash(statement) !== undefined);
  if (matched.length === 0 || judged) return [];
  const { problems } = await planModel(omsFileSet(listing, { ignored: options.ignore }), {
    opaque: [],
    signal: options.signal,
    known: headers,
  });
  return problems
    .filter(({ blocks }) => blocks === 'always')
    .map(({ path, error }) => `${quote(path)} does not parse: ${error.message}`);
}
