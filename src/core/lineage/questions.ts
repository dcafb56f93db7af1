import { formatDigestSet } from '../digest/pure.ts';
import type { EvidenceIndex } from './evidence-index.ts';
import type { Claim } from './explore.ts';
import type { Ancestor, AncestorVerdict, EdgeRelation, JudgeAncestor, LineageRules, Outcome } from './graph.ts';
import { COMPANIONS } from './graph.ts';
import type { Place } from './places.ts';

export interface JudgeOptions {
  readonly judge: JudgeAncestor;
  readonly rules: LineageRules;
  readonly maxDepth: number;
}

/** What is known of a link, and what the caller makes of it. */
export interface Answer {
  readonly verdict: AncestorVerdict;
  readonly denied: string | undefined;
  /** Its own ancestors are vouched for, and not looked at. */
  readonly stopped: boolean;
}

/** Puts the caller's questions about links, each once. */
export class Questions {
  readonly #index: EvidenceIndex;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #options: JudgeOptions;
  readonly #answers = new Map<string, Answer>();

  constructor(index: EvidenceIndex, places: ReadonlyMap<string, Place>, options: JudgeOptions) {
    this.#index = index;
    this.#places = places;
    this.#options = options;
  }

  ask(claim: Claim): Answer {
    const key = `${claim.relation} ${claim.parent} ${formatDigestSet(claim.digests)}`;
    const known = this.#answers.get(key) ?? this.#put(claim);
    this.#answers.set(key, known);
    return known;
  }

  #put({ relation, parent, digests }: Claim): Answer {
    const place = this.#places.get(parent);
    const { maxDepth, judge, rules } = this.#options;
    if (place === undefined || isCompanion(relation)) throw new TypeError(`${relation} is no ancestor`);
    const { exhausted, ...found } = this.#index.about(digests);
    const ancestor: Ancestor = {
      ...found,
      digests,
      relation,
      role: DATASETS.has(relation) ? 'dataset' : 'base',
      depth: place.depth,
    };
    const denied = rules.denied?.(ancestor);
    if (denied !== undefined) return { denied, stopped: true, verdict: verdict('fail', `denied: ${denied}`) };
    const deep = place.depth > maxDepth ? `more than ${generations(maxDepth)} away: not followed` : undefined;
    const unknown = deep ?? (exhausted ? 'more statements share its digests than are compared' : undefined);
    if (unknown !== undefined) return { denied, stopped: true, verdict: verdict('unknown', unknown) };
    const stop = rules.stopAt?.(ancestor);
    return { denied, stopped: stop !== undefined, verdict: stop ?? judge(ancestor) };
  }
}

/** How a dataset is related to what was made with it; every other relation is to a model. */
const DATASETS: ReadonlySet<EdgeRelation> = new Set(['trained-on', 'evaluated-on', 'derived-dataset']);

const isCompanion = (relation: EdgeRelation): relation is (typeof COMPANIONS)[number] =>
  COMPANIONS.some((companion) => companion === relation);

/** What an evaluation was run on is no ancestor: nothing of it is in the weights. */
export const isDescent = (relation: EdgeRelation): boolean => relation !== 'evaluated-on' && !isCompanion(relation);

export const verdict = (outcome: Outcome, message: string): AncestorVerdict => ({ outcome, message, signers: [] });

export const generations = (n: number): string => `${n} generation${n === 1 ? '' : 's'}`;
