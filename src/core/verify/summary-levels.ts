import { LINEAGE_VERIFIED } from '../attestation/index.ts';
import type { VerifyOptions } from './options.ts';
import type { Report } from './report.ts';

type Asked = Pick<VerifyOptions, 'ancestors' | 'policy'>;

/** Where nothing else is said: verified by Stemma, and not more. */
const DEFAULT_LEVEL = 'STEMMA_VERIFIED';

/** The levels of a summary that says PASSED: the caller's own, and what this run found of the lineage. */
export function levelsOf(own: readonly string[], report: Report, options: Asked): readonly string[] {
  const levels = own.length === 0 ? [DEFAULT_LEVEL] : own;
  return isLineageVerified(report, options) ? [...levels, LINEAGE_VERIFIED] : levels;
}

/**
 * Whether a run that passed looked at ancestors, and nothing is left open about them: it is known what the model was made from, each
 * link that counts was verified, and each ancestor's own origin is stated, vouched for, or one that the policy accepts unstated.
 */
function isLineageVerified({ lineage, policy }: Report, { ancestors, policy: asked }: Asked): boolean {
  const rules = asked?.bound.document.lineage;
  if (ancestors === undefined && rules === undefined) return false;
  const counted = lineage.edges.filter(({ counts }) => counts);
  const outcomeOf = (id: string) => policy?.requirements.find((each) => each.id === `lineage-${id}`)?.outcome;
  if (counted.some(({ outcome }) => outcome !== 'pass')) return false;
  if (rules !== undefined && outcomeOf('parents') !== 'pass') return false;
  if (rules?.origins !== undefined) return outcomeOf('origins') === 'pass';
  const parents = new Set(counted.map(({ parent }) => parent));
  return lineage.nodes.every(({ id, origin }) => !parents.has(id) || origin !== 'unstated');
}
