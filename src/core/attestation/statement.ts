import { encodeUtf8, type JsonObject, type JsonValue, ownText, parseJson } from '../bytes/index.ts';
import { type DigestSet, parseDigestSet } from '../digest/pure.ts';
import { StemmaError } from '../errors/index.ts';
import { MAX_BUNDLE_BYTES } from './bundle.ts';
import { type Envelope, INTOTO_PAYLOAD_TYPE } from './dsse.ts';
import { JsonFields } from './json-fields.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

const MAX_SUBJECTS = 100_000;
const MAX_TYPE = 1024;
/** Up to this size of a statement its predicate is kept as it was parsed. */
const KEPT_BYTES = 1024 * 1024;

export interface Subject {
  /** For people: matching is by digest alone. */
  readonly name: string | undefined;
  readonly digest: DigestSet;
  readonly annotations?: JsonObject;
}

export interface Statement {
  /** 1 to 100,000. */
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  /** Of a large statement it may be parsed anew when it is asked for: as objects it takes many times the bytes. */
  readonly predicate: JsonObject | undefined;
  /** The bytes that the statement was parsed from, which are the bytes that were signed. */
  readonly payload: Uint8Array;
}

/**
 * Reads the in-toto Statement v1 in an envelope, from the bytes that the signature covers. Unknown members are ignored
 * (in-toto spec/v1, parsing rules). Whether the payload type is one we know is for the caller to ask first
 * (`INTOTO_PAYLOAD_TYPE`): an unknown one is unsupported, not malformed.
 *
 * @throws StemmaError STATEMENT_INVALID, DIGEST_SET_INVALID, JSON_INVALID, ENCODING_INVALID or TOO_LARGE
 */
export function parseStatement(envelope: Envelope): Statement {
  if (envelope.payloadType !== INTOTO_PAYLOAD_TYPE) {
    throw new StemmaError('STATEMENT_INVALID', `expected the payload type ${INTOTO_PAYLOAD_TYPE}, found another`);
  }
  const { payload } = envelope;
  const fields = fieldsOf(payload);
  if (fields.string('_type') !== STATEMENT_TYPE)
    throw fields.bad('_type', `expected ${STATEMENT_TYPE}, found another type`);
  const predicateType = ownText(fields.text('predicateType', MAX_TYPE));
  const subject = fields.objects('subject', MAX_SUBJECTS).map(parseSubject);
  if (subject.length === 0) throw fields.bad('subject', 'expected at least one subject, found none');
  const predicate = fields.optionalObject('predicate')?.value;
  if (predicate === undefined || payload.length <= KEPT_BYTES) return { subject, predicateType, predicate, payload };
  let held = new WeakRef(predicate);
  return {
    subject,
    predicateType,
    get predicate() {
      const again = held.deref() ?? fieldsOf(payload).object('predicate').value;
      held = new WeakRef(again);
      return again;
    },
    payload,
  };
}

function fieldsOf(payload: Uint8Array): JsonFields {
  const json: JsonValue = parseJson(payload, { maxBytes: MAX_BUNDLE_BYTES, what: 'statement' });
  return JsonFields.of(json, '', 'STATEMENT_INVALID');
}

function parseSubject(fields: JsonFields): Subject {
  const name = fields.optionalString('name');
  const set = parseDigestSet(fields.object('digest').value, `${fields.pointer}/digest`);
  const digest = Object.fromEntries(Object.entries(set).map(([key, hex]) => [key, ownText(hex)]));
  const annotations = fields.optionalObject('annotations')?.value;
  return {
    name: name === undefined ? undefined : ownText(name),
    digest,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/**
 * The payload of a statement of ours: compact JSON, members in the order `_type`, `subject`, `predicateType`, `predicate`, each
 * DigestSet sorted by key, so that equal inputs give equal bytes.
 *
 * @throws StemmaError DIGEST_SET_INVALID
 */
export function buildStatement(subject: Subject, predicateType: string, predicate: object): Uint8Array {
  const { name, annotations } = subject;
  return encodeUtf8(
    JSON.stringify({
      _type: STATEMENT_TYPE,
      subject: [{ name, digest: parseDigestSet(subject.digest, '/subject/0/digest'), annotations }],
      predicateType,
      predicate,
    }),
  );
}
