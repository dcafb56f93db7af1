import {
  type Bundle,
  INTOTO_PAYLOAD_TYPE,
  legacyPae,
  OMS_LEGACY_PREDICATE_TYPE,
  pae,
  parseStatement,
  type Statement,
} from '../../attestation/index.ts';
import { hexEncode } from '../../bytes/index.ts';
import { isStemmaError, type StemmaError } from '../../errors/index.ts';
import type { CertificateVerdict, KeylessVerdict, PublicKey, SignatureHash } from '../../keys/index.ts';
import type { EvidenceRef } from '../report.ts';
import type { TrustEntry } from '../trust.ts';

/** What the checks need of the keys room, handed in so that they stay free of `node:` modules (design §6). */
export interface SignatureChecks {
  sha256(data: Uint8Array): Uint8Array;
  verifySignature(
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
    options?: { readonly hash?: SignatureHash },
  ): boolean;
  /** Why a signature of this key cannot verify, where its shape tells: raw r‖s instead of DER. */
  signatureHint(key: PublicKey, signature: Uint8Array): string | undefined;
  verifyCertificatePath(options: {
    readonly chain: readonly Uint8Array[];
    readonly anchors: readonly Uint8Array[];
    readonly at: Date;
  }): CertificateVerdict;
  verifyKeyless(options: {
    readonly bundleJson: unknown;
    readonly identity: string;
    readonly issuer: string;
    readonly trustedRoot: Uint8Array | undefined;
  }): Promise<KeylessVerdict>;
}

/** A bundle that was collected, or why it is none. */
export interface CollectedBundle {
  readonly ref: EvidenceRef;
  /** `model`: the model's own side files; the others were named by the caller. */
  readonly origin: 'model' | 'signature' | 'attestations';
  /** Whether it is the model's own `model.sig` or `FILE.sig`. */
  readonly isSignatureFile: boolean;
  readonly content: { readonly bundle: Bundle } | { readonly error: StemmaError };
}

/**
 * `trusted`: a trusted signer signed exactly this payload. `named`: it names a trusted signer, whose signature it is not.
 * `expired`: signed under trusted anchors, but outside the certificate's time. `untrusted`: nobody we trust.
 * `unauthenticated`: nothing was asked (`--integrity-only`).
 */
export type Trust = 'trusted' | 'named' | 'expired' | 'untrusted' | 'malformed' | 'unauthenticated';

export interface AuthenticatedStatement {
  readonly ref: EvidenceRef;
  readonly origin: CollectedBundle['origin'];
  readonly isSignatureFile: boolean;
  readonly trust: Trust;
  /** The entries of the trust root whose signature verified; empty unless `trusted`. */
  readonly signers: readonly TrustEntry[];
  /** Who signed as far as can be told; from an unauthenticated field unless `trusted`. */
  readonly signer: string;
  /** What was expected and what was found. */
  readonly message: string;
  readonly bundle?: Bundle;
  /** Absent for a payload type that we do not know, and where malformed. */
  readonly statement?: Statement;
  readonly error?: StemmaError;
}

interface SignatureVerdict {
  readonly trust: Exclude<Trust, 'malformed' | 'unauthenticated'>;
  readonly signers: readonly TrustEntry[];
  readonly signer: string;
  readonly message: string;
}

export interface AuthenticateOptions {
  readonly trust: readonly TrustEntry[];
  readonly checks: SignatureChecks;
  /** The time that certificates are judged by. */
  readonly at: Date;
  readonly integrityOnly: boolean;
}

/**
 * Step 2 of design §5: each signature against the trust root. Never throws for hostile input: a payload that does not parse is
 * `malformed`, whoever signed it.
 */
export async function authenticate(
  collected: CollectedBundle,
  options: AuthenticateOptions,
): Promise<AuthenticatedStatement> {
  const { ref, origin, isSignatureFile, content } = collected;
  const base = { origin, isSignatureFile };
  if ('error' in content) {
    return {
      ...base,
      ref,
      trust: 'malformed',
      signers: [],
      signer: 'unknown',
      message: content.error.message,
      error: content.error,
    };
  }
  const { bundle } = content;
  const { envelope } = bundle;
  const { statement, error } = readStatement(bundle);
  const historic = statement?.predicateType === OMS_LEGACY_PREDICATE_TYPE;
  const messages = [
    pae(envelope.payloadType, envelope.payload),
    ...(historic ? [legacyPae(envelope.payloadType, envelope.payload)] : []),
  ];
  let verdict: SignatureVerdict = {
    trust: 'untrusted',
    signers: [],
    signer: describeMaterial(bundle),
    message: 'signatures were not asked for',
  };
  let broken = error;
  if (!options.integrityOnly) {
    try {
      verdict = await judge(bundle, messages, historic, options);
    } catch (thrown) {
      // A certificate or keyless material that does not decode is malformed evidence; what the caller gave is his to mend.
      if (!isStemmaError(thrown) || !['CERTIFICATE_INVALID', 'BUNDLE_INVALID'].includes(thrown.code)) throw thrown;
      broken ??= thrown;
    }
  }
  const named = {
    ...ref,
    pae: hexEncode(options.checks.sha256(messages[0] as Uint8Array)),
    signer: verdict.signer,
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
  };
  // Where a trusted signer is named and did not sign this, that is the finding: the payload is then not his, parsable or not.
  if (broken !== undefined && verdict.trust !== 'named') {
    return {
      ...base,
      ...verdict,
      ref: named,
      trust: 'malformed',
      signers: [],
      message: broken.message,
      bundle,
      error: broken,
    };
  }
  return {
    ...base,
    ...verdict,
    ref: named,
    trust: options.integrityOnly ? 'unauthenticated' : verdict.trust,
    bundle,
    ...(statement === undefined ? {} : { statement }),
  };
}

/** An unknown payload type is unsupported, not malformed; it is never parsed (DSSE protocol.md). */
function readStatement(bundle: Bundle): { readonly statement?: Statement; readonly error?: StemmaError } {
  if (bundle.envelope.payloadType !== INTOTO_PAYLOAD_TYPE) return {};
  try {
    return { statement: parseStatement(bundle.envelope) };
  } catch (error) {
    if (isStemmaError(error)) return { error };
    throw error;
  }
}

/** The material must be of the kind that the trust entry is for: a keyless bundle never passes a key check, nor the reverse. */
async function judge(
  bundle: Bundle,
  messages: readonly Uint8Array[],
  historic: boolean,
  options: AuthenticateOptions,
): Promise<SignatureVerdict> {
  switch (bundle.material.kind) {
    case 'publicKey':
    case 'none':
      return judgeKeys(bundle, messages, options);
    case 'certificateChain':
      return judgeChain(bundle, bundle.material.chain, messages, historic, options);
    case 'certificate':
      return judgeKeyless(bundle, options);
  }
}

function judgeKeys(
  bundle: Bundle,
  messages: readonly Uint8Array[],
  { trust, checks }: AuthenticateOptions,
): SignatureVerdict {
  const keys = trust.filter((entry) => entry.kind === 'key');
  const { signatures } = bundle.envelope;
  const signers = keys.filter(({ key }) =>
    signatures.some(({ sig }) => messages.some((message) => checks.verifySignature(key, message, sig))),
  );
  if (signers.length > 0) {
    const names = signers.map(({ key }) => `key sha256:${key.fingerprint}`).join(', ');
    return {
      trust: 'trusted',
      signers,
      signer: names,
      message: `signed by ${signers.map(({ label }) => label).join(', ')}`,
    };
  }
  const hints = new Set([
    ...(bundle.material.kind === 'publicKey' ? [bundle.material.hint] : []),
    ...signatures.map(({ keyid }) => keyid),
  ]);
  const claimed = keys.find(({ key }) => hints.has(key.hint) || hints.has(key.fingerprint));
  const signer = describeMaterial(bundle);
  if (claimed === undefined)
    return { trust: 'untrusted', signers: [], signer, message: `signed by ${signer}, which is not trusted here` };
  const shape = signatures.map(({ sig }) => checks.signatureHint(claimed.key, sig)).find((hint) => hint !== undefined);
  const why = shape === undefined ? '' : ` (${shape})`;
  return {
    trust: 'named',
    signers: [],
    signer,
    message: `names ${claimed.label}, but its signature does not verify${why}`,
  };
}

function judgeChain(
  bundle: Bundle,
  chain: readonly Uint8Array[],
  messages: readonly Uint8Array[],
  historic: boolean,
  { trust, checks, at }: AuthenticateOptions,
): SignatureVerdict {
  const verdicts = trust
    .filter((entry) => entry.kind === 'anchors')
    .map((entry): SignatureVerdict => {
      const path = checks.verifyCertificatePath({ chain, anchors: entry.anchors, at });
      const signer = `certificate ${path.leaf.subject}`;
      const refused = (trust: SignatureVerdict['trust'], message: string): SignatureVerdict => ({
        trust,
        signers: [],
        signer,
        message,
      });
      if (path.outcome === 'fail' && path.reason === 'untrusted') return refused('untrusted', path.message);
      // OMS v0.2 signed certificate bundles with SHA-256 whatever the curve (reference/model-signing.md §2.10).
      const key = path.leaf.publicKey;
      const options = historic ? { hash: 'sha256' as const } : {};
      const signs = ({ sig }: { readonly sig: Uint8Array }): boolean =>
        key !== undefined && messages.some((message) => checks.verifySignature(key, message, sig, options));
      if (!bundle.envelope.signatures.some(signs))
        return refused('named', `names ${signer}, but its signature does not verify`);
      if (path.outcome === 'pass')
        return { trust: 'trusted', signers: [entry], signer, message: `signed by ${signer} under ${entry.label}` };
      const untimely = path.reason === 'expired' || path.reason === 'not-yet-valid';
      return refused(untimely ? 'expired' : 'named', path.message);
    });
  const strongest = (['trusted', 'expired', 'named', 'untrusted'] as const)
    .map((level) => verdicts.find(({ trust }) => trust === level))
    .find((verdict) => verdict !== undefined);
  const signer = describeMaterial(bundle);
  return (
    strongest ?? {
      trust: 'untrusted',
      signers: [],
      signer,
      message: 'signed with a certificate, and no certificate is trusted here',
    }
  );
}

async function judgeKeyless(bundle: Bundle, { trust, checks }: AuthenticateOptions): Promise<SignatureVerdict> {
  const signer = describeMaterial(bundle);
  let verdict: SignatureVerdict = {
    trust: 'untrusted',
    signers: [],
    signer,
    message: 'signed by a keyless identity, and none is trusted here',
  };
  for (const entry of trust) {
    if (entry.kind !== 'identity') continue;
    const { identity, issuer, trustedRoot } = entry;
    const found = await checks.verifyKeyless({ bundleJson: bundle.json, identity, issuer, trustedRoot });
    const name = found.identity === undefined ? signer : `${found.identity} (${found.issuer ?? 'unknown issuer'})`;
    if (found.outcome === 'pass')
      return { trust: 'trusted', signers: [entry], signer: name, message: `signed by ${name}` };
    // Without an identity the certificate, the log entry or the signature itself is broken: evidence that contradicts.
    verdict = {
      trust: found.identity === undefined ? 'named' : 'untrusted',
      signers: [],
      signer: name,
      message: found.message,
    };
    if (verdict.trust === 'named') return verdict;
  }
  return verdict;
}

function describeMaterial(bundle: Bundle): string {
  const { material, envelope } = bundle;
  switch (material.kind) {
    case 'publicKey':
      return material.hint === undefined ? 'a key without a hint' : `key hint ${material.hint}`;
    case 'none':
      return envelope.signatures[0]?.keyid === undefined
        ? 'a key without a hint'
        : `key id ${envelope.signatures[0].keyid}`;
    case 'certificateChain':
      return 'a certificate';
    case 'certificate':
      return 'a keyless identity';
  }
}
