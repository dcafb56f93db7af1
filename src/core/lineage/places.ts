import { compareDigestSets, type DigestSet, formatDigestSet } from '../digest/pure.ts';
import type { NodeRole } from './graph.ts';

/** A node while the graph is built. */
export interface Place {
  readonly id: string;
  readonly role: NodeRole;
  readonly name: string | undefined;
  readonly digests: DigestSet;
  readonly depth: number;
}

/** Hostile input: only a crowd made for it shares one tree and differs in others; it is left apart, and verified link by link. */
const MAX_COMPARED = 16;

/**
 * The nodes of a graph, by the sets that links give them. Two links lead to one node when their sets are the same, or match in a
 * tree that binds names and bytes (design §3). That is for a picture, and for finding cycles: what is verified is each link by
 * itself, so that joining never lends one link the evidence of another.
 */
export class Places {
  readonly all: Place[] = [];
  readonly #bySet = new Map<string, Place>();
  readonly #byTree = new Map<string, { readonly set: DigestSet; readonly place: Place }[]>();

  /** @param role two roles are two nodes: a base model is verified by other statements than a dataset */
  at(role: NodeRole, digests: DigestSet, make: { readonly name: string | undefined; readonly depth: number }): Place {
    const found = this.find(role, digests);
    if (found !== undefined) return found;
    const place = { id: `n${this.all.length}`, role, digests, ...make };
    this.all.push(place);
    this.alias(place, digests);
    return place;
  }

  find(role: NodeRole, digests: DigestSet): Place | undefined {
    const exact = this.#bySet.get(keyOf(role, digests));
    if (exact !== undefined) return exact;
    for (const name of treesIn(role, digests)) {
      for (const { set, place } of (this.#byTree.get(name) ?? []).slice(0, MAX_COMPARED)) {
        if (compareDigestSets(digests, set, false).kind !== 'match') continue;
        this.alias(place, digests);
        return place;
      }
    }
    return undefined;
  }

  /** Lets a further set lead to a node. */
  alias(place: Place, digests: DigestSet, role: NodeRole = place.role): void {
    this.#bySet.set(keyOf(role, digests), place);
    for (const name of treesIn(role, digests)) {
      const list = this.#byTree.get(name) ?? [];
      if (list.length < MAX_COMPARED) this.#byTree.set(name, [...list, { set: digests, place }]);
    }
  }
}

const keyOf = (role: NodeRole, set: DigestSet): string => `${role} ${formatDigestSet(set)}`;

const treesIn = (role: NodeRole, set: DigestSet): string[] =>
  Object.entries(set)
    .filter(([key]) => key.startsWith('stemma'))
    .map(([key, hex]) => `${role} ${key}:${hex}`);
