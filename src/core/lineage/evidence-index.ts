import { compareDigestSets, type DigestSet, formatDigestSet } from '../digest/pure.ts';
import type { Evidence } from './evidence.ts';
import type { Ancestor } from './graph.ts';
import { readingOf } from './reading.ts';

/** What is known of an artifact, by how well its statements match the set that names it. */
export interface Findings extends Pick<Ancestor, 'evidence' | 'unbound' | 'contradicting'> {
  /** Hostile input: more statements share its digests than are compared, so that nothing is decided. */
  readonly exhausted: boolean;
}

/** A digest set and every statement about it. */
interface Named {
  readonly set: DigestSet;
  readonly statements: Evidence[];
}

/** Statements looked at in one run, each once for each link that leads to it. Honest evidence takes a handful for each link. */
const MAX_COMPARISONS = 300_000;

/**
 * Statements by the digests that they are about. Hostile input: neither a file of many thousand lines nor a crowd of sets that
 * share one digest is searched line by line for each link.
 */
export class EvidenceIndex {
  readonly #byDigest = new Map<string, Named[]>();
  readonly #known = new Map<string, Findings>();
  #comparisons = 0;

  constructor(all: readonly Evidence[]) {
    const bySet = new Map<string, Named>();
    for (const evidence of all) {
      for (const set of evidence.subjects) {
        const key = formatDigestSet(set);
        const named = bySet.get(key);
        if (named === undefined) {
          const fresh = { set, statements: [evidence] };
          bySet.set(key, fresh);
          for (const name of namesIn(set)) push(this.#byDigest, name, fresh);
        } else if (named.statements.at(-1) !== evidence) named.statements.push(evidence);
      }
    }
  }

  /** The statements about what a link names, directly: never through a third set (design §3). */
  about(link: DigestSet): Findings {
    const key = formatDigestSet(link);
    const found = this.#known.get(key) ?? this.#search(link);
    this.#known.set(key, found);
    return found;
  }

  #search(link: DigestSet): Findings {
    const evidence = new Set<Evidence>();
    const unbound = new Set<Evidence>();
    const contradicting = new Set<Evidence>();
    for (const named of new Set(namesIn(link).flatMap((name) => this.#byDigest.get(name) ?? []))) {
      this.#comparisons += named.statements.length;
      if (this.#comparisons > MAX_COMPARISONS) return { evidence: [], unbound: [], contradicting: [], exhausted: true };
      const { kind, equal } = compareDigestSets(link, named.set, false);
      for (const statement of named.statements) {
        if (kind === 'contradiction') contradicting.add(statement);
        else if (kind === 'match') evidence.add(statement);
        else if (kind === 'names-not-bound')
          (equal.includes('sha256') && readingOf(statement).sha256Binds ? evidence : unbound).add(statement);
      }
    }
    // A statement with several sets, as an OMS one that may stand for a file or a folder, is what its best set makes it.
    const only = (set: ReadonlySet<Evidence>, ...better: readonly ReadonlySet<Evidence>[]): Evidence[] =>
      [...set].filter((each) => !better.some((other) => other.has(each)));
    return {
      evidence: [...evidence],
      unbound: only(unbound, evidence),
      contradicting: only(contradicting, evidence, unbound),
      exhausted: false,
    };
  }
}

const namesIn = (set: DigestSet): string[] => Object.entries(set).map(([algorithm, hex]) => `${algorithm}:${hex}`);

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
