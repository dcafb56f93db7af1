import type { DigestSet } from '../../digest/pure.ts';
import type { JsonFields } from '../json-fields.ts';
import { readIgnored, readOpaque } from '../paths.ts';
import { EVIDENCE_URI, EVIDENCE_URI_EXPECTED } from './evidence-uri.ts';

/** Design §4. Which relations a base model and which a dataset can have. */
export const BASE_RELATIONS = [
  'finetuned-from',
  'adapter-of',
  'quantized-from',
  'merged-from',
  'distilled-from',
  'converted-from',
  'federated-from',
] as const;
export const DATASET_RELATIONS = ['trained-on', 'evaluated-on', 'derived-dataset'] as const;
/** How the signer knows: said after the fact, watched the run, or let the run see nothing else. */
export const EVIDENCE_LEVELS = ['declared', 'observed', 'hermetic'] as const;
/** `share` is in parts per million, so that it is an integer. */
export const MAX_SHARE = 1_000_000;

export type BaseRelation = (typeof BASE_RELATIONS)[number];
export type DatasetRelation = (typeof DATASET_RELATIONS)[number];
export type Relation = BaseRelation | DatasetRelation;
export type EvidenceLevel = (typeof EVIDENCE_LEVELS)[number];

interface Edge extends Described {
  readonly evidence: EvidenceLevel;
  /** The parent's own ignores and opaque files, under which its set was made (design §4). */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
  /** Parts per million. */
  readonly share: number | undefined;
  /** Where the parent's own evidence is to be had, as the signer found it beside the parent: `EVIDENCE_URI`. */
  readonly attestations?: string;
}

/** An edge of the lineage: what the signer says about a parent. The DigestSet is the link; the name is for people. */
export type Link =
  | (Edge & { readonly role: 'base-model'; readonly relation: BaseRelation })
  | (Edge & { readonly role: 'dataset'; readonly relation: DatasetRelation });

/** A resource descriptor of ours, its digest already read. */
export interface Described {
  readonly name: string | undefined;
  readonly uri: string | undefined;
  readonly digest: DigestSet;
}

/**
 * Reads the annotations of a base model or dataset under our build type. A relation that we do not know could change what the
 * edge means, so it is malformed rather than ignored.
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function parseLink(role: Link['role'], described: Described, annotations: JsonFields): Link {
  const share = annotations.get('share') === undefined ? undefined : annotations.integer('share', 0);
  if (share !== undefined && share > MAX_SHARE)
    throw annotations.bad('share', `expected at most ${MAX_SHARE} parts per million`);
  const attestations = annotations.optionalString('attestations');
  if (attestations !== undefined && !EVIDENCE_URI.test(attestations))
    throw annotations.bad('attestations', `${EVIDENCE_URI_EXPECTED}, found something else`);
  const edge: Edge = {
    ...described,
    evidence: oneOf(annotations, 'evidence', EVIDENCE_LEVELS),
    ...readFileSet(annotations),
    share,
    ...(attestations === undefined ? {} : { attestations }),
  };
  return role === 'dataset'
    ? { role, relation: oneOf(annotations, 'relation', DATASET_RELATIONS), ...edge }
    : { role, relation: oneOf(annotations, 'relation', BASE_RELATIONS), ...edge };
}

/**
 * The `ignored` and `opaque` annotations of a subject or link (design §3); absent reads as empty.
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function readFileSet(annotations: JsonFields | undefined): {
  ignored: readonly string[];
  opaque: readonly string[];
} {
  const at = annotations?.pointer ?? '';
  return {
    ignored: readIgnored(annotations?.get('ignored'), `${at}/ignored`, 'PREDICATE_INVALID'),
    opaque: readOpaque(annotations?.get('opaque'), `${at}/opaque`, 'PREDICATE_INVALID'),
  };
}

/** A member that must be one of a closed list of words. */
export function oneOf<T extends string>(fields: JsonFields, key: string, words: readonly T[]): T {
  const value = fields.string(key);
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw fields.bad(key, `expected one of ${words.join(', ')}, found another word`);
  return word;
}
