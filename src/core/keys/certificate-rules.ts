import type { Certificate } from './certificate.ts';

const MIN_RSA_BITS = 2048;

/** Contents of OBJECT IDENTIFIERs, in hex: PKCS#1 v1.5 and ECDSA over SHA-256, 384, 512, and Ed25519. No MD5, no SHA-1. */
const SIGNATURE_ALGORITHMS: readonly string[] = [
  '2a864886f70d01010b',
  '2a864886f70d01010c',
  '2a864886f70d01010d',
  '2a8648ce3d040302',
  '2a8648ce3d040303',
  '2a8648ce3d040304',
  '2b6570',
];
const CODE_SIGNING = '2b06010505070303';
const ANY_PURPOSE = '551d2500';
/** Bits of KeyUsage (RFC 5280 §4.2.1.3), the first one being the highest of the first byte. */
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** Whether the certificate is signed in a way that still means something. */
export function hasSoundSignatureAlgorithm(certificate: Certificate): boolean {
  return SIGNATURE_ALGORITHMS.includes(certificate.signatureAlgorithm);
}

/** RFC 5280 §6.1.4 (k)–(n): the CA flag, the path length, keyCertSign, no unknown critical extension; no short RSA key. */
export function mayIssue(issuer: Certificate, intermediatesBelow: number): boolean {
  if (!issuer.isAuthority || issuer.hasUnknownCritical) return false;
  if (issuer.pathLength !== undefined && intermediatesBelow > issuer.pathLength) return false;
  if (issuer.keyUsage !== undefined && ((issuer.keyUsage[0] ?? 0) & KEY_CERT_SIGN) === 0) return false;
  const bits = issuer.x509.publicKey.asymmetricKeyDetails?.modulusLength;
  return bits === undefined || bits >= MIN_RSA_BITS;
}

/** OMS asks for digitalSignature or codeSigning; RFC 5280 §4.2.1.12 adds that stated purposes exclude the others. */
export function usageProblem({ keyUsage, extendedKeyUsage, hasUnknownCritical }: Certificate): string | undefined {
  if (hasUnknownCritical) return 'has a critical extension that is not understood';
  const isForCode = extendedKeyUsage?.some((purpose) => purpose === CODE_SIGNING || purpose === ANY_PURPOSE);
  if (isForCode === false) return 'is issued for other purposes than code signing (extended key usage)';
  const isForSignatures = ((keyUsage?.[0] ?? 0) & DIGITAL_SIGNATURE) !== 0;
  if (isForCode !== true && !isForSignatures)
    return 'is not issued for signing (neither digitalSignature nor codeSigning)';
  return undefined;
}

/** Why the certificate is not valid at this moment, both ends included (RFC 5280 §4.1.2.5). */
export function timeProblem(certificate: Certificate, at: Date): 'expired' | 'not-yet-valid' | undefined {
  if (at < certificate.notBefore) return 'not-yet-valid';
  // An invalid date compares false with everything and must not pass.
  return at <= certificate.notAfter ? undefined : 'expired';
}
