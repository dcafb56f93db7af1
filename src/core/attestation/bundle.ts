import { type JsonObject, type JsonValue, ownText, parseJson } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { base64Field, type Envelope, parseEnvelope } from './dsse.ts';
import { JsonFields } from './json-fields.ts';

/** The largest bundle that is read, in bytes: an OMS statement that lists some 300,000 files. */
export const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** protobuf-specs sigstore_bundle.proto: the spellings of versions 0.1 to 0.3. */
const MEDIA_TYPES: ReadonlySet<string> = new Set([
  BUNDLE_MEDIA_TYPE,
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
]);
/** A keyless bundle of 32 log entries, each with a proof of 64 hashes, has some 3,000. */
const MAX_BUNDLE_VALUES = 50_000;
const MAX_CERTIFICATES = 32;
const MAX_CERTIFICATE_BYTES = 65_536;
const MAX_TLOG_ENTRIES = 32;
const MAX_HINT = 1024;

/** How the signer asks to be checked. Nothing in it is trusted: keys and certificates here never become trust anchors. */
export type VerificationMaterial =
  /** `rawKeyPem`: PEM text that producers before model_signing 1.1.0 wrote in place of the hint. */
  | { readonly kind: 'publicKey'; readonly hint: string | undefined; readonly rawKeyPem?: Uint8Array }
  /** DER, leaf first. With `tlogEntries` above 0 possibly a keyless bundle of version 0.1 or 0.2. */
  | { readonly kind: 'certificateChain'; readonly chain: readonly Uint8Array[]; readonly tlogEntries: number }
  /** Keyless: a short-lived DER certificate with at least one transparency log entry. */
  | { readonly kind: 'certificate'; readonly certificate: Uint8Array; readonly tlogEntries: number }
  /** A bare DSSE envelope. */
  | { readonly kind: 'none' };

export interface Bundle {
  readonly material: VerificationMaterial;
  readonly envelope: Envelope;
  /** Parsed again each time that it is asked for, by the keyless verifier and for copying: the parse of many lines is not kept. */
  readonly json: JsonObject;
  /** Absent for a bare envelope. */
  readonly mediaType?: string;
}

/**
 * Reads one Sigstore bundle (protobuf-specs sigstore_bundle.proto, versions 0.1 to 0.3) around a DSSE envelope, or one bare
 * DSSE envelope. Unknown members are ignored. A Sigstore bundle carries exactly one signature; a keyless one at least one
 * transparency log entry (OMS v1.0 §4.1).
 *
 * @param what names the source in messages, for instance `model.sig`
 * @throws StemmaError TOO_LARGE, ENCODING_INVALID, JSON_INVALID, BUNDLE_INVALID or ENVELOPE_INVALID
 */
export function parseBundle(input: Uint8Array | string, what: string): Bundle {
  const parse = (): JsonFields => {
    const limits = { maxBytes: MAX_BUNDLE_BYTES, maxValues: MAX_BUNDLE_VALUES, what };
    return JsonFields.of(parseJson(input, limits), '', 'BUNDLE_INVALID');
  };
  const json = parse();
  const bare = json.get('payload') !== undefined;
  if (
    !['mediaType', 'verificationMaterial', 'dsseEnvelope', 'messageSignature'].some(
      (key) => json.get(key) !== undefined,
    )
  ) {
    if (!bare) throw new StemmaError('BUNDLE_INVALID', `${what} is neither a Sigstore bundle nor a DSSE envelope`);
    return {
      material: { kind: 'none' },
      envelope: detached(parseEnvelope(json.value)),
      get json() {
        return parse().value;
      },
    };
  }
  // Readers would differ in which of the two they check.
  if (bare) throw json.bad('payload', 'expected a Sigstore bundle or a DSSE envelope, found both in one');
  const mediaType = json.string('mediaType');
  if (!MEDIA_TYPES.has(mediaType))
    throw json.bad('mediaType', `expected ${BUNDLE_MEDIA_TYPE}, found another media type`);
  if (json.get('messageSignature') !== undefined) {
    throw json.bad('messageSignature', 'expected a DSSE envelope, found a message signature');
  }
  const material = parseMaterial(json.object('verificationMaterial'));
  const envelope = detached(parseEnvelope(json.object('dsseEnvelope').value, '/dsseEnvelope'));
  if (envelope.signatures.length !== 1) {
    throw json.bad('dsseEnvelope', `expected exactly one signature in a bundle, found ${envelope.signatures.length}`);
  }
  return {
    material,
    envelope,
    get json() {
      return parse().value;
    },
    mediaType: ownText(mediaType),
  };
}

const detached = ({ payloadType, payload, signatures }: Envelope): Envelope => ({
  payloadType: ownText(payloadType),
  payload,
  signatures: signatures.map(({ sig, keyid }) => ({ sig, keyid: keyid === undefined ? undefined : ownText(keyid) })),
});

function parseMaterial(fields: JsonFields): VerificationMaterial {
  const tlogEntries = fields.objects('tlogEntries', MAX_TLOG_ENTRIES).length;
  const kinds = ['publicKey', 'x509CertificateChain', 'certificate'].filter((key) => fields.get(key) !== undefined);
  if (kinds.length !== 1) {
    throw new StemmaError(
      'BUNDLE_INVALID',
      `expected one of publicKey, x509CertificateChain or certificate, found ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`,
      { details: { pointer: fields.pointer } },
    );
  }
  if (kinds[0] === 'publicKey') return parsePublicKey(fields.object('publicKey'));
  if (kinds[0] === 'certificate') {
    if (tlogEntries === 0)
      throw fields.bad('tlogEntries', 'expected a transparency log entry beside the certificate, found none');
    return { kind: 'certificate', certificate: certificate(fields.object('certificate')), tlogEntries };
  }
  const list = fields.object('x509CertificateChain');
  const chain = list.objects('certificates', MAX_CERTIFICATES).map(certificate);
  if (chain.length === 0) throw list.bad('certificates', 'expected at least one certificate, found none');
  return { kind: 'certificateChain', chain, tlogEntries };
}

function parsePublicKey(fields: JsonFields): VerificationMaterial {
  const hint = fields.optionalString('hint');
  if (hint !== undefined && hint.length > MAX_HINT) throw fields.bad('hint', `expected at most ${MAX_HINT} characters`);
  const raw: JsonValue | undefined = fields.get('rawBytes');
  return {
    kind: 'publicKey',
    hint: hint === undefined || hint === '' ? undefined : ownText(hint),
    ...(raw === undefined ? {} : { rawKeyPem: base64Field(fields, 'rawBytes') }),
  };
}

function certificate(fields: JsonFields): Uint8Array {
  const der = base64Field(fields, 'rawBytes');
  if (der.length === 0) throw fields.bad('rawBytes', 'expected a certificate, found an empty string');
  if (der.length > MAX_CERTIFICATE_BYTES) {
    throw fields.bad('rawBytes', `expected at most ${MAX_CERTIFICATE_BYTES} bytes, found ${der.length}`);
  }
  return der;
}
