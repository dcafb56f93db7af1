import type { EvidenceLevel } from '../attestation/index.ts';
import { type DigestSet, formatDigestSet } from '../digest/pure.ts';
import type { Evidence } from './evidence.ts';
import type { EvidenceIndex, Findings } from './evidence-index.ts';
import type { EdgeRelation } from './graph.ts';
import { type Place, Places } from './places.ts';
import { readingOf } from './reading.ts';

/** What somebody says of a parent, not judged yet. */
export interface Claim {
  readonly child: string;
  readonly parent: string;
  readonly relation: EdgeRelation;
  readonly evidence: EvidenceLevel;
  readonly share: number | undefined;
  /** Where those who say it say that the parent's evidence is. */
  readonly attestations: ReadonlySet<string>;
  readonly digests: DigestSet;
  /** The statement that signs it: the first of those that say the same, one of a trusted signer before others. */
  readonly statement: Evidence;
  /** Of all who say it. */
  readonly says: ReadonlySet<string>;
}

export interface Explored {
  readonly places: readonly Place[];
  readonly claims: readonly Claim[];
  /** What was found about a node, over all links that lead to it. */
  readonly about: ReadonlyMap<string, ReadonlySet<Evidence>>;
}

export interface Start {
  readonly name: string;
  /** What was recomputed of the model. */
  readonly digests: DigestSet;
  /** Every set that stands for it, those of its own statements with them; a link to any of them leads back to it. */
  readonly sets: readonly DigestSet[];
  readonly sha256Binds: boolean;
  /** Statements about the model that are believed: nobody else's make it anybody's child. */
  readonly said: readonly Evidence[];
}

/**
 * Everything that anybody says of the model's ancestors, found from link to statement to link: a graph of claims. Each statement is
 * read once for each node that it is about, so that the work is linear in what the statements hold.
 */
export function explore(start: Start, index: EvidenceIndex, maxDepth: number): Explored {
  return new Exploration(index, maxDepth).run(start);
}

interface Draft extends Omit<Claim, 'says' | 'attestations'> {
  readonly says: Set<string>;
  readonly attestations: Set<string>;
}

class Exploration {
  readonly #index: EvidenceIndex;
  readonly #maxDepth: number;
  readonly #places = new Places();
  readonly #drafts = new Map<string, Draft>();
  readonly #about = new Map<string, Set<Evidence>>();
  readonly #queue: { readonly place: Place; readonly evidence: Evidence }[] = [];
  readonly #followed = new Set<string>();

  constructor(index: EvidenceIndex, maxDepth: number) {
    this.#index = index;
    this.#maxDepth = maxDepth;
  }

  run({ name, digests, sets, sha256Binds, said }: Start): Explored {
    const root = this.#places.at('model', digests, { name, depth: 0 });
    for (const set of sets) {
      const { sha256: own } = set;
      const names = sha256Binds && own !== undefined ? [set, { sha256: own }] : [set];
      for (const each of names) for (const role of ['base', 'dataset'] as const) this.#places.alias(root, each, role);
    }
    this.#enqueue(root, said);
    // Breadth first, so that each node is found at its least depth. The queue grows while it is gone through.
    for (const { place, evidence } of this.#queue) this.#expand(place, evidence);
    return { places: this.#places.all, claims: [...this.#drafts.values()], about: this.#about };
  }

  #enqueue(place: Place, statements: readonly Evidence[]): void {
    const known = this.#about.get(place.id) ?? new Set();
    this.#about.set(place.id, known);
    for (const evidence of trustedFirst(statements)) {
      if (known.has(evidence)) continue;
      known.add(evidence);
      this.#queue.push({ place, evidence });
    }
  }

  #expand(place: Place, statement: Evidence): void {
    const { kind, links, companions, scores } = readingOf(statement);
    const depth = place.depth + 1;
    const claimed = { statement, share: undefined, evidence: 'declared' } as const;
    let child = place;
    if (kind === 'evaluation') {
      const digests = { sha256: statement.id };
      child = this.#places.at('evaluation', digests, { name: scores, depth });
      this.#claim({ ...claimed, child: place.id, parent: child.id, relation: 'evaluation', digests });
    }
    // What strangers say of a run adds nothing to look for.
    for (const { role, name, uri, digest: digests, evidence } of statement.signers.length > 0 ? companions : []) {
      const { id: parent } = this.#places.at(role, digests, { name: name ?? uri, depth });
      this.#claim({ ...claimed, child: place.id, parent, relation: role, evidence, digests });
    }
    for (const { role, relation, name, uri, digest: digests, evidence, share, attestations } of links) {
      const parent = this.#places.at(role === 'dataset' ? 'dataset' : 'base', digests, {
        name: name ?? uri,
        depth,
      });
      this.#claim({ statement, child: child.id, parent: parent.id, relation, evidence, share, digests }, attestations);
      this.#follow(parent, digests);
    }
  }

  /** @param at where this statement says that the parent's evidence is */
  #claim(claim: Omit<Draft, 'says' | 'attestations'>, at?: string): void {
    const { child, parent, relation, evidence, share, digests, statement } = claim;
    const key = JSON.stringify([child, parent, relation, evidence, share, formatDigestSet(digests)]);
    const labels = statement.signers.map(({ label }) => label);
    const known = this.#drafts.get(key);
    // Of those that say the same the trusted ones alone are quoted.
    if (known === undefined || (known.says.size === 0 && labels.length > 0)) {
      this.#drafts.set(key, { ...claim, says: new Set(labels), attestations: new Set(at === undefined ? [] : [at]) });
      return;
    }
    for (const label of labels) known.says.add(label);
    if (at !== undefined && (labels.length > 0 || known.says.size === 0)) known.attestations.add(at);
  }

  /** What is about the parent says what its own parents are. What is about the model was given, and nothing else is. */
  #follow(parent: Place, digests: DigestSet): void {
    const key = `${parent.id} ${formatDigestSet(digests)}`;
    if (parent.role === 'model' || parent.depth > this.#maxDepth || this.#followed.has(key)) return;
    this.#followed.add(key);
    this.#enqueue(parent, everything(this.#index.about(digests)));
  }
}

/** Unbound names may be another folder's: whatever is said of it is then asked for as well, which can only ask for more. */
const everything = ({ evidence, unbound }: Findings): Evidence[] => [...evidence, ...unbound];

const trustedFirst = (statements: readonly Evidence[]): Evidence[] =>
  statements.toSorted((a, b) => Number(b.signers.length > 0) - Number(a.signers.length > 0));
