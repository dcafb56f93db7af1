import { equalBytes } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import type { PublicKey } from './public-key.ts';

/** As many as a reader of ours takes (`parseBundle`); a real chain has two or three. */
const MAX_CHAIN = 32;

/**
 * The certificates that a signer puts into a bundle: his leaf first, then the intermediates as given, each once. Roots are left
 * out (protobuf-specs: signers MUST NOT include them), since nobody trusts one for being in a bundle.
 *
 * @param certificates DER; the first must be of the signing key
 * @throws StemmaError CERTIFICATE_INVALID
 */
export function signingChain(key: PublicKey, certificates: readonly Uint8Array[]): readonly Uint8Array[] {
  const [leaf, ...others] = certificates;
  if (leaf === undefined) {
    throw new StemmaError('CERTIFICATE_INVALID', 'expected a certificate of the signing key, found none');
  }
  if (parseCertificate(leaf).publicKey?.fingerprint !== key.fingerprint) {
    throw new StemmaError('CERTIFICATE_INVALID', 'the certificate is not for the key that signs', {
      hint: 'give the certificate of this key to --cert, and intermediates to --cert-chain',
    });
  }
  const chain = [leaf];
  for (const der of others) {
    const isThere = chain.some((known) => equalBytes(known, der));
    if (!isThere && !isSelfSigned(parseCertificate(der))) chain.push(der);
  }
  if (chain.length <= MAX_CHAIN) return chain;
  throw new StemmaError('CERTIFICATE_INVALID', `expected at most ${MAX_CHAIN} certificates, found ${chain.length}`);
}

function isSelfSigned({ x509 }: Certificate): boolean {
  return x509.checkIssued(x509) && x509.verify(x509.publicKey);
}
