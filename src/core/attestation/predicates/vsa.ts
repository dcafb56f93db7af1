import type { JsonValue } from '../../bytes/index.ts';
import { type DigestSet, parseDigestSet } from '../../digest/pure.ts';
import { JsonFields, malformed } from '../json-fields.ts';
import type { Statement } from '../statement.ts';
import { oneOf, readFileSet } from './link.ts';
import { VSA_PREDICATE_TYPE } from './types.ts';

/**
 * The level by which a summary says that it is about the ancestors too: each link to one was verified, all the way to origins that
 * somebody states. No run that did not look at ancestors writes it (docs/formats/vsa.md).
 */
export const LINEAGE_VERIFIED = 'STEMMA_LINEAGE_VERIFIED';

const RESULTS = ['PASSED', 'FAILED'] as const;
const MAX_INPUTS = 100_000;
const MAX_LEVELS = 1000;
const MAX_LEVEL = 256;
const MAX_URI = 2048;
const MAX_COMPONENTS = 100;
/** RFC 3339 as protobuf's JSON mapping of a timestamp writes it. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/;

/** An attestation that the verdict rests on, or the policy: where it is, and what it is. */
export interface SummaryReference {
  readonly uri: string | undefined;
  readonly digest: DigestSet | undefined;
}

/** What a verifier says that it found about the subjects: SLSA VSA v1, ours or another verifier's. */
export interface VerificationSummary {
  /** Who verified, as he calls himself: believed only as far as the signature is. */
  readonly verifier: { readonly id: string; readonly version: Readonly<Record<string, string>> };
  /** RFC 3339, by the clock of the verifier. */
  readonly timeVerified: string | undefined;
  /** Which resource was asked for; a consumer compares it with what it asks for itself. */
  readonly resourceUri: string;
  readonly policy: SummaryReference & { readonly uri: string };
  /** Empty where the verifier does not say. */
  readonly inputAttestations: readonly (SummaryReference & { readonly digest: DigestSet })[];
  readonly result: (typeof RESULTS)[number];
  /** Empty unless `PASSED`. */
  readonly verifiedLevels: readonly string[];
  /** How many dependencies have which level. */
  readonly dependencyLevels: Readonly<Record<string, number>>;
  /** `1.0`, `1.2`; absent is some version 1.x. */
  readonly slsaVersion: string | undefined;
  /** From the annotations of the subject (design §3). */
  readonly ignored: readonly string[];
  readonly opaque: readonly string[];
}

/**
 * Reads a SLSA Verification Summary v1 (slsa.dev/spec/v1.2/verification_summary). Unknown members are ignored as the specification
 * asks; a required member that is absent, a time that is none, another major version of SLSA, and a summary that says both PASSED
 * and FAILED are malformed. That the verifier is trusted, and that subject, resource, policy and levels are those that one
 * asked for, is for the caller to check.
 *
 * @throws StemmaError PREDICATE_INVALID or DIGEST_SET_INVALID with the JSON pointer
 */
export function parseVsa(statement: Statement): VerificationSummary {
  if (statement.predicateType !== VSA_PREDICATE_TYPE)
    throw malformed('PREDICATE_INVALID', '/predicateType', `expected ${VSA_PREDICATE_TYPE}, found another`);
  const fields = JsonFields.of(statement.predicate, '/predicate', 'PREDICATE_INVALID');
  const verifier = fields.object('verifier');
  const policy = fields.object('policy');
  const result = oneOf(fields, 'verificationResult', RESULTS);
  const levels = texts(fields, 'verifiedLevels');
  if (result === 'PASSED' && levels.includes('FAILED'))
    throw fields.bad('verifiedLevels', 'expected no FAILED in a summary that says PASSED');
  const annotations = statement.subject[0]?.annotations;
  return {
    verifier: { id: uri(verifier, 'id'), version: versions(verifier.optionalObject('version')) },
    timeVerified: timestamp(fields),
    // Published summaries name images and packages here without the form of a URI: it is compared whole, never parsed.
    resourceUri: fields.text('resourceUri', MAX_URI),
    policy: { uri: uri(policy, 'uri'), digest: optionalDigest(policy) },
    inputAttestations: fields.objects('inputAttestations', MAX_INPUTS).map((input) => ({
      uri: input.get('uri') === undefined ? undefined : uri(input, 'uri'),
      digest: parseDigestSet(input.object('digest').value, `${input.pointer}/digest`),
    })),
    result,
    verifiedLevels: result === 'PASSED' ? levels : [],
    dependencyLevels: counts(fields.optionalObject('dependencyLevels')),
    slsaVersion: slsaVersion(fields),
    ...readFileSet(
      annotations === undefined ? undefined : JsonFields.of(annotations, '/subject/0/annotations', 'PREDICATE_INVALID'),
    ),
  };
}

function uri(fields: JsonFields, key: string): string {
  const text = fields.text(key, MAX_URI);
  if (!URI.test(text)) throw fields.bad(key, 'expected a URI with a scheme, found another text');
  return text;
}

function timestamp(fields: JsonFields): string | undefined {
  const text = fields.optionalString('timeVerified');
  if (text === undefined) return undefined;
  if (!TIMESTAMP.test(text) || Number.isNaN(Date.parse(text)))
    throw fields.bad('timeVerified', 'expected a time as in RFC 3339, found another text');
  return text;
}

function slsaVersion(fields: JsonFields): string | undefined {
  const text = fields.optionalString('slsaVersion');
  if (text !== undefined && !/^1\.\d{1,4}$/.test(text))
    throw fields.bad('slsaVersion', 'expected a version 1.x, found another');
  return text;
}

function texts(fields: JsonFields, key: string): readonly string[] {
  return fields.array(key, MAX_LEVELS).map((value: JsonValue) => {
    if (typeof value !== 'string' || value === '' || value.length > MAX_LEVEL)
      throw fields.bad(key, `expected texts of 1 to ${MAX_LEVEL} characters, found something else`);
    return value;
  });
}

function optionalDigest(fields: JsonFields): DigestSet | undefined {
  const digest = fields.optionalObject('digest');
  return digest === undefined ? undefined : parseDigestSet(digest.value, digest.pointer);
}

function versions(fields: JsonFields | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(members(fields, MAX_COMPONENTS).map(([own, key]) => [key, own.string(key)]));
}

function counts(fields: JsonFields | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(members(fields, MAX_LEVELS).map(([own, key]) => [key, count(own, key)]));
}

/** Protobuf writes an integer of 64 bits as text in JSON, and takes both. */
function count(fields: JsonFields, key: string): number {
  const value = fields.get(key);
  if (typeof value !== 'string') return fields.integer(key, 0);
  const number = /^(?:0|[1-9]\d{0,15})$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw fields.bad(key, 'expected a count, found another text');
  return number;
}

function members(fields: JsonFields | undefined, max: number): (readonly [JsonFields, string])[] {
  const keys = fields === undefined ? [] : Object.keys(fields.value);
  if (fields === undefined) return [];
  if (keys.length > max) throw malformed('PREDICATE_INVALID', fields.pointer, `expected at most ${max} members`);
  return keys.map((key) => [fields, key] as const);
}
