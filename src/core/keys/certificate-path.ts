import { quote } from '../bytes/index.ts';
import { StemmaError } from '../errors/index.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { hasSoundSignatureAlgorithm, mayIssue, timeProblem, usageProblem } from './certificate-rules.ts';
import type { PublicKey } from './public-key.ts';

/** Leaf, intermediates and root of a bundle; public hierarchies have two to four. */
const MAX_CHAIN = 16;

export interface LeafCertificate {
  /** Distinguished names on one line; untrusted text. */
  readonly subject: string;
  readonly issuer: string;
  /** Mail addresses, host names and URIs; untrusted text until the path is verified. */
  readonly alternativeNames: readonly string[];
  /** Lower-case hex SHA-256 of the DER. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Undefined when the key is of a type that cannot sign a model. */
  readonly publicKey: PublicKey | undefined;
}

/**
 * Why a path was refused. `expired` and `not-yet-valid` are questions of time (the evidence is missing, exit 3); the others
 * contradict (exit 1).
 */
export type CertificateReason = 'untrusted' | 'authority' | 'key-type' | 'usage' | 'expired' | 'not-yet-valid';

export type CertificateVerdict =
  | { readonly outcome: 'pass'; readonly leaf: LeafCertificate; readonly publicKey: PublicKey; readonly anchor: string }
  | {
      readonly outcome: 'fail';
      readonly leaf: LeafCertificate;
      readonly reason: CertificateReason;
      readonly message: string;
    };

/**
 * Decides whether a bundle's leaf certificate may sign models under anchors that the user named (reference
 * model-signing.md §3). Links are decided by signature, never by a subject that equals an issuer; certificates of the
 * bundle are never anchors. An anchor may be a root, an intermediate, or the leaf itself.
 *
 * @param options.chain DER from the bundle, leaf first; hostile. The rest may come in any order and hold the root
 * @param options.anchors DER from the user
 * @param options.at the moment at which every certificate of the path must be valid, both ends included
 * @returns `anchor` is the fingerprint of the anchor reached
 * @throws StemmaError CERTIFICATE_INVALID when a certificate cannot be decoded or there are none or too many
 */
export function verifyCertificatePath(options: {
  readonly chain: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
  readonly at: Date;
}): CertificateVerdict {
  if (options.chain.length === 0 || options.chain.length > MAX_CHAIN) {
    throw new StemmaError(
      'CERTIFICATE_INVALID',
      `expected 1 to ${MAX_CHAIN} certificates, found ${options.chain.length}`,
    );
  }
  if (options.anchors.length === 0)
    throw new StemmaError('CERTIFICATE_INVALID', 'expected at least one anchor, found none');
  const [leaf, ...others] = options.chain.map(parseCertificate);
  if (leaf === undefined) throw new StemmaError('CERTIFICATE_INVALID', 'the chain has no leaf');
  const anchors = options.anchors.map(parseCertificate);
  const described = describe(leaf);
  const fail = (reason: CertificateReason, message: string): CertificateVerdict => ({
    outcome: 'fail',
    leaf: described,
    reason,
    message,
  });

  const isValid = (certificate: Certificate): boolean => timeProblem(certificate, options.at) === undefined;
  const path = findPath(leaf, others, anchors, (issuer, below) => mayIssue(issuer, below) && isValid(issuer));
  // A second look without the clock, and a third without the CA rules, tell why there is no path.
  const ignoringTime = path ?? findPath(leaf, others, anchors, mayIssue);
  if (ignoringTime === undefined) {
    const anyLink = findPath(leaf, others, anchors, () => true);
    if (anyLink === undefined) return fail('untrusted', `no chain leads from ${quote(leaf.subject)} to a given anchor`);
    return fail(
      'authority',
      `the chain of ${quote(leaf.subject)} goes through a certificate that must not issue others`,
    );
  }
  const { publicKey } = leaf;
  if (publicKey === undefined || !publicKey.type.startsWith('ecdsa-')) {
    return fail('key-type', `the key of ${quote(leaf.subject)} is not ECDSA P-256, P-384 or P-521`);
  }
  const usage = usageProblem(leaf);
  if (usage !== undefined) return fail('usage', `${quote(leaf.subject)} ${usage}`);
  for (const certificate of ignoringTime) {
    const problem = timeProblem(certificate, options.at);
    if (problem !== undefined) return fail(problem, timeMessage(certificate, problem));
  }
  return { outcome: 'pass', leaf: described, publicKey, anchor: (ignoringTime.at(-1) ?? leaf).fingerprint };
}

/**
 * The shortest path from the leaf to an anchor, both included. Breadth first, each certificate once: a hostile bundle of
 * certificates that all sign each other costs a square of their number, not a factorial.
 */
function findPath(
  leaf: Certificate,
  others: readonly Certificate[],
  anchors: readonly Certificate[],
  accepts: (issuer: Certificate, intermediatesBelow: number) => boolean,
): readonly Certificate[] | undefined {
  const trusted = new Set(anchors.map((anchor) => anchor.fingerprint));
  const seen = new Set([leaf.fingerprint]);
  let paths: (readonly [...Certificate[], Certificate])[] = [[leaf]];
  while (paths.length > 0) {
    const longer: typeof paths = [];
    for (const path of paths) {
      const last = path[path.length - 1] ?? leaf;
      if (trusted.has(last.fingerprint)) return path;
      for (const candidate of [...anchors, ...others]) {
        if (seen.has(candidate.fingerprint) || !isSignedBy(last, candidate)) continue;
        if (!accepts(candidate, path.length - 1)) continue;
        seen.add(candidate.fingerprint);
        longer.push([...path, candidate]);
      }
    }
    paths = longer;
  }
  return undefined;
}

function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!hasSoundSignatureAlgorithm(certificate)) return false;
  try {
    return certificate.x509.checkIssued(issuer.x509) && certificate.x509.verify(issuer.x509.publicKey);
  } catch {
    // A key that OpenSSL cannot decode signs nothing.
    return false;
  }
}

function timeMessage(certificate: Certificate, problem: 'expired' | 'not-yet-valid'): string {
  const subject = quote(certificate.subject);
  if (problem === 'expired') return `the certificate ${subject} expired on ${certificate.notAfter.toISOString()}`;
  return `the certificate ${subject} is not valid before ${certificate.notBefore.toISOString()}`;
}

function describe(certificate: Certificate): LeafCertificate {
  const { subject, issuer, alternativeNames, fingerprint, notBefore, notAfter, publicKey } = certificate;
  return { subject, issuer, alternativeNames, fingerprint, notBefore, notAfter, publicKey };
}
