import path from 'node:path';
import { encodeUtf8, joinBytes, quote } from '../bytes/index.ts';
import { type DigestSet, formatDigestSet } from '../digest/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { BuiltPack, NamedRole } from '../ipfs/index.ts';
import { walkModel } from '../model/index.ts';
import type { AbortOptions, ProgressOptions } from '../progress/index.ts';
import { linksOf, sameArtifact, subjectSets } from './ancestry.ts';
import { evidenceFiles, type FoundBundle, namedEvidence, readEvidence } from './evidence-beside.ts';
import { fromStore } from './export-store.ts';

export interface ExportEvidenceOptions extends AbortOptions, ProgressOptions {
  /** Folder or file of a model or dataset. */
  readonly model: string;
  /** Parents whose own evidence goes into the pack as it lies with them. */
  readonly parents: readonly string[];
  /** The folder of a store that is asked about the model and its ancestors. */
  readonly store?: string;
  /** Generations of ancestors that a store is asked about. */
  readonly maxDepth: number;
  /** Further files, whole. */
  readonly named: readonly { readonly role: NamedRole; readonly file: string }[];
}

export interface ExportedEvidence extends BuiltPack {
  /** What the pack calls the model. */
  readonly name: string;
  /** Parents that statements in the pack name, and about which none is. */
  readonly missing: readonly DigestSet[];
}

/**
 * Gathers everything that an auditor needs of a model besides its bytes (docs/formats/evidence-pack.md). Nothing of it is judged: whom to
 * trust is his to say.
 *
 * @throws StemmaError EVIDENCE_MISSING; PATH_NOT_FOUND; USAGE; as `walkModel`, `readEvidence`, `statementsAbout` and `packDag`
 */
export async function exportEvidence(options: ExportEvidenceOptions): Promise<ExportedEvidence> {
  const { signal, onWarning, store } = options;
  const walk = { allowSymlinks: false, signal } as const;
  const listing = await walkModel(options.model, walk);
  const found: FoundBundle[] = await readEvidence(evidenceFiles(listing), onWarning);
  const ancestors: string[] = [];
  for (const parent of options.parents) {
    const { root, name, ...rest } = await walkModel(parent, walk);
    const evidence = await readEvidence(evidenceFiles({ root, name, ...rest }), onWarning);
    if (evidence.length === 0) onWarning?.(`no evidence lies with the parent ${quote(name)}`);
    ancestors.push(root);
    found.push(...evidence);
  }
  const named = options.named.map(({ role, file }) => ({
    role,
    name: path.basename(file),
    location: path.resolve(file),
  }));
  for (const { role, location } of named)
    if (role === 'attestations') found.push(...(await readEvidence([namedEvidence(location)], onWarning)));
  const stored = store === undefined ? undefined : await fromStore(store, found, options);
  found.push(...(stored?.found ?? []));

  const { packDag } = await import('../ipfs/index.ts');
  const contents = { name: listing.name, model: listing.root, ancestors, named };
  const pack = await packDag(
    stored === undefined
      ? contents
      : { ...contents, store: { lines: joinBytes(stored.lines.map(encodeUtf8)), manifests: stored.manifests } },
    { signal },
  );
  if (found.length === 0)
    throw new StemmaError('EVIDENCE_MISSING', `no statement about ${quote(listing.name)} was found`, {
      hint: 'attest it first, or name a store with --store',
    });
  return { ...pack, name: listing.name, missing: parentsWithoutEvidence(found) };
}

/** By the digests of their links; the same question as verify asks. */
function parentsWithoutEvidence(found: readonly FoundBundle[]): DigestSet[] {
  const known = new Map<string, DigestSet[]>();
  for (const set of found.flatMap(({ statement }) => subjectSets(statement)))
    for (const key of keysOf(set)) known.set(key, [...(known.get(key) ?? []), set]);
  const links = new Map(
    found.flatMap(({ statement }) => linksOf(statement)).map((link) => [formatDigestSet(link), link]),
  );
  return [...links.values()].filter(
    (link) => !keysOf(link).some((key) => known.get(key)?.some((set) => sameArtifact(link, set))),
  );
}

const keysOf = (set: DigestSet): string[] => Object.entries(set).map(([key, value]) => `${key}:${value}`);
