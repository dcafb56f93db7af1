import { hexEncode } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { DerReader, TAG } from './der.ts';

/** What the extensions of a certificate say about what its key may do. */
export interface CertificateExtensions {
  /** Contents of the KeyUsage BIT STRING without its first byte, where the extension is present. */
  readonly keyUsage: Uint8Array | undefined;
  /** Purposes as OBJECT IDENTIFIER contents in hex, where the extension is present. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Mail addresses, host names and URIs of the subject alternative name, as they stand there; untrusted. */
  readonly alternativeNames: readonly string[];
  readonly isAuthority: boolean;
  /** How many intermediate certificates may stand below; undefined for any number. */
  readonly pathLength: number | undefined;
  /** Whether a critical extension is present that nobody here understands (RFC 5280 §4.2). */
  readonly hasUnknownCritical: boolean;
}

/** A certificate without the extensions field. */
export const NO_EXTENSIONS: CertificateExtensions = {
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  alternativeNames: [],
  isAuthority: false,
  pathLength: undefined,
  hasUnknownCritical: false,
};
const KEY_USAGE = '551d0f';
const SUBJECT_ALTERNATIVE_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const CERTIFICATE_POLICIES = '551d20';
const EXTENDED_KEY_USAGE = '551d25';
const HARMLESS: readonly string[] = [CERTIFICATE_POLICIES];
/** rfc822Name, dNSName and uniformResourceIdentifier of a GeneralName, each an IA5String (RFC 5280 §4.2.1.6). */
const TEXT_NAMES: readonly number[] = [0x81, 0x82, 0x86];

/**
 * Reads the [3] EXPLICIT Extensions field (RFC 5280 §4.1.2.9).
 *
 * @throws StemmaError CERTIFICATE_INVALID
 */
export function readExtensions(wrapper: DerReader): CertificateExtensions {
  const list = wrapper.enter(TAG.sequence);
  wrapper.end();
  const seen = new Set<string>();
  let found = NO_EXTENSIONS;
  while (list.peek() !== undefined) {
    const extension = list.enter(TAG.sequence);
    const oid = hexEncode(extension.next(TAG.oid));
    const critical = readBoolean(extension);
    const value = new DerReader(extension.next(TAG.octetString), 'CERTIFICATE_INVALID', 'a certificate extension');
    extension.end();
    if (seen.has(oid)) throw new StemmaError('CERTIFICATE_INVALID', 'the certificate has an extension twice');
    seen.add(oid);
    if (oid === KEY_USAGE) found = { ...found, keyUsage: value.next(TAG.bitString).subarray(1) };
    else if (oid === BASIC_CONSTRAINTS) found = { ...found, ...readBasicConstraints(value) };
    else if (oid === SUBJECT_ALTERNATIVE_NAME) found = { ...found, alternativeNames: readNames(value) };
    else if (oid === EXTENDED_KEY_USAGE) found = { ...found, extendedKeyUsage: readPurposes(value) };
    else if (critical && !HARMLESS.includes(oid)) found = { ...found, hasUnknownCritical: true };
  }
  return found;
}

/** BOOLEAN DEFAULT FALSE; DER knows only 0xff for true and leaves the default out, but CAs exist that write it. */
function readBoolean(reader: DerReader): boolean {
  return (reader.optional(TAG.boolean)?.[0] ?? 0) !== 0;
}

function readBasicConstraints(value: DerReader): Partial<CertificateExtensions> {
  const constraints = value.enter(TAG.sequence);
  const isAuthority = readBoolean(constraints);
  const pathLength = constraints.peek() === TAG.integer ? constraints.integer() : undefined;
  constraints.end();
  return { isAuthority, pathLength };
}

function readPurposes(value: DerReader): string[] {
  const list = value.enter(TAG.sequence);
  const purposes: string[] = [];
  while (list.peek() !== undefined) purposes.push(hexEncode(list.next(TAG.oid)));
  return purposes;
}

/** What is not ASCII is no IA5String: decoded leniently it could look like another name. */
function readNames(value: DerReader): string[] {
  const list = value.enter(TAG.sequence);
  const names: string[] = [];
  for (let tag = list.peek(); tag !== undefined; tag = list.peek()) {
    if (!TEXT_NAMES.includes(tag)) {
      list.any();
      continue;
    }
    const bytes = list.next(tag);
    if (bytes.every((byte) => byte < 0x80)) names.push(String.fromCharCode(...bytes));
  }
  return names;
}
