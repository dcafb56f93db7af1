import type { JsonFields } from '../json-fields.ts';
import { EVIDENCE_LEVELS, type EvidenceLevel, oneOf } from './link.ts';

export const DIRECTIONS = ['inbound', 'outbound'] as const;

/** An address that a run contacted, or that contacted it. It has no digest: what came from there is not known. */
export interface NetworkContact {
  /** `tcp://192.0.2.1:443`, `udp://[2001:db8::1]:53`, `ip://…`, `unix:`, `socket:` with an address family. */
  readonly uri: string;
  readonly direction: (typeof DIRECTIONS)[number];
  /** Whether the attempt went out, or was let in. */
  readonly reached: boolean;
  readonly evidence: EvidenceLevel;
}

/** How a run was watched beyond its streams, and whether the record of it shows all that it should. */
export interface ObservationSummary {
  readonly tool: string;
  readonly complete: boolean;
  /** Why not, and how often (docs/run.md). */
  readonly gaps: Readonly<Record<string, number>>;
}

/**
 * A dependency whose role is `network`.
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function parseContact(fields: JsonFields, annotations: JsonFields): NetworkContact {
  return {
    uri: fields.text('uri', 2048),
    direction: oneOf(annotations, 'direction', DIRECTIONS),
    reached: annotations.boolean('reached'),
    evidence: oneOf(annotations, 'evidence', EVIDENCE_LEVELS),
  };
}

/**
 * `internalParameters.observation`, absent where nobody observed the run in this way.
 *
 * @throws StemmaError PREDICATE_INVALID
 */
export function parseObservation(internal: JsonFields | undefined): ObservationSummary | undefined {
  const fields = internal?.optionalObject('observation');
  if (fields === undefined) return undefined;
  const gaps = fields.optionalObject('gaps');
  const names = Object.keys(gaps?.value ?? {}).slice(0, 100);
  return {
    tool: fields.text('tool', 256),
    complete: fields.boolean('complete'),
    gaps: Object.fromEntries(names.map((name) => [name, gaps?.integer(name, 0) ?? 0])),
  };
}
