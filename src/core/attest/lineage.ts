import type { DatasetRelation, Link } from '../attestation/index.ts';
import { StemmaError } from '../errors/index.ts';
import type { FoundBundle } from './evidence-beside.ts';
import { evidenceUri } from './evidence-uri.ts';
import type { SubjectOptions } from './options.ts';
import { type Parent, type ParentOptions, resolveParent } from './parents.ts';
import { DEFAULT_RELATION } from './reference.ts';

/** Bounds on what travels from parents to a child: it grows with every generation. */
const MAX_COPIED_LINES = 10_000;
const MAX_COPIED_BYTES = 64 * 1024 * 1024;

export interface Lineage {
  readonly links: readonly Link[];
  /** Evidence of the parents and their ancestors, a line each, in the order of the links. */
  readonly ancestors: readonly string[];
}

export type LineageOptions = ParentOptions & Pick<SubjectOptions, 'bases' | 'datasets'>;

/**
 * Base models and datasets as links, every one with the evidence that travels along.
 *
 * @param datasetRelation what the datasets are to whatever they are named for
 * @throws StemmaError as `resolveParent`; TOO_LARGE for more evidence than travels
 */
export async function readLineage(
  options: LineageOptions,
  datasetRelation: DatasetRelation = 'trained-on',
): Promise<Lineage> {
  const links: Link[] = [];
  const ancestors = new Set<string>();
  for (const { relation, relationGiven, reference, share } of options.bases) {
    if (!relationGiven)
      options.onWarning?.(`relation not given: ${DEFAULT_RELATION} is assumed (write --base RELATION=REF for another)`);
    const parent = await resolveParent('base-model', reference, options);
    links.push({ role: 'base-model', relation, ...edge(parent, await evidenceUri(reference, options)), share });
    if (options.copyParentEvidence) addLines(ancestors, parent.evidence);
  }
  for (const reference of options.datasets) {
    const parent = await resolveParent('dataset', reference, options);
    links.push({ role: 'dataset', relation: datasetRelation, ...edge(parent, await evidenceUri(reference, options)) });
    if (options.copyParentEvidence) addLines(ancestors, parent.evidence);
  }
  return { links, ancestors: [...ancestors] };
}

type Edge = Pick<Link, 'name' | 'uri' | 'digest' | 'evidence' | 'ignored' | 'opaque' | 'share' | 'attestations'>;

/** `declared`: told after the fact. Only `run` observes. */
function edge({ name, digests, ignored, opaque }: Parent, attestations: string | undefined): Edge {
  return {
    name,
    uri: undefined,
    digest: digests,
    evidence: 'declared',
    ignored,
    opaque,
    share: undefined,
    ...(attestations === undefined ? {} : { attestations }),
  };
}

function addLines(lines: Set<string>, evidence: readonly FoundBundle[]): void {
  for (const { line } of evidence) lines.add(line);
  let bytes = 0;
  for (const line of lines) bytes += line.length;
  if (lines.size <= MAX_COPIED_LINES && bytes <= MAX_COPIED_BYTES) return;
  throw new StemmaError(
    'TOO_LARGE',
    `the parents have more evidence than travels along (${lines.size} lines, ${bytes} characters; at most ${MAX_COPIED_LINES} and ${MAX_COPIED_BYTES})`,
    { hint: 'leave it behind with --no-parent-evidence' },
  );
}
