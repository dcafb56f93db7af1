import { X509Certificate } from 'node:crypto';
import { equalBytes, hexEncode } from '../bytes/index.ts';
import { isStemmaError, StemmaError } from '../errors/index.ts';
import { type CertificateExtensions, NO_EXTENSIONS, readExtensions } from './certificate-extensions.ts';
import { DerReader, TAG } from './der.ts';
import { parsePem } from './pem.ts';
import { type PublicKey, parseSpki } from './public-key.ts';

const WHAT = 'the certificate';
const CODE = 'CERTIFICATE_INVALID';
/** Far beyond any real certificate; bundles hold a handful. */
const MAX_CERTIFICATE_BYTES = 64 * 1024;
const MAX_CERTIFICATES = 256;

/** What path validation needs of an X.509 certificate, and what Node's own class does not say. */
export interface Certificate extends CertificateExtensions {
  readonly x509: X509Certificate;
  /** Lower-case hex SHA-256 of the DER. */
  readonly fingerprint: string;
  /** Distinguished names as printed text on one line; untrusted. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The key when it is one that may sign models; CA keys may be of other types. */
  readonly publicKey: PublicKey | undefined;
  /** Contents of the signature algorithm's OBJECT IDENTIFIER, in hex. */
  readonly signatureAlgorithm: string;
}

/**
 * The certificates of a file, as DER: PEM with one or more blocks "CERTIFICATE", or a single one in DER.
 *
 * @throws StemmaError CERTIFICATE_INVALID, TOO_LARGE
 */
export function parseCertificates(bytes: Uint8Array): Uint8Array[] {
  if (bytes[0] === TAG.sequence) {
    parseCertificate(bytes);
    return [bytes];
  }
  const blocks = parsePem(bytes, CODE, WHAT);
  if (blocks.length === 0 || blocks.length > MAX_CERTIFICATES) {
    throw new StemmaError(CODE, `expected 1 to ${MAX_CERTIFICATES} PEM blocks "CERTIFICATE", found ${blocks.length}`);
  }
  return blocks.map(({ label, der }) => {
    // A private key in a certificate file is a mistake worth stopping at, and nothing of it may be printed.
    if (label !== 'CERTIFICATE')
      throw new StemmaError(CODE, 'expected only PEM blocks "CERTIFICATE", found another one');
    parseCertificate(der);
    return der;
  });
}

/** @throws StemmaError CERTIFICATE_INVALID */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) {
    throw new StemmaError(CODE, `${WHAT} has ${der.length} bytes; at most ${MAX_CERTIFICATE_BYTES} are read`);
  }
  const fields = readFields(der);
  let x509: X509Certificate;
  try {
    x509 = new X509Certificate(der);
  } catch (cause) {
    throw new StemmaError(CODE, `${WHAT} cannot be decoded`, { cause });
  }
  const notBefore = new Date(x509.validFrom);
  const notAfter = new Date(x509.validTo);
  if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) {
    throw new StemmaError(CODE, `${WHAT} has no readable validity`);
  }
  return {
    ...fields,
    x509,
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    notBefore,
    notAfter,
  };
}

/** Node prints one attribute a line, and undefined for an empty name. */
function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}

type Fields = Omit<Certificate, 'x509' | 'fingerprint' | 'subject' | 'issuer' | 'notBefore' | 'notAfter'>;

/** RFC 5280 §4.1, strictly: what is not DER from end to end could be read differently elsewhere. */
function readFields(der: Uint8Array): Fields {
  const outer = new DerReader(der, CODE, WHAT);
  const certificate = outer.enter(TAG.sequence);
  outer.end();
  const tbs = certificate.enter(TAG.sequence);
  const algorithm = certificate.any();
  certificate.bits();
  certificate.end();
  tbs.optional(TAG.context0);
  tbs.next(TAG.integer);
  if (!equalBytes(tbs.any(), algorithm)) throw new StemmaError(CODE, `${WHAT} names two signature algorithms`);
  for (let skipped = 0; skipped < 3; skipped++) tbs.next(TAG.sequence); // issuer, validity, subject
  const publicKey = usableKey(tbs.any());
  tbs.optional(0x81);
  tbs.optional(0x82);
  const extensions = tbs.peek() === TAG.context3 ? readExtensions(tbs.enter(TAG.context3)) : NO_EXTENSIONS;
  tbs.end();
  const signatureAlgorithm = hexEncode(new DerReader(algorithm, CODE, WHAT).enter(TAG.sequence).next(TAG.oid));
  return { ...extensions, publicKey, signatureAlgorithm };
}

function usableKey(spki: Uint8Array): PublicKey | undefined {
  try {
    return parseSpki(spki);
  } catch (error) {
    if (!isStemmaError(error)) throw error;
    return undefined;
  }
}
